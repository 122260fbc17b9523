package org.segloss4j.internal.backend;

import org.segloss4j.LossInternals;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;

/**
 * What a backend makes of a loss and a batch.
 *
 * @param value    L
 * @param gradient dL/dpredictions in the order [N, C, S]
 */
public record Outcome(double value, double[] gradient) {

    /** Computes both; the gradient has the type of the predictions and every element of it must be written. */
    public static Outcome of(LossBackend backend, SegmentationLoss loss, Batch batch) {
        Tensor p = batch.predictions();
        return of(backend, loss, batch, TestTensors.packed(p.type(), p.examples(), p.channels(), p.pixels()));
    }

    /** The same for a loss that has no public form. */
    public static Outcome of(LossBackend backend, LossSpec spec, Batch batch) {
        Tensor p = batch.predictions();
        return of(backend, spec, batch, TestTensors.packed(p.type(), p.examples(), p.channels(), p.pixels()));
    }

    /** Computes both, with the gradient where it is wanted. */
    public static Outcome of(LossBackend backend, SegmentationLoss loss, Batch batch, Tensor gradient) {
        return of(backend, LossInternals.spec(loss), batch, gradient);
    }

    /** The same for a loss that has no public form. */
    public static Outcome of(LossBackend backend, LossSpec spec, Batch batch, Tensor gradient) {
        TestTensors.fill(gradient, () -> Double.NaN);
        double value = backend.valueAndGradient(Job.gradient(spec, batch, 1, gradient));
        return new Outcome(value, TestTensors.values(gradient));
    }

    /** The value alone. */
    public static double value(LossBackend backend, SegmentationLoss loss, Batch batch) {
        LossSpec spec = LossInternals.spec(loss);
        return Finalisation.value(spec, backend.sums(Job.sums(spec, batch, spec.needsSumsPerImage())));
    }
}
