package org.segloss4j.data;

import java.io.IOException;

/**
 * Images and their labels, read one at a time by their number, so that a data set may be larger than memory. May be
 * shared by threads.
 *
 * @since 0.1.0
 */
public interface SegmentationSource {

    /**
     * The number of samples.
     *
     * @return at least 0
     */
    int size();

    /**
     * Reads a sample. The same number always gives the same sample.
     *
     * @param index from 0 to {@link #size} - 1
     * @return the sample
     * @throws IOException if a file cannot be read; the message is one line that names it
     */
    SegmentationSample read(int index) throws IOException;

    /**
     * What the labels of the samples mean.
     *
     * @return the classes and the label of void pixels
     */
    LabelMap labels();

    /**
     * Some of the samples, under new numbers.
     *
     * <pre>{@code
     * SegmentationSource firstTen = source.subset(IntStream.range(0, 10).toArray());
     * }</pre>
     *
     * @param indexes numbers of this source, in the order that they are to have; one may occur several times
     * @return a source that reads from this one
     * @throws IndexOutOfBoundsException if there is no such number
     */
    default SegmentationSource subset(int... indexes) {
        return new SourceSubset(this, indexes);
    }

    /**
     * Holds a part of the samples out for validation, chosen at random.
     *
     * <pre>{@code
     * SegmentationSource.Split split = source.split(0.2, 1);
     * SegmentationIterator training = SegmentationIterator.of(split.training()).batch(8).shuffle(1);
     * SegmentationIterator validation = SegmentationIterator.of(split.validation()).batch(8);
     * }</pre>
     *
     * @param validationFraction between 0 and 1; the number of samples is rounded, but neither part is empty
     * @param seed               the same number, fraction and seed give the same parts, on every machine
     * @return both parts, whose samples keep their order
     * @throws IllegalArgumentException if the fraction is not between 0 and 1, or there are fewer than two samples
     */
    default Split split(double validationFraction, long seed) {
        return SourceSubset.split(this, validationFraction, seed);
    }

    /**
     * Two parts of one source.
     *
     * @param training   what a network learns from
     * @param validation what it is judged by
     * @since 0.1.0
     */
    record Split(SegmentationSource training, SegmentationSource validation) {
    }
}
