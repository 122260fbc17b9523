package org.segloss4j.cli.input;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.data.SegmentationSource;

/**
 * Makes training data of sources whose samples have not been looked at yet.
 *
 * @param description one line for people
 * @param size        of the network's images
 * @param cropped     whether these are parts of the samples, which then have their own size
 * @param labels      the classes and the label of void pixels
 * @param seed        of the parts that are for validation
 */
public record TrainingFiles(String description, ImageSize size, boolean cropped, LabelMap labels, long seed) {

    /** The most parts of a large image that are for validation. */
    private static final int MOST_PARTS = 16;

    /** Data of samples in memory, which are right. */
    public static TrainingData drawn(String description, ImageSize size, LabelMap labels,
                                     List<SegmentationSample> training, List<SegmentationSample> validation) {
        CheckedSource learnt = CheckedSource.of(new MemorySource(training, labels), null);
        CheckedSource judged = CheckedSource.of(new MemorySource(validation, labels), null);
        return new TrainingData(description, size, labels, learnt.source(), judged.source(), learnt.counts(),
                judged.counts());
    }

    /**
     * Reads every sample once.
     *
     * @param training   what to learn from
     * @param validation what to be judged by
     * @param notes      receives a line before the reading
     * @param problems   receives one line for each sample that cannot be used; then there are no data
     * @return the data, or null
     * @throws UserException if every pixel is void
     */
    public TrainingData checked(SegmentationSource training, SegmentationSource validation, Consumer<String> notes,
                                List<String> problems) {
        notes.accept(String.format(Locale.ROOT, "reading %,d images and masks once, to check them and to count the"
                + " classes", training.size() + validation.size()));
        ImageSize crop = cropped ? size : null;
        CheckedSource learnt = CheckedSource.of(kept(training), crop);
        CheckedSource judged = CheckedSource.of(kept(validation), crop);
        problems.addAll(learnt.problems());
        problems.addAll(judged.problems());
        if (!problems.isEmpty()) {
            return null;
        }
        requirePixels(learnt, "training");
        requirePixels(judged, "validation");
        return new TrainingData(description, size, labels, learnt.source(), cropped ? parts(judged) : judged.source(),
                learnt.counts(), judged.counts());
    }

    private SegmentationSource kept(SegmentationSource source) {
        return cropped ? source : KeptSource.ifSmall(source, size);
    }

    /** About as many parts as cover the images. */
    private SegmentationSource parts(CheckedSource judged) {
        long parts = Math.round((double) judged.pixels() / judged.source().size() / size.pixels());
        SegmentationSource source = new PartsSource(judged.source(), (int) Math.max(1, Math.min(MOST_PARTS, parts)),
                size, seed);
        // Else each part would decode its whole image, in each epoch.
        return KeptSource.ifSmall(source, size);
    }

    private static void requirePixels(CheckedSource source, String kind) {
        if (source.counts().total() == 0) {
            throw new UserException("every pixel of the " + kind + " masks is void");
        }
    }
}
