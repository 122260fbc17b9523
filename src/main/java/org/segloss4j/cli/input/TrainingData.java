package org.segloss4j.cli.input;

import java.util.List;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.SegmentationSource;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.weights.ClassCounts;

/**
 * What a network learns from and is judged by.
 *
 * @param description      one line for people
 * @param size             of the network's images, and of the validation samples
 * @param labels           the classes and the label of void pixels
 * @param training         at least one sample, of its own size if it is cropped in training
 * @param validation       at least one sample
 * @param trainingCounts   how often each class occurs in the training samples
 * @param validationCounts how often each class occurs in the validation samples
 */
public record TrainingData(String description, ImageSize size, LabelMap labels, SegmentationSource training,
        SegmentationSource validation, ClassCounts trainingCounts, ClassCounts validationCounts) {

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

    /** Nothing counted yet. */
    public SegmentationEvaluation emptyEvaluation() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(classes()).classNames(names());
        return ignore() == null ? evaluation : evaluation.ignoreIndex(ignore());
    }
}
