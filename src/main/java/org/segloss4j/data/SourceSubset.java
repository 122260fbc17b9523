package org.segloss4j.data;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;

/** Some samples of another source. */
final class SourceSubset implements SegmentationSource {

    private final SegmentationSource all;
    private final int[] indexes;

    SourceSubset(SegmentationSource all, int... indexes) {
        this.all = all;
        this.indexes = indexes.clone();
        for (int index : indexes) {
            Objects.checkIndex(index, all.size());
        }
    }

    static Split split(SegmentationSource all, double validationFraction, long seed) {
        int size = all.size();
        if (!(validationFraction > 0 && validationFraction < 1)) {
            throw new IllegalArgumentException("the validation fraction is " + validationFraction
                    + ", but must be between 0 and 1");
        }
        if (size < 2) {
            throw new IllegalArgumentException((size == 0 ? "no sample" : "1 sample")
                    + " cannot be split into training and validation");
        }
        int validation = (int) Math.max(1, Math.min(size - 1, Math.round(validationFraction * size)));
        int[] order = SampleOrder.shuffled(size, seed, 0);
        return new Split(all.subset(sorted(order, validation, size)), all.subset(sorted(order, 0, validation)));
    }

    private static int[] sorted(int[] order, int from, int to) {
        int[] part = Arrays.copyOfRange(order, from, to);
        Arrays.sort(part);
        return part;
    }

    @Override
    public int size() {
        return indexes.length;
    }

    @Override
    public SegmentationSample read(int index) throws IOException {
        return all.read(indexes[index]);
    }

    @Override
    public LabelMap labels() {
        return all.labels();
    }
}
