package org.segloss4j;

import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.internal.loss.MetricKind;

/**
 * The metrics of {@code segmentation_models}, under its names and with its defaults and numbers: the scores of one
 * batch. For the scores of a whole data set see {@link SegmentationEvaluation}: the mean of the batches' scores is not
 * the score of all their pixels.
 *
 * <pre>{@code
 * double iou = Metrics.iou().threshold(0.5).value(
 *         SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX));
 * }</pre>
 *
 * <p>All metrics are immutable and may be shared by threads.
 *
 * @since 0.1.0
 */
public final class Metrics {

    /** {@code iou_score}: {@link #iou()} with its defaults. */
    public static final SegmentationMetric IOU_SCORE = iou();
    /** {@code f1-score}: {@link #fScore} with β = 1, the Dice coefficient. */
    public static final SegmentationMetric F1_SCORE = fScore(1);
    /** {@code f2-score}: {@link #fScore} with β = 2. */
    public static final SegmentationMetric F2_SCORE = fScore(2);
    /** {@code precision}: {@link #precision()} with its defaults. */
    public static final SegmentationMetric PRECISION = precision();
    /** {@code recall}: {@link #recall()} with its defaults. */
    public static final SegmentationMetric RECALL = recall();

    private Metrics() {
    }

    /**
     * Intersection over union, {@code mean_c w_c·(I+s)/(G+P−I+s)}, with I = Σ g·p, G = Σ g, P = Σ p over the pixels.
     *
     * @return {@code iou_score} with s = 1e-5, all classes, pooled over the batch, without a threshold
     */
    public static SegmentationMetric iou() {
        return new SegmentationMetric(MetricKind.IOU, 1);
    }

    /**
     * F-score, {@code mean_c w_c·((1+β²)I+s)/(β²G+P+s)}; the Dice coefficient for β = 1.
     *
     * @param beta weight of recall against precision, above 0
     * @return {@code f1-score}, {@code f2-score}, {@code f0.5-score}, … with s = 1e-5, all classes, pooled over the
     *         batch, without a threshold
     * @throws IllegalArgumentException if β is not a finite number above 0
     */
    public static SegmentationMetric fScore(double beta) {
        return new SegmentationMetric(MetricKind.F_SCORE, beta);
    }

    /**
     * Precision, {@code mean_c w_c·(I+s)/(P+s)}.
     *
     * @return {@code precision} with s = 1e-5, all classes, pooled over the batch, without a threshold
     */
    public static SegmentationMetric precision() {
        return new SegmentationMetric(MetricKind.PRECISION, 1);
    }

    /**
     * Recall, {@code mean_c w_c·(I+s)/(G+s)}.
     *
     * @return {@code recall} with s = 1e-5, all classes, pooled over the batch, without a threshold
     */
    public static SegmentationMetric recall() {
        return new SegmentationMetric(MetricKind.RECALL, 1);
    }
}
