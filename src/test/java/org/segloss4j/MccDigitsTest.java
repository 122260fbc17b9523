package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;

/**
 * Matthews' correlation where a class fills a batch, or nearly: score and slopes are small differences of large sums
 * then, beside a small constant.
 */
class MccDigitsTest {

    private static INDArray labels(int channels, int pixels, int others) {
        INDArray labels = Nd4j.ones(DataType.INT32, 2, pixels);
        for (int k = 0; k < others; k++) {
            labels.putScalar(0, k, channels == 1 ? 0 : k % 2 * 2);
        }
        return labels;
    }

    private static INDArray oneHot(INDArray labels, int channels) {
        INDArray dense = Nd4j.zeros(DataType.FLOAT, 2, channels, labels.size(1));
        for (int n = 0; n < 2; n++) {
            for (int s = 0; s < labels.size(1); s++) {
                int y = labels.getInt(n, s);
                if (channels == 1) {
                    dense.putScalar(n, 0, s, y);
                } else {
                    dense.putScalar(n, y, s, 1);
                }
            }
        }
        return dense;
    }

    @ParameterizedTest
    @CsvSource({"20, 0, 3, false", "20, 0, 1, false", "20, 3, 3, true", "333, 0, 3, true", "333, 1, 1, true",
        "5000, 0, 3, false", "5000, 0, 3, true", "5000, 0, 1, false", "5000, 1, 3, false", "5000, 5, 1, true"})
    void floatsHaveTheDigitsOfTheReference(int pixels, int others, int channels, boolean isDense) {
        Random random = new Random(4);
        INDArray logits = Nd4j.createFromArray(random.doubles(2L * channels * pixels, -3, 3).toArray())
                .reshape(2, channels, pixels).castTo(DataType.FLOAT);
        INDArray labels = labels(channels, pixels, others);
        SegmentationBatch plain = SegmentationBatch.predictions(logits)
                .labels(isDense ? oneHot(labels, channels) : labels)
                .activation(channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX);
        INDArray weights = Nd4j.createFromArray(random.doubles(2L * pixels, 0.1, 3).toArray()).reshape(2, pixels);
        for (SegmentationBatch batch : new SegmentationBatch[] {plain, plain.mask(weights)}) {
            for (SegmentationLoss loss : new SegmentationLoss[] {Losses.mcc(), Losses.mcc().perImage(true),
                    Losses.mcc().smooth(1)}) {
                LossResult expected = LossInternals.valueAndGradient(loss, batch, new ReferenceBackend());
                double largest = expected.gradient().amaxNumber().doubleValue();
                Stream.concat(Stream.of(new CpuBackend()), HostBackends.ifAvailable()).forEach(backend ->
                        check(loss, batch, backend, expected, largest));
            }
        }
    }

    /** Weights that are no whole numbers may add up to a little less for the class than for the pixels. */
    private static void check(SegmentationLoss loss, SegmentationBatch batch, LossBackend backend, LossResult expected,
                              double largest) {
        boolean isWeighted = batch.arrays().mask() != null;
        LossResult result = LossInternals.valueAndGradient(loss, batch, backend);
        assertThat(result.value()).as(backend.name()).isCloseTo(expected.value(), offset(isWeighted ? 1e-4 : 2e-6));
        assertThat(result.gradient().sub(expected.gradient()).amaxNumber().doubleValue()).as(backend.name())
                .isLessThan((isWeighted ? 2e-5 : 2e-6) * largest + (isWeighted ? 1e-6 : 0));
    }
}
