package org.segloss4j.cli.options;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.segloss4j.cli.demo.ShapeGenerator;
import org.segloss4j.cli.demo.UNet;
import org.segloss4j.cli.input.MaskFolder;
import org.segloss4j.cli.input.SamplePair;
import org.segloss4j.cli.input.SamplePair.Outcome;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What to learn from: folders of images and masks, or the built-in shapes. */
public final class DataOptions {

    /** More classes than this make no sense in a small network. */
    private static final int MOST = 256;
    private static final ImageSize BUILT_IN_SIZE = new ImageSize(48, 48);
    private static final int BUILT_IN_TRAINING = 160;
    private static final int BUILT_IN_VALIDATION = 40;
    /** Without folders of their own, every fifth pair is for validation. */
    private static final int HELD_OUT = 5;

    @Option(names = "--images", paramLabel = "DIR",
            description = "Folder of the training images, PNG or JPEG; without it, shapes are drawn to learn from.")
    private Path images;

    @Option(names = "--masks", paramLabel = "DIR",
            description = "Folder of their masks: PNG of the same names.")
    private Path masks;

    @Option(names = "--val-images", paramLabel = "DIR",
            description = "Folder of the validation images; without it, every fifth pair is held out.")
    private Path validationImages;

    @Option(names = "--val-masks", paramLabel = "DIR", description = "Folder of their masks.")
    private Path validationMasks;

    @Mixin
    private LabelOptions labelOptions;

    @Option(names = "--size", paramLabel = "WxH",
            description = "Size to which images and masks are brought (default for the shapes: 48x48).")
    private String size;

    /** What the masks store, once the options are checked. */
    private LabelMap labels = ShapeGenerator.labels();

    /**
     * Checks everything that can be checked without reading a file.
     *
     * @param network what the size must suit
     * @throws UserException for options that are missing, do not go together or have bad values
     */
    public void check(UNet network) {
        if (images == null) {
            Map<String, Object> folderOptions = new LinkedHashMap<>();
            folderOptions.put("--masks", masks);
            folderOptions.put("--val-images", validationImages);
            folderOptions.put("--val-masks", validationMasks);
            if (labelOptions.given() != null) {
                folderOptions.put(labelOptions.given(), labelOptions);
            }
            folderOptions.forEach((option, value) -> {
                if (value != null) {
                    throw new UsageException(option + " is given, but --images is not");
                }
            });
        } else {
            needed("--masks", masks);
            needed("--size", size);
            labels = labelOptions.labels(2, MOST);
            if ((validationImages == null) != (validationMasks == null)) {
                throw new UsageException(validationImages == null ? "--val-masks is given, but --val-images is not"
                        : "--val-images is given, but --val-masks is not");
            }
        }
        int factor = network.factor();
        if (size().width() % factor != 0 || size().height() % factor != 0) {
            throw new UsageException("--size is " + size() + ", but both sides must be multiples of " + factor
                    + " for " + network.levels() + " levels");
        }
    }

    private static void needed(String option, Object value) {
        if (value == null) {
            throw new UsageException("--images is given, but " + option + " is not");
        }
    }

    private ImageSize size() {
        try {
            return size == null ? BUILT_IN_SIZE : ImageSize.of(size);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--size: " + e.getMessage(), e);
        }
    }

    /** The number of classes. */
    public int classes() {
        return labels.classes();
    }

    /**
     * Reads or draws the data.
     *
     * @param seed     of the shapes
     * @param problems receives one line for everything that is wrong with files; then there are no data
     * @return the data, or null
     */
    public TrainingData load(long seed, List<String> problems) {
        if (images == null) {
            ShapeGenerator generator = new ShapeGenerator(size(), seed);
            return new TrainingData("shapes drawn on textured noise", size(), labels,
                    generator.samples(0, BUILT_IN_TRAINING),
                    generator.samples(BUILT_IN_TRAINING, BUILT_IN_VALIDATION));
        }
        List<SamplePair> training = SamplePair.of(MaskFolder.images("--images", images),
                MaskFolder.files("--masks", masks), problems);
        List<SamplePair> validation = new ArrayList<>();
        String description = images.toString();
        if (validationImages != null) {
            validation = SamplePair.of(MaskFolder.images("--val-images", validationImages),
                    MaskFolder.files("--val-masks", validationMasks), problems);
            description += ", validated by " + validationImages;
        } else if (problems.isEmpty()) {
            List<SamplePair> all = training;
            if (all.size() < HELD_OUT) {
                throw new UserException("--images: " + all.size() + (all.size() == 1 ? " pair is" : " pairs are")
                        + " too few to hold every fifth out; give --val-images and --val-masks");
            }
            validation = IntStream.range(0, all.size()).filter(k -> k % HELD_OUT == HELD_OUT - 1).mapToObj(all::get)
                    .toList();
            training = IntStream.range(0, all.size()).filter(k -> k % HELD_OUT != HELD_OUT - 1).mapToObj(all::get)
                    .toList();
            description += ", every fifth pair held out for validation";
        }
        Outcome learnt = SamplePair.read(training, size(), labels);
        Outcome judged = SamplePair.read(validation, size(), labels);
        problems.addAll(learnt.problems());
        problems.addAll(judged.problems());
        return problems.isEmpty() ? notVoid(new TrainingData(description, size(), labels, learnt.samples(),
                judged.samples())) : null;
    }

    private static TrainingData notVoid(TrainingData data) {
        if (data.counts(data.training()).total() == 0) {
            throw new UserException("every pixel of the training masks is void");
        }
        if (data.counts(data.validation()).total() == 0) {
            throw new UserException("every pixel of the validation masks is void");
        }
        return data;
    }
}
