package org.segloss4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.segloss4j.cli.evaluation.Comparison;
import org.segloss4j.cli.evaluation.EvaluationRun;
import org.segloss4j.cli.evaluation.EvaluationTally;
import org.segloss4j.cli.evaluation.MaskPair;
import org.segloss4j.cli.evaluation.ModelComparison;
import org.segloss4j.cli.input.MaskFiles;
import org.segloss4j.cli.input.Problems;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.options.GroupOptions;
import org.segloss4j.cli.options.LabelOptions;
import org.segloss4j.cli.options.PairingOptions;
import org.segloss4j.cli.options.PredictorOptions;
import org.segloss4j.cli.prediction.FileProgress;
import org.segloss4j.cli.report.EvaluationReport;
import org.segloss4j.cli.report.Example;
import org.segloss4j.cli.report.RunSettings;
import org.segloss4j.data.FilePair;
import org.segloss4j.data.FilePairs;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.UnpairedFilesException;
import org.segloss4j.dl4j.SegmentationPredictor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares the predictions of a model, or a folder of predicted masks, with true masks. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Scores a model by images and their true masks, or predicted masks by true ones of the same"
                + " names, which store the same values or colours, as predict writes them.",
        footer = {"", "Either --model, --images and --masks, or --truth and --pred. Both give the same scores if"
                + " predict has written the masks by that model and those options."})
final class EvaluateCommand implements Callable<Integer> {

