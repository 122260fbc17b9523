package org.segloss4j.cli.input;

import java.util.ArrayList;
import java.util.List;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.data.SegmentationSource;
import org.segloss4j.data.SourceCheck;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.LabelCounting;

/**
 * What a first look at all samples of a source gave.
 *
 * @param source   the samples
 * @param counts   how often each class occurs
 * @param pixels   of all images together
 * @param problems one line for each sample that cannot be used
 */
record CheckedSource(SegmentationSource source, ClassCounts counts, long pixels, List<String> problems) {

    /**
     * Reads everything once.
     *
     * @param source the samples
     * @param crop   the size of the parts that are cut out of them, or null
     */
    static CheckedSource of(SegmentationSource source, ImageSize crop) {
        Look look = new Look(source, crop);
        List<String> problems = new ArrayList<>(SourceCheck.problems(source, look::at));
        problems.addAll(look.small);
        return new CheckedSource(source, look.counts, look.pixels, problems);
    }

    /** Samples come from several threads. */
    private static final class Look {
        private final ImageSize crop;
        private final boolean nothingVoid;
        private final LabelCounting counting;
        private final List<String> small = new ArrayList<>();
        private ClassCounts counts;
        private long pixels;

        Look(SegmentationSource source, ImageSize crop) {
            this.crop = crop;
            nothingVoid = source.labels().ignoreIndex() == null;
            counting = LabelCounting.of(source.labels());
            counts = counting.none();
        }

        void at(SegmentationSample sample) {
            ClassCounts one = counting.none().add(sample.mask());
            synchronized (this) {
                counts = counts.merge(one);
                pixels += sample.size().pixels();
                if (crop != null && nothingVoid && (sample.size().width() < crop.width()
                        || sample.size().height() < crop.height())) {
                    small.add("image " + sample.name() + " is " + sample.size() + ", smaller than --crop " + crop
                            + "; --ignore a value, which then fills what is missing, or crop less");
                }
            }
        }
    }
}
