package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.DeepSupervision.MonaiWeights;

class DeepSupervisionTest {

    private static final SegmentationLoss LOSS = Losses.CCE_DICE_LOSS;

    private static INDArray logits(int seed, long... shape) {
        return Nd4j.createFromArray(new Random(seed).doubles(java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b),
                -2, 2).toArray()).reshape(shape);
    }

    private static INDArray labels(long... shape) {
        int size = (int) java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return Nd4j.createFromArray(new Random(9).ints(size, 0, 3).toArray()).reshape(shape);
    }

    /** By hand: nnU-Net divides 1, 1/2, 1/4, 0 by their sum, MONAI divides nothing and stops at 1/16. */
    @Test
    void weightsAreThoseOfThePeers() {
        assertThat(DeepSupervision.halving(LOSS, 4, false).weights()).containsExactly(
                new double[] {4 / 7.0, 2 / 7.0, 1 / 7.0, 0}, offset(1e-15));
        assertThat(DeepSupervision.halving(LOSS, 4, true).weights()).containsExactly(
                new double[] {8 / 15.0, 4 / 15.0, 2 / 15.0, 1 / 15.0}, offset(1e-15));
        assertThat(DeepSupervision.monai(LOSS, 6, MonaiWeights.EXP).weights())
                .containsExactly(1, 0.5, 0.25, 0.125, 0.0625, 0.0625);
        assertThat(DeepSupervision.monai(LOSS, 3, MonaiWeights.TWO).weights()).containsExactly(1, 0.5, 0.5);
        assertThat(DeepSupervision.monai(LOSS, 2, MonaiWeights.SAME).weights()).containsExactly(1, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> DeepSupervision.halving(LOSS, 1, false))
                .withMessageContaining("heads is 1");
        assertThatIllegalArgumentException().isThrownBy(() -> DeepSupervision.of(LOSS, 1, -1))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException().isThrownBy(() -> DeepSupervision.of(LOSS, 0, 0));
    }

    @Test
    void valueAndGradientsAreThePlainSum() {
        for (boolean channelsLast : new boolean[] {false, true}) {
            INDArray fine = channelsLast ? logits(1, 2, 8, 12, 3) : logits(1, 2, 3, 8, 12);
            INDArray half = channelsLast ? logits(2, 2, 4, 6, 3) : logits(2, 2, 3, 4, 6);
            INDArray quarter = channelsLast ? logits(3, 2, 2, 3, 3) : logits(3, 2, 3, 2, 3);
            INDArray labels = labels(2, 8, 12);
            INDArray mask = Nd4j.ones(DataType.FLOAT, 2, 8, 12);
            for (int n = 0; n < 2; n++) {
                for (int w = 0; w < 12; w++) {
                    mask.putScalar(n, 5, w, w % 5);
                }
            }
            SegmentationBatch finest = SegmentationBatch.predictions(fine).labels(labels).mask(mask)
                    .activation(Activation.SOFTMAX);
            finest = channelsLast ? finest.channelsLast() : finest;
            DeepSupervision three = DeepSupervision.of(LOSS, 0.5, 0.25, 0.125);
            SegmentationBatch[] heads = {finest, DeepSupervision.coarser(finest, half),
                DeepSupervision.coarser(finest, quarter)};
            DeepSupervision.Result result = three.valueAndGradients(heads);
            assertThat(three.value(heads)).isCloseTo(result.value(), offset(1e-12));
            double expected = 0;
            INDArray[] all = {fine, half, quarter};
            for (int k = 0; k < 3; k++) {
                SegmentationBatch plain = SegmentationBatch.predictions(all[k]).labels(picked(labels, 1 << k))
                        .mask(picked(mask, 1 << k)).activation(Activation.SOFTMAX);
                LossResult own = LOSS.valueAndGradient(channelsLast ? plain.channelsLast() : plain);
                expected += three.weights()[k] * own.value();
                assertThat(result.gradients().get(k).equalsWithEps(own.gradient().mul(three.weights()[k]), 1e-12))
                        .isTrue();
            }
            assertThat(result.value()).isCloseTo(expected, offset(1e-12));
        }
    }

    /** Every k-th pixel, the middle one of each k. */
    private static INDArray picked(INDArray array, int k) {
        INDArray picked = Nd4j.create(array.dataType(), array.size(0), array.size(1) / k, array.size(2) / k);
        for (int n = 0; n < picked.size(0); n++) {
            for (int h = 0; h < picked.size(1); h++) {
                for (int w = 0; w < picked.size(2); w++) {
                    picked.putScalar(new int[] {n, h, w}, array.getDouble(n, h * k + k / 2, w * k + k / 2));
                }
            }
        }
        return picked;
    }

    @Test
    void aStrideIsAView() {
        INDArray labels = labels(2, 8, 12);
        INDArray half = DeepSupervision.labelStride(labels, 2, 2);
        assertThat(half.dup('c')).isEqualTo(picked(labels, 2));
        labels.putScalar(new int[] {1, 3, 5}, 77);
        assertThat(half.getInt(1, 1, 2)).isEqualTo(77);
        assertThat(DeepSupervision.labelStride(labels, 1, 1)).isSameAs(labels);
        assertThat(DeepSupervision.labelStride(labels(2, 1, 9, 12), 3, 4).shape()).containsExactly(2, 1, 3, 3);
        assertThatIllegalArgumentException().isThrownBy(() -> DeepSupervision.labelStride(labels, 3, 2))
                .withMessageContaining("[2, 8, 12]").withMessageContaining("[3, 2]");
    }

    /** Of 5 pixels, torch's nearest-exact takes the numbers 0, 2 and 4 for 3; of 7 it takes 0, 2, 4 and 6 for 4. */
    @Test
    void sizesThatDoNotDivideTakeTheNearestPixels() {
        INDArray labels = labels(1, 5, 7);
        SegmentationBatch finest = SegmentationBatch.predictions(logits(1, 1, 3, 5, 7)).labels(labels);
        INDArray coarse = DeepSupervision.coarser(finest, logits(1, 1, 3, 3, 4)).arrays().labels();
        assertThat(coarse.shape()).containsExactly(1, 3, 4);
        int[] rows = {0, 2, 4};
        int[] columns = {0, 2, 4, 6};
        for (int h = 0; h < 3; h++) {
            for (int w = 0; w < 4; w++) {
                assertThat(coarse.getInt(0, h, w)).isEqualTo(labels.getInt(0, rows[h], columns[w]));
            }
        }
        assertThatIllegalArgumentException().isThrownBy(() -> DeepSupervision.coarser(finest, logits(1, 1, 3, 10, 7)))
                .withMessageContaining("10 pixels");
    }

    @Test
    void aHeadOfWeightZeroCostsNothingAndHasNoGradient() {
        SegmentationBatch finest = SegmentationBatch.predictions(logits(1, 1, 3, 4, 4)).labels(labels(1, 4, 4))
                .activation(Activation.SOFTMAX);
        // Its labels are not even looked at.
        SegmentationBatch last = SegmentationBatch.predictions(logits(2, 1, 3, 2, 2)).labels(Nd4j.zeros(DataType.INT32,
                1, 2, 2).addi(9)).activation(Activation.SOFTMAX);
        DeepSupervision.Result result = DeepSupervision.halving(LOSS, 2, false).valueAndGradients(finest, last);
        assertThat(result.value()).isEqualTo(LOSS.value(finest));
        assertThat(result.gradients().get(1).amaxNumber().doubleValue()).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> DeepSupervision.halving(LOSS, 2, true).value(finest))
                .withMessageContaining("heads is 1");
    }
}
