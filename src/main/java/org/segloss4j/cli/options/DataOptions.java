package org.segloss4j.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.segloss4j.cli.demo.ShapeGenerator;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.TrainingFiles;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.Augmentation;
import org.segloss4j.data.FilePairing;
import org.segloss4j.data.FilePairs;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.SegmentationSource;
import org.segloss4j.data.UnpairedFilesException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What to learn from: folders of images and masks, or the built-in shapes. */
public final class DataOptions {

    /** More classes than this make no sense in a small network. */
    private static final int MOST = 256;
    /** An image is an array of three bytes a pixel. */
    private static final int MOST_PIXELS = Integer.MAX_VALUE / 3;
    private static final ImageSize BUILT_IN_SIZE = new ImageSize(48, 48);
    private static final int BUILT_IN_TRAINING = 160;
    private static final int BUILT_IN_VALIDATION = 40;

    @Option(names = "--images", paramLabel = "DIR",
            description = "Folder of the training images, PNG, JPEG or TIFF; without it, shapes are drawn to learn"
                    + " from.")
    private Path images;

    @Option(names = "--masks", paramLabel = "DIR",
            description = "Folder of their masks, PNG or TIFF of the same names.")
    private Path masks;

    @Mixin
    private LabelOptions labelOptions;

    @Mixin
    private PairingOptions pairingOptions;

    @Option(names = "--val-images", paramLabel = "DIR",
            description = "Folder of the validation images; without it, some of the others are held out.")
    private Path validationImages;

    @Option(names = "--val-masks", paramLabel = "DIR", description = "Folder of their masks.")
    private Path validationMasks;

    @Option(names = "--val-list", paramLabel = "FILE",
            description = "Or a list of the names that are for validation, such as PASCAL VOC's val.txt.")
    private Path validationList;

    @Option(names = "--validation", paramLabel = "PART",
            description = "Or the part of all pairs that is held out, chosen by the seed (default: 0.2).")
    private Double validationPart;

    @Option(names = "--size", paramLabel = "WxH",
            description = "Size to which whole images and masks are brought (default for the shapes: 48x48).")
    private String size;

    @Option(names = "--crop", paramLabel = "WxH",
            description = "Or size of the random parts, at their own scale, from which to learn.")
    private String crop;

    @Option(names = "--augment", defaultValue = "none", paramLabel = "CHANGES",
            description = "Random changes of the training images: flip, scale and colour, any of them with commas"
                    + " between them; or exactly, such as \"flip_horizontal, flip_vertical, scale 0.5..2,"
                    + " colour_jitter 0.2 0.2 0.1\" (default: ${DEFAULT-VALUE}).")
    private String augment;

    /** What the masks store, once the options are checked. */
    private LabelMap labels = ShapeGenerator.labels();

    /** Whether built-in shapes are learnt. */
    private boolean builtIn() {
        return images == null;
    }

    /**
     * Checks everything that can be checked without reading an image.
     *
     * @throws UsageException for options that are missing, do not go together or have bad values
     */
    public void check() {
        Map<String, Object> folderOptions = new LinkedHashMap<>();
        folderOptions.put("--masks", masks);
        folderOptions.put("--val-images", validationImages);
        folderOptions.put("--val-masks", validationMasks);
        folderOptions.put("--val-list", validationList);
        folderOptions.put("--validation", validationPart);
        folderOptions.put("--crop", crop);
        if (builtIn()) {
            if (labelOptions.given() != null) {
                folderOptions.put(labelOptions.given(), true);
            }
            if (pairingOptions.given() != null) {
                folderOptions.put(pairingOptions.given(), true);
            }
            folderOptions.forEach((option, value) -> {
                if (value != null) {
                    throw new UsageException(option + " is given, but --images is not");
                }
            });
        } else {
            if (masks == null) {
                throw new UsageException("--images is given, but --masks is not");
            }
            labels = labelOptions.labels(2, MOST);
            if ((size == null) == (crop == null)) {
                throw new UsageException(size == null ? "--images is given, but neither --size, for whole images, nor"
                        + " --crop, for parts of them"
                        : "--size and --crop are given, but images are either resized or cropped");
            }
            checkValidation();
        }
        size();
        augmentation();
    }

    private void checkValidation() {
        if ((validationImages == null) != (validationMasks == null)) {
            throw new UsageException(validationImages == null ? "--val-masks is given, but --val-images is not"
                    : "--val-images is given, but --val-masks is not");
        }
        if (validationPart != null && (validationImages != null || validationList != null)) {
            throw new UsageException("--validation and " + (validationImages == null ? "--val-list" : "--val-images")
                    + " are given, but only one can say what is for validation");
        }
        if (validationPart != null && !(validationPart > 0 && validationPart < 1)) {
            throw new UsageException("--validation is " + validationPart + ", but must be between 0 and 1");
        }
    }