    /** Each image makes a confusion matrix, here of 8 MiB. */
    private static final int MOST = 1024;
    /** The longer side of images that the report may show. */
    private static final int SIDE = 640;

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "FILE", description = "The model, as train has written it.")
    private Path model;

    @Option(names = "--images", paramLabel = "DIR",
            description = "Folder of the images; with --truth and --pred for the pictures of the report alone.")
    private Path images;

    @Option(names = "--masks", paramLabel = "DIR", description = "Folder of the images' true masks.")
    private Path masks;

    @Option(names = "--truth", paramLabel = "DIR", description = "Folder of the true masks.")
    private Path truth;

    @Option(names = "--pred", paramLabel = "DIR", description = "Folder of the predicted masks, named as the images.")
    private Path predictions;

    @Mixin
    private PairingOptions pairing;

    @Mixin
    private LabelOptions labelOptions;

    @Mixin
    private GroupOptions groupOptions;

    @Mixin
    private PredictorOptions predictorOptions;

    @Option(names = "--calibration",
            description = "How far the model's probabilities can be trusted: calibration errors and Brier score; with"
                    + " --out also reliability.svg and calibration.csv. Only with --model.")
    private boolean calibration;

    @Option(names = "--out", paramLabel = "DIR", description = "Write report.html, evaluation.json, classes.csv,"
            + " groups.csv (if there are groups), confusion.csv, and images.csv and images.json (the worst image first)"
            + " there.")
    private Path out;

    @Option(names = "--json", description = "Print JSON instead of a table.")
    private boolean json;

    @Override
    public Integer call() {
        return evaluated(spec, (run, compared) -> {
            try (FileProgress progress = FileProgress.start("evaluated", compared.size(),
                    spec.commandLine().getErr())) {
                // The network does one image at a time, with all processors.
                run.run(compared, model == null, progress);
            }
        });
    }

    /** Whether files are written. */
    boolean writes() {
        return out != null;
    }

    /** Reads what was given from other places: the model's file, and folders by the options that name them. */
    void places(Path modelFile, Function<String, Path> folder) {
        model = modelFile;
        images = images == null ? null : folder.apply("--images");
        masks = masks == null ? null : folder.apply("--masks");
        truth = truth == null ? null : folder.apply("--truth");
        predictions = predictions == null ? null : folder.apply("--pred");
    }

    /**
     * Compares and prints.
     *
     * @param command the command that runs
     * @param compare compares all images
     * @return the exit code
     */
    int evaluated(CommandSpec command, BiConsumer<EvaluationRun, List<? extends Comparison>> compare) {
        spec = command;
        checkUsage();
        if (out != null) {
            new OutputFolder(out).check();
        }
        List<String> problems = new ArrayList<>();
        LabelMap labels;
        List<? extends Comparison> compared;
        if (model == null) {
            labels = labelOptions.labels(2, MOST);
            compared = maskPairs(problems);
        } else {
            SegmentationPredictor predictor = predictorOptions.predictor(model);
            labels = labels(predictor.model().labels());
            compared = modelComparisons(predictor, problems);
            NetworkThreads.suit(predictor.model().size(), 1);
        }
        // Before the work, which may be long.
        groupOptions.set(labels, EvaluationTally.none(labels).evaluation());
        EvaluationRun run = new EvaluationRun(labels);
        compare.accept(run, compared);
        problems.addAll(run.problems());
        if (!problems.isEmpty()) {
            return Problems.report(spec, problems, model == null ? "the masks in " + truth + " and " + predictions
                    + " do not fit together, so nothing is evaluated"
                    : "not all of the images in " + images + " can be evaluated, so nothing is");
        }
        if (run.evaluation().total() == 0) {
            throw new UserException("every pixel of the masks in " + (model == null ? truth : masks) + " is void");
        }
        groupOptions.set(labels, run.evaluation());
        EvaluationReport report = new EvaluationReport(run.evaluation(), labels, compared.size())
                .settings(RunSettings.of(spec)).perImage(run.scores())
                .calibration(run.calibration()).examples(k -> example(compared.get(k), labels));
        Map<String, byte[]> files = out == null ? Map.of() : report.files();
        if (out != null) {
            new OutputFolder(out).write(files);
        }
        PrintWriter print = spec.commandLine().getOut();
        print.print(json ? report.json() : run.evaluation().stats());
        if (run.calibration() != null && !json) {
            print.printf("%ncalibration of the probabilities%n%s", run.calibration().stats());
        }
        if (out != null && !json) {
            print.printf("%nwritten to %s: %s%n", out, String.join(", ", files.keySet()));
        }
        print.flush();
        return 0;
    }

    private void checkUsage() {
        Map<String, Object> ofModel = new LinkedHashMap<>();
        ofModel.put("--model", model);
        ofModel.put("--masks", masks);
        Map<String, Object> ofFolders = new LinkedHashMap<>();
        ofFolders.put("--truth", truth);
        ofFolders.put("--pred", predictions);
        String either = "give either --model, --images and --masks, or --truth and --pred";
        List<String> given = given(ofModel);
        List<String> others = given(ofFolders);
        if (!given.isEmpty() && !others.isEmpty()) {
            throw new UsageException(given.get(0) + " and " + others.get(0) + " do not go together: " + either);
        }
        if (given.isEmpty() && others.isEmpty()) {
            throw new UsageException("there is nothing to compare: " + either);
        }
        if (!given.isEmpty()) {
            ofModel.put("--images", images);
        } else if (predictorOptions.given() != null) {
            throw new UsageException(predictorOptions.given() + " is given, but --model is not");
        } else if (calibration) {
            throw new UsageException("--calibration is given, but --model is not: masks have no probabilities");
        }
        (given.isEmpty() ? ofFolders : ofModel).forEach((option, value) -> {
            if (value == null) {
                throw new UsageException(option + " is missing: " + either);
            }
        });
    }

    private static List<String> given(Map<String, Object> options) {
        return options.entrySet().stream().filter(option -> option.getValue() != null).map(Map.Entry::getKey)
                .toList();
    }

    /** What the masks store: what those of the training data did, unless the options say otherwise. */
    private LabelMap labels(LabelMap ofModel) {
        if (labelOptions.given() == null) {
            return ofModel;
        }
        LabelMap labels = labelOptions.labels(2, MOST);
        if (labels.classes() != ofModel.classes()) {
            throw new UserException(labelOptions.given() + " says that the masks have " + labels.classes()
                    + " classes, but the model has " + ofModel.classes());
        }
        boolean unnamed = labels.names().equals(LabelMap.indexes(labels.classes()).names());
        return unnamed ? labels.named(ofModel.names()) : labels;
    }

    private List<ModelComparison> modelComparisons(SegmentationPredictor predictor, List<String> problems) {
        return pairs(masks, problems).stream().map(pair -> new ModelComparison(pair, predictor, calibration))
                .toList();
    }

    private List<FilePair> pairs(Path trueMasks, List<String> problems) {
        try {
            FilePairs pairs = pairing.pairing().pair(images, trueMasks);
            pairs.notes().forEach(note -> spec.commandLine().getErr().println("segloss4j: " + note));
            spec.commandLine().getErr().flush();
            return pairs.pairs();
        } catch (UnpairedFilesException e) {
            problems.addAll(e.problems());
            return List.of();
        } catch (IOException e) {
            throw new UserException("--images: " + e.getMessage(), e);
        }
    }

    private List<MaskPair> maskPairs(List<String> problems) {
        Map<Path, Path> imageOf = images == null ? Map.of() : pairs(truth, problems).stream()
                .collect(Collectors.toMap(FilePair::mask, FilePair::image));
        PrintWriter err = spec.commandLine().getErr();
        return MaskPair.of(
                new MaskPair.Side(truth, MaskFiles.of("--truth", truth, pairing.pairing(), pairing.recursive(), err),
                        pairing.maskSuffix()),
                new MaskPair.Side(predictions, MaskFiles.of("--pred", predictions, pairing.predictions(),
                        pairing.recursive(), err), pairing.imageSuffix()), imageOf, problems);
    }

    private static Example example(Comparison compared, LabelMap labels) {
        try {
            return compared.example(labels, SIDE);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
