package org.segloss4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.evaluation.OutcomeEvaluation;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.internal.backend.Counting;
import org.segloss4j.internal.loss.LossCall;

/** Value and gradient of a loss over one batch, whose predicted classes the same sweep counts. */
final class CountingLoss {

    private final SegmentationLoss loss;
    private final SegmentationBatch batch;
    private final LossCall call;

    CountingLoss(SegmentationLoss loss, SegmentationBatch batch) {
        this.loss = loss;
        this.batch = batch;
        call = loss.call(batch);
    }

    /** Adds to an evaluation of classes that exclude one another. */
    LossResult valueAndGradient(SegmentationEvaluation evaluation) {
        INDArray gradient = call.newGradient();
        LossValue value = enqueue(1, gradient, evaluation);
        LossResult result = new LossResult(value.getAsDouble(), gradient, value.terms());
        evaluation.add(value.confusion());
        return result;
    }

    /** Leaves the counts in the value. */
    LossValue enqueue(double scale, INDArray gradient, SegmentationEvaluation evaluation) {
        requireClasses(Math.max(2, batch.channels()), evaluation.classes());
        return enqueue(scale, gradient, new Counting(evaluation.ignoreIndex(), evaluation.threshold()));
    }

    private LossValue enqueue(double scale, INDArray gradient, Counting counting) {
        return loss.withNames(call.enqueueValueAndGradient(scale, gradient, true, counting));
    }

    /** Adds to an evaluation of outcomes, which counts itself what the sweep cannot count. */
    LossResult valueAndGradient(OutcomeEvaluation evaluation) {
        requireClasses(batch.channels(), evaluation.channels());
        double[] thresholds = evaluation.thresholds();
        Counting counting = thresholds == null || !call.countsLabels() ? null
                : Counting.ofLabels(evaluation.ignoreIndex(), thresholds);
        OutcomeEvaluation counted = evaluation.newInstance();
        if (counting == null) {
            counted.eval(batch);
        }
        INDArray gradient = call.newGradient();
        LossValue value = enqueue(1, gradient, counting);
        LossResult result = new LossResult(value.getAsDouble(), gradient, value.terms());
        if (counting != null) {
            counted.add(value.confusion());
        }
        evaluation.merge(counted);
        return result;
    }

    private void requireClasses(long found, int classes) {
        if (found != classes) {
            throw new IllegalArgumentException("predictions have " + batch.channels() + " channels, but " + classes
                    + " classes are evaluated");
        }
    }
}