    /** Whether images are seen at their own scale, in parts. */
    public boolean cropped() {
        return crop != null;
    }

    /** The size of the network's images. */
    public ImageSize size() {
        String option = crop == null ? "--size" : "--crop";
        try {
            ImageSize wanted = crop != null ? ImageSize.of(crop) : size != null ? ImageSize.of(size) : BUILT_IN_SIZE;
            if (wanted.pixels() > MOST_PIXELS) {
                throw new UsageException(option + " is " + wanted + ", but an image has at most " + MOST_PIXELS
                        + " pixels");
            }
            return wanted;
        } catch (IllegalArgumentException e) {
            throw new UsageException(option + ": " + e.getMessage(), e);
        }
    }

    /** What the labels mean. */
    public LabelMap labels() {
        return labels;
    }

    /** A change in the words of {@link Augmentation}, of which a crop is an option of its own. */
    private static String exact(String change) {
        String[] words = change.split("\\s+", 2);
        switch (words[0].toLowerCase(Locale.ROOT)) {
            case "none", "flip_horizontal", "flip_vertical", "scale", "colour_jitter" -> {
                return change;
            }
            case "crop" -> throw new UsageException("--augment: crop is an option of its own, --crop "
                    + (words.length > 1 ? words[1] : "WxH"));
            default -> throw new UsageException("--augment has " + (change.isEmpty() ? "nothing" : change)
                    + ", but there are flip, scale and colour or, exactly, flip_horizontal, flip_vertical,"
                    + " scale 0.5..2 and colour_jitter 0.2 0.2 0.1");
        }
    }

    /** The random changes of training samples, crops among them. */
    public Augmentation augmentation() {
        List<String> changes = new ArrayList<>();
        for (String change : augment.split(",", -1)) {
            changes.add(switch (change.strip().toLowerCase(Locale.ROOT)) {
                case "flip" -> "flip_horizontal";
                // What a smaller scale leaves free is void, which some masks do not know.
                case "scale" -> labels.ignoreIndex() == null ? "scale 1..1.5" : "scale 0.75..1.5";
                case "colour", "color" -> "colour_jitter 0.2 0.2 0.2";
                default -> exact(change.strip());
            });
        }
        try {
            Augmentation augmentation = Augmentation.of(String.join(",", changes));
            return crop == null ? augmentation : augmentation.crop(size());
        } catch (IllegalArgumentException e) {
            throw new UsageException("--augment: " + e.getMessage(), e);
        }
    }

    /**
     * Reads or draws the data. Every sample is looked at once.
     *
     * @param seed     of the shapes, and of what is held out
     * @param notes    receives lines for people, before anything that takes long
     * @param problems receives one line for everything that is wrong with files; then there are no data
     * @return the data, or null
     */
    public TrainingData load(long seed, Consumer<String> notes, List<String> problems) {
        if (builtIn()) {
            ShapeGenerator generator = new ShapeGenerator(size(), seed);
            return TrainingFiles.drawn("shapes drawn on textured noise", size(), labels,
                    generator.samples(0, BUILT_IN_TRAINING),
                    generator.samples(BUILT_IN_TRAINING, BUILT_IN_VALIDATION));
        }
        FilePairing pairing = pairingOptions.pairing();
        SegmentationSource training = source(pairing, images, masks, notes, problems);
        SegmentationSource validation = null;
        String description = images.toString();
        if (validationImages != null || validationList != null) {
            FilePairing other = validationList == null ? pairing : pairing.list(validationList);
            validation = source(other, validationImages == null ? images : validationImages,
                    validationImages == null ? masks : validationMasks, notes, problems);
            description += ", validated by " + (validationImages == null ? validationList : validationImages);
        } else if (training != null) {
            double part = validationPart == null ? 0.2 : validationPart;
            if (training.size() < 2) {
                throw new UserException("--images: 1 pair cannot be learnt from and validated by; give --val-images and"
                        + " --val-masks");
            }
            SegmentationSource.Split split = training.split(part, seed);
            training = split.training();
            validation = split.validation();
            description += ", " + part + " of the pairs held out for validation";
        }
        return problems.isEmpty() ? new TrainingFiles(description, size(), cropped(), labels, seed)
                .checked(training, validation, notes, problems) : null;
    }

    private SegmentationSource source(FilePairing pairing, Path imageFolder, Path maskFolder, Consumer<String> notes,
                                      List<String> problems) {
        try {
            FilePairs pairs = pairing.pair(imageFolder, maskFolder);
            pairs.notes().forEach(notes);
            return cropped() ? pairs.source(labels) : pairs.source(size(), labels);
        } catch (UnpairedFilesException e) {
            problems.addAll(e.problems());
            return null;
        } catch (IOException e) {
            throw new UserException(e.getMessage(), e);
        }
    }
}
