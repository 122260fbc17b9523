package org.segloss4j.cli;

import java.util.List;
import org.segloss4j.ClassCounts;
import org.segloss4j.image.MaskImage;

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
record TrainingData(String description, ImageSize size, List<String> names, Integer ignore, List<Sample> training,
                    List<Sample> validation) {

    int classes() {
        return names.size();
    }

    /** How often each class occurs in samples. */
    ClassCounts counts(List<Sample> samples) {
        return samples.parallelStream()
                .map(s -> new ClassCounts(classes(), ignore)
                        .add(MaskImage.of(size.width(), size.height(), s.labels())))
                .reduce(new ClassCounts(classes(), ignore), ClassCounts::merge);
    }
}
