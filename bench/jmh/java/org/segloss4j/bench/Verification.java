package org.segloss4j.bench;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.LossInternals;
import org.segloss4j.LossResult;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** A contender is only timed if its answer is that of the reference. */
final class Verification {

    /** Of the value, and of the gradient's largest element: ND4J sums millions of pixels in float. */
    private static final double BOUND = 1e-3;
    private static final double BOUND_BFLOAT16 = 1e-2;

    private Verification() {
    }

    static void check(Workload workload, LossResult actual) {
        LossResult expected = LossInternals.valueAndGradient(workload.loss(),
                workload.batch(workload.labels(), workload.logits()), new ReferenceBackend());
        double bound = workload.element() == DataType.FLOAT ? BOUND : BOUND_BFLOAT16;
        require(Math.abs(actual.value() - expected.value()) <= bound * Math.max(1, Math.abs(expected.value())),
                workload, "value", actual.value(), expected.value());
        INDArray truth = expected.gradient().castTo(DataType.FLOAT);
        double largest = truth.amaxNumber().doubleValue();
        double difference = truth.sub(actual.gradient().castTo(DataType.FLOAT)).amaxNumber().doubleValue();
        require(difference <= bound * largest, workload, "gradient's largest error", difference, bound * largest);
    }

    private static void require(boolean condition, Workload workload, String what, double actual, double expected) {
        if (!condition) {
            throw new IllegalStateException(JmhRow.name(workload) + ": the " + what + " is " + actual + ", but "
                    + expected + " is allowed");
        }
    }
}
