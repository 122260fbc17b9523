package org.segloss4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.loss.MetricSettings;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;

/** What tests and benchmarks need of losses and metrics and users do not: their data, and a backend of one's own. */
public final class LossInternals {

    private LossInternals() {
    }

    public static LossSpec spec(SegmentationLoss loss) {
        return loss.spec();
    }

    public static LossSpec spec(SegmentationMetric metric) {
        return metric.settings().spec();
    }

    public static LossCall call(SegmentationLoss loss, SegmentationBatch batch, LossBackend backend) {
        return new LossCall(loss.spec(), batch.arrays(), backend);
    }

    public static double value(SegmentationLoss loss, SegmentationBatch batch, LossBackend backend) {
        return call(loss, batch, backend).value();
    }

    public static double value(SegmentationMetric metric, SegmentationBatch batch, LossBackend backend) {
        MetricSettings settings = metric.settings();
        return Finalisation.score(settings.term(),
                new LossCall(settings.spec(), batch.arrays(), backend).sums(settings.perImage()));
    }

    public static LossResult valueAndGradient(SegmentationLoss loss, SegmentationBatch batch, LossBackend backend) {
        LossCall call = call(loss, batch, backend);
        INDArray gradient = call.newGradient();
        return new LossResult(call.valueAndGradient(1, gradient), gradient);
    }
}
