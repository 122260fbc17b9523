package org.segloss4j.bench.gpu;

import java.util.ArrayList;
import java.util.List;
import org.segloss4j.LossInternals;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.Sums;

/**
 * How far a value and a gradient are from the reference, which is computed in pieces by all cores.
 *
 * @param expected the value of the reference
 * @param error    the largest difference of gradients; infinite for a NaN
 * @param largest  the largest element of the reference's gradient, in absolute value
 */
record DeviceVerification(double expected, double error, double largest) {

    private static final LossBackend REFERENCE = new ReferenceBackend();
    private static final int PIECE = 1 << 15;

    private record Piece(Batch batch, Tensor gradient) {
    }

    /** Compares; the loss is not per image. */
    static DeviceVerification of(SegmentationLoss loss, Batch batch, Tensor gradient) {
        List<Piece> pieces = new ArrayList<>();
        Tensor labels = batch.labels().tensor();
        long pixels = labels.pixels();
        for (long n = 0; n < labels.examples(); n++) {
            for (long s = 0; s < pixels; s += PIECE) {
                long to = Math.min(pixels, s + PIECE);
                pieces.add(new Piece(new Batch(part(batch.predictions(), n, s, to), batch.activation(),
                        new Labels(batch.labels().kind(), part(labels, n, s, to)), null), part(gradient, n, s, to)));
            }
        }
        Sums sums = pieces.parallelStream().map(p -> REFERENCE.sums(Job.sums(LossInternals.spec(loss), p.batch, false)))
                .reduce(Sums::merge).orElseThrow();
        return pieces.parallelStream().map(p -> compare(loss, p, sums))
                .reduce((a, b) -> new DeviceVerification(a.expected,
                Math.max(a.error, b.error), Math.max(a.largest, b.largest))).orElseThrow();
    }

    private static Tensor part(Tensor t, long n, long from, long to) {
        return new Tensor(t.storage(), t.type(), t.offset(n, 0, from), 1, t.channels(), to - from, t.exampleStride(),
                t.channelStride(), t.pixelStride());
    }

    private static DeviceVerification compare(SegmentationLoss loss, Piece piece, Sums sums) {
        Tensor actual = piece.gradient;
        Tensor truth = TestTensors.packed(ElementType.DOUBLE, 1, actual.channels(), actual.pixels());
        REFERENCE.gradient(new Job(LossInternals.spec(loss), piece.batch, sums.perImage(), truth, 1),
                Finalisation.coefficients(LossInternals.spec(loss), sums), 0);
        double error = 0;
        double largest = 0;
        for (int c = 0; c < actual.channels(); c++) {
            for (long s = 0; s < actual.pixels(); s++) {
                double expected = Elements.get(truth, 0, c, s);
                double own = Math.abs(Elements.get(actual, 0, c, s) - expected);
                error = Double.isNaN(own) ? Double.POSITIVE_INFINITY : Math.max(error, own);
                largest = Math.max(largest, Math.abs(expected));
            }
        }
        return new DeviceVerification(Finalisation.value(LossInternals.spec(loss), sums), error, largest);
    }

    /** What is wrong with a value and the gradient, or null. */
    String failure(double value, ElementType type) {
        double bound = (type == ElementType.BFLOAT16 ? 8e-3 : type == ElementType.HALF ? 1e-3 : 1e-5) * largest
                + (type == ElementType.HALF ? 6e-8 : 0);
        if (!(Math.abs(value - expected) <= 1e-5 * Math.max(1, Math.abs(expected)))) {
            return "value is " + value + ", expected " + expected;
        }
        return error <= bound ? null : "gradient is off by " + error + ", allowed is " + bound;
    }
}
