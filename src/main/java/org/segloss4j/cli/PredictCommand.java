package org.segloss4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.segloss4j.cli.input.ImageFile;
import org.segloss4j.cli.input.Problems;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.options.ImageOptions;
import org.segloss4j.cli.options.PredictorOptions;
import org.segloss4j.cli.prediction.PredictedFiles;
import org.segloss4j.cli.prediction.PredictionRun;
import org.segloss4j.dl4j.SegmentationPredictor;
import org.segloss4j.internal.files.FileNames;
import org.segloss4j.internal.files.WholeFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Predicts masks of images. */
@Command(name = "predict", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Predicts a mask for each image, of the image's own size, by a model that train has written.",
        footer = {"", "A mask is an indexed PNG of the image's name, which stores for each class what the masks of the"
                + " training data did. Each file appears whole or not at all. Files that are there already are an"
                + " error, unless --skip-existing or --overwrite says what to do: after a run that was broken off,"
                + " --skip-existing goes on."})
final class PredictCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", required = true, paramLabel = "FILE",
            description = "The model, as train has written it.")
    private Path model;

    @Mixin
    private ImageOptions imageOptions;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder of the masks.")
    private Path out;

    @Option(names = "--overlays", paramLabel = "DIR",
            description = "Write the images with the colours of their classes there, too, as PNG.")
    private Path overlays;

    @Option(names = "--probabilities", paramLabel = "DIR",
            description = "Write the probabilities there, too: arrays [H, W, C] of 32-bit floats as .npy, which NumPy"
                    + " and ND4J read; C is 1 for a sigmoid.")
    private Path probabilities;

    @Mixin
    private PredictorOptions predictorOptions;

    @Option(names = "--skip-existing", description = "Leave out images whose files are all there.")
    private boolean skipExisting;

    @Option(names = "--overwrite", description = "Replace files that are there.")
    private boolean overwrite;

    @Override
    public Integer call() {
        if (skipExisting && overwrite) {
            throw new UsageException("--skip-existing and --overwrite are given, but only one"
                    + " of them can be done");
        }
        List<ImageFile> images = imageOptions.find();
        PredictedFiles files = new PredictedFiles(out, overlays, probabilities);
        checkApart(images, files);
        List<ImageFile> left = left(images, files);
        SegmentationPredictor predictor = predictorOptions.predictor(model);
        NetworkThreads.suit(predictor.model().size(), 1);
        prepare(files);

        PrintWriter print = spec.commandLine().getOut();
        print.println("model    " + PredictorOptions.describe(model, predictor));
        print.println("images   " + images.size() + (left.size() == images.size() ? ""
                : ", of which " + (images.size() - left.size()) + " are done already"));
        print.flush();
        PredictionRun run = new PredictionRun(predictor, files);
        run.run(left, print);
        print.print(run.summary());
        print.flush();
        return run.problems().isEmpty() ? 0 : Problems.report(spec, run.problems(), run.problems().size() + " of "
                + left.size() + " images cannot be predicted" + (run.problems().size() == left.size() ? ""
                : "; the others are done"));
    }

    /** No result may replace an image, and no two results may have one place. */
    private void checkApart(List<ImageFile> images, PredictedFiles files) {
        if (overlays != null && out.toAbsolutePath().normalize().equals(overlays.toAbsolutePath().normalize())) {
            throw new UserException("--overlays and --out are both " + FileNames.shown(out)
                    + ", but their files have the same names");
        }
        Set<Path> inputs = new HashSet<>();
        images.forEach(image -> inputs.add(real(image.file())));
        for (ImageFile image : images) {
            for (Path file : files.of(image)) {
                if (inputs.contains(real(file))) {
                    throw new UserException(FileNames.shown(file)
                            + " is one of the images; results need another folder, or it would be replaced");
                }
            }
        }
    }

    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            return file.toAbsolutePath().normalize();
        }
    }

    /** The images that are to be predicted. */
    private List<ImageFile> left(List<ImageFile> images, PredictedFiles files) {
        if (overwrite) {
            return images;
        }
        if (skipExisting) {
            return images.stream().filter(image -> !files.of(image).stream().allMatch(Files::exists)).toList();
        }
        List<Path> there = images.stream().flatMap(image -> files.of(image).stream()).filter(Files::exists).toList();
        if (!there.isEmpty()) {
            throw new UserException(FileNames.shown(there.get(0)) + (there.size() == 1 ? " is"
                    : " and " + (there.size() - 1) + " more are") + " there already; --skip-existing predicts only what"
                    + " is missing, --overwrite replaces them");
        }
        return images;
    }

    private static void prepare(PredictedFiles files) {
        for (Path folder : files.folders()) {
            try {
                Files.createDirectories(folder);
                try (Stream<Path> all = Files.walk(folder)) {
                    for (Path each : all.filter(Files::isDirectory).toList()) {
                        WholeFile.removeUnfinished(each);
                    }
                }
            } catch (IOException e) {
                throw new UserException(FileNames.shown(folder) + " cannot be written: "
                        + FileNames.shown(String.valueOf(e.getMessage())), e);
            }
        }
    }
}
