package org.segloss4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.LossResult;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cpu.ReferenceBackend;

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
        SegmentationBatch batch = random.batchOf(DataType.DOUBLE);
        SegmentationLoss loss = random.loss();
        INDArray predictions = random.array();
        LossResult result = loss.valueAndGradient(batch, backend());
        double step = 1e-5;
        for (long n = 0; n < predictions.size(0); n++) {
            for (long i = 0; i < predictions.size(1); i++) {
                for (long j = 0; j < predictions.size(2); j++) {
                    double at = predictions.getDouble(n, i, j);
                    predictions.putScalar(new long[] {n, i, j}, at + step);
                    double above = loss.value(batch, backend());
                    predictions.putScalar(new long[] {n, i, j}, at - step);
                    double below = loss.value(batch, backend());
                    predictions.putScalar(new long[] {n, i, j}, at);
                    double slope = (above - below) / (2 * step);
                    assertThat(result.gradient().getDouble(n, i, j)).as("[%d, %d, %d] of %s", n, i, j, random)
                            .isCloseTo(slope, offset(2e-6 * Math.max(1, Math.abs(slope))));
                }
            }
        }
    }
}
