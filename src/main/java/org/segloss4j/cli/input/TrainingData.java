package org.segloss4j.cli.input;

import java.util.List;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.LabelCounting;

/**
 * What a network learns from and is judged by.
 *
 * @param description one line for people
 * @param size        of all images
 * @param labels      the classes and the label of void pixels
 * @param training    at least one sample
 * @param validation  at least one sample
 */
public record TrainingData(String description, ImageSize size, LabelMap labels, List<SegmentationSample> training,
        List<SegmentationSample> validation) {

    public int classes() {
        return labels.classes();
    }

    /** One per class. */
    public List<String> names() {
        return labels.names();
    }

    /** The label of void pixels, or null. */
    public Integer ignore() {
        return labels.ignoreIndex();
    }

    /** How often each class occurs in samples. */
    public ClassCounts counts(List<SegmentationSample> samples) {
        return LabelCounting.of(labels).ofMasks(samples.parallelStream().map(SegmentationSample::mask));
    }
}
