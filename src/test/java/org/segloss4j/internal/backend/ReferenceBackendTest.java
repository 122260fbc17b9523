package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** The reference's values stand on the golden cases; its gradients also on the differences of its own values. */
class ReferenceBackendTest extends LossBackendSuite {

    @Override
    LossBackend backend() {
        return new ReferenceBackend();
    }

    static LongStream smallCases() {
        return LongStream.range(0, 150);
    }

    @ParameterizedTest
    @MethodSource("smallCases")
    void gradientIsTheSlopeOfTheValue(long seed) {
        RandomCase random = new RandomCase(seed, 2, 0, 5);
        Batch batch = random.batchOf(ElementType.DOUBLE);
        SegmentationLoss loss = random.loss();
        Tensor predictions = batch.predictions();
        double[] gradient = Outcome.of(backend(), loss, batch).gradient();
        double step = 1e-5;
        for (int k = 0; k < gradient.length; k++) {
            int row = k / 5;
            int n = row / predictions.channels();
            int c = row % predictions.channels();
            double at = Elements.get(predictions, n, c, k % 5);
            Elements.put(predictions, n, c, k % 5, at + step);
            double above = Outcome.value(backend(), loss, batch);
            Elements.put(predictions, n, c, k % 5, at - step);
            double below = Outcome.value(backend(), loss, batch);
            Elements.put(predictions, n, c, k % 5, at);
            double slope = (above - below) / (2 * step);
            assertThat(gradient[k]).as("[%d, %d, %d] of %s", n, c, k % 5, random)
                    .isCloseTo(slope, offset(2e-6 * Math.max(1, Math.abs(slope))));
        }
    }
}
