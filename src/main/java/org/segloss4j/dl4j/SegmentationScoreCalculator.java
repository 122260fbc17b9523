package org.segloss4j.dl4j;

import org.deeplearning4j.earlystopping.scorecalc.base.BaseIEvaluationScoreCalculator;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.segloss4j.evaluation.SegmentationEvaluation;

/**
 * Early stopping on a segmentation score of validation data, larger is better: mean IoU or another
 * {@link SegmentationEvaluation.Metric}. Takes a MultiLayerNetwork, or a ComputationGraph with one output.
 *
 * <pre>{@code
 * EarlyStoppingConfiguration<MultiLayerNetwork> stopping = new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
 *         .epochTerminationConditions(new MaxEpochsTerminationCondition(50))
 *         .scoreCalculator(new SegmentationScoreCalculator(validation, 12))
 *         .modelSaver(new InMemoryModelSaver<>())
 *         .build();
 * }</pre>
 *
 * <p>Not safe for use by several threads, since it holds the iterator. Each score reads the validation data once.
 *
 * @since 0.1.0
 */
public class SegmentationScoreCalculator
        extends BaseIEvaluationScoreCalculator<Model, SegmentationEvaluation> {

    private static final long serialVersionUID = 1L;

    /** Always empty; evaluations are made from it. */
    private final SegmentationEvaluation settings;
    /** The value of an evaluation that is the score. */
    private final SegmentationEvaluation.Metric metric;

    /**
     * Scores by mean IoU, channels first, without an ignored label.
     *
     * @param validation the validation data
     * @param classes    number of classes, at least 2; a single channel is 2 classes
     * @throws IllegalArgumentException if it is below 2
     */
    public SegmentationScoreCalculator(DataSetIterator validation, int classes) {
        this(validation, new SegmentationEvaluation(classes), SegmentationEvaluation.Metric.MEAN_IOU);
    }

    /**
     * Scores by a metric.
     *
     * @param validation the validation data
     * @param settings   an evaluation whose settings (classes, ignored label, layout, threshold) are used; its counts
     *                   play no part
     * @param metric     what is to become large
     */
    public SegmentationScoreCalculator(DataSetIterator validation, SegmentationEvaluation settings,
                                       SegmentationEvaluation.Metric metric) {
        super(validation);
        this.settings = settings.newInstance();
        this.metric = metric;
    }

    /**
     * Scores by a metric.
     *
     * @param validation the validation data, with one array of labels
     * @param settings   an evaluation whose settings (classes, ignored label, layout, threshold) are used; its counts
     *                   play no part
     * @param metric     what is to become large
     */
    public SegmentationScoreCalculator(MultiDataSetIterator validation, SegmentationEvaluation settings,
                                       SegmentationEvaluation.Metric metric) {
        super(validation);
        this.settings = settings.newInstance();
        this.metric = metric;
    }

    @Override
    protected SegmentationEvaluation newEval() {
        return settings.newInstance();
    }

    /**
     * The value of the metric.
     *
     * @throws IllegalStateException if it is not defined, since a first score of NaN would never be improved upon
     */
    @Override
    protected double finalScore(SegmentationEvaluation evaluation) {
        double score = evaluation.getValue(metric);
        if (Double.isNaN(score)) {
            throw new IllegalStateException(metric + " is not defined for the " + evaluation.total()
                    + " pixels of the validation data that are not void");
        }
        return score;
    }

    @Override
    public boolean minimizeScore() {
        return false;
    }
}
