package org.segloss4j.cli.report;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.evaluation.SegmentationEvaluation;

/**
 * How well one image was predicted. Scores that are 0/0 are NaN.
 *
 * @param name          of the image, for people
 * @param pixels        that were counted
 * @param voidPixels    that were left out
 * @param meanIou       over the classes that truth or prediction of this image hold
 * @param pixelAccuracy the share of counted pixels that are right
 * @param classIou      IoU of each class in this image
 */
public record ImageScore(String name, long pixels, long voidPixels, double meanIou, double pixelAccuracy,
        List<Double> classIou) implements Serializable {

    /** The worst first; images without any counted pixel come last, and equal ones by name. */
    public static final Comparator<ImageScore> WORST_FIRST =
            Comparator.comparingDouble(ImageScore::meanIou).thenComparing(ImageScore::name);

    public ImageScore {
        classIou = List.copyOf(classIou);
    }

    /**
     * The scores of an image that was evaluated alone.
     *
     * @param name       of the image
     * @param evaluation of this image
     * @param voidPixels that were not counted
     */
    public static ImageScore of(String name, SegmentationEvaluation evaluation, long voidPixels) {
        return new ImageScore(name, evaluation.total(), voidPixels, evaluation.meanIou(), evaluation.pixelAccuracy(),
                IntStream.range(0, evaluation.classes()).mapToObj(evaluation::iou).toList());
    }

    /**
     * Compares two masks in memory.
     *
     * @param name       of the image
     * @param truth      classes and the label of void pixels
     * @param prediction classes; of the same size
     * @param labels     the classes
     */
    static ImageScore of(String name, MaskImage truth, MaskImage prediction, LabelMap labels) {
        int classes = labels.classes();
        int[] truths = truth.labels();
        int[] predictions = prediction.labels();
        long[] confusion = new long[classes * classes];
        long voidPixels = 0;
        for (int p = 0; p < truths.length; p++) {
            if (labels.ignoreIndex() != null && truths[p] == labels.ignoreIndex()) {
                voidPixels++;
            } else {
                confusion[truths[p] * classes + predictions[p]]++;
            }
        }
        SegmentationEvaluation evaluation = new SegmentationEvaluation(classes);
        if (labels.ignoreIndex() != null) {
            evaluation.ignoreIndex(labels.ignoreIndex());
        }
        evaluation.add(confusion);
        return of(name, evaluation, voidPixels);
    }
}
