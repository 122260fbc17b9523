package org.segloss4j.cli.input;

import java.util.List;
import org.segloss4j.data.MaskImage;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.LabelCounting;

/**
 * What a network learns from and is judged by.
 *
 * @param description one line for people
 * @param size        of all images
 * @param names       one per class
 * @param ignore      the label of void pixels, or null
 * @param training    at least one sample
 * @param validation  at least one sample
 */
public record TrainingData(String description, ImageSize size, List<String> names, Integer ignore,
                           List<Sample> training, List<Sample> validation) {

    public int classes() {
        return names.size();
    }

    /** How often each class occurs in samples. */
    public ClassCounts counts(List<Sample> samples) {
        return counting(classes(), ignore).ofMasks(samples.parallelStream()
                .map(s -> MaskImage.of(size.width(), size.height(), s.labels())));
    }

    /** The counting of labels by the options of a command. */
    public static LabelCounting counting(int classes, Integer ignore) {
        LabelCounting all = LabelCounting.classes(classes);
        return ignore == null ? all : all.ignoreIndex(ignore);
    }
}
