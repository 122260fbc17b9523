package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What each class gives to the value of a pixel loss. */
class LossPerClassTest {

    private static final int CLASSES = 3;
    private static final int PIXELS = 40;

    private static INDArray logits() {
        return Nd4j.createFromArray(new Random(1).doubles(2 * CLASSES * PIXELS, -3, 3).toArray())
                .reshape(2, CLASSES, PIXELS);
    }

    private static INDArray labels() {
        return Nd4j.createFromArray(new Random(2).ints(2 * PIXELS, 0, CLASSES).toArray()).reshape(2, PIXELS);
    }

    private static SegmentationBatch batch(Activation activation) {
        return SegmentationBatch.predictions(logits()).labels(labels()).activation(activation);
    }

    static Stream<SegmentationLoss> categorical() {
        return Stream.of(Losses.categoricalCrossEntropy(), Losses.categoricalFocal(),
                Losses.softmaxFocal(), Losses.generalisedCrossEntropy(0.7),
                Losses.categoricalCrossEntropy().classWeights(1, 5, 0.5).plus(Losses.categoricalFocal().times(3)));
    }

    /** The others are masked, and what is left is the mean of fewer pixels. */
    @ParameterizedTest
    @MethodSource("categorical")
    void isWhatThePixelsOfTheClassCost(SegmentationLoss loss) {
        double[][] each = loss.lossPerClass(batch(Activation.SOFTMAX));
        assertThat(each).hasDimensions(1, CLASSES);
        for (int c = 0; c < CLASSES; c++) {
            INDArray mask = labels().eq(c).castTo(DataType.DOUBLE);
            double ofClass = loss.value(batch(Activation.SOFTMAX).mask(mask));
            double share = mask.sumNumber().doubleValue() / (2 * PIXELS);
            assertThat(each[0][c]).as("class " + c).isCloseTo(share * ofClass, offset(1e-12));
        }
    }

    static Stream<SegmentationLoss> ofSigmoids() {
        return Stream.of(Losses.binaryCrossEntropy(), Losses.binaryFocal(), Losses.sigmoidFocal(),
                Losses.sigmoidCrossEntropy().positiveWeights(3).labelSmoothing(0.1));
    }

    private static INDArray channel(INDArray all, int c) {
        return all.get(NDArrayIndex.all(), NDArrayIndex.interval(c, c + 1));
    }

    @ParameterizedTest
    @MethodSource("ofSigmoids")
    void isWhatTheChannelOfTheClassCosts(SegmentationLoss loss) {
        SegmentationBatch batch = batch(Activation.SIGMOID);
        double[] each = loss.lossPerClass(batch)[0];
        INDArray oneHot = Nd4j.create(DataType.DOUBLE, 2, CLASSES, PIXELS);
        for (int k = 0; k < 2 * PIXELS; k++) {
            oneHot.putScalar(k / PIXELS, labels().getInt(k / PIXELS, k % PIXELS), k % PIXELS, 1);
        }
        for (int c = 0; c < CLASSES; c++) {
            double ofChannel = loss.value(SegmentationBatch.predictions(channel(logits(), c))
                    .labels(channel(oneHot, c)).activation(Activation.SIGMOID));
            assertThat(each[c]).as("class " + c).isCloseTo(ofChannel / CLASSES, offset(1e-12));
        }
    }

    /** They add up to the value whatever is set, and are 0 where all is void. */
    @Test
    void addsUpToTheValue() {
        LossCases.cases(CLASSES).stream().map(LossCases.Case::loss)
                .filter(loss -> loss.spec().hasPixelTermsOnly()).forEach(loss -> {
                    SegmentationBatch batch = batch(Activation.SOFTMAX);
                    double value = loss.value(batch);
                    assertThat(Arrays.stream(loss.lossPerClass(batch)[0]).sum()).as(loss.toString())
                            .isCloseTo(value, offset(1e-12 * Math.max(1, value)));
                    assertThat(loss.lossPerClass(batch.mask(Nd4j.zeros(DataType.DOUBLE, 2, PIXELS)))[0])
                            .as(loss.toString()).containsOnly(0.0);
                });
    }

    /** In the order of the classes; one that is gathered twice gives twice, and one without weight nothing. */
    @Test
    void followsTheGatheredClasses() {
        SegmentationBatch batch = batch(Activation.SOFTMAX);
        double[] each = Losses.categoricalFocal().classIndexes(2, 0, 2).lossPerClass(batch)[0];
        double[] all = Losses.categoricalFocal().classIndexes(0, 2).lossPerClass(batch)[0];
        assertThat(each).hasSize(3);
        assertThat(each[0]).isEqualTo(each[2]);
        assertThat(each[0] / each[1]).isCloseTo(all[1] / all[0], offset(1e-9));
        double[] weighted = Losses.categoricalCrossEntropy().classWeights(1, 0, 2).lossPerClass(batch)[0];
        double[] plain = Losses.categoricalCrossEntropy().lossPerClass(batch)[0];
        assertThat(weighted).containsExactly(new double[] {plain[0], 0, 2 * plain[2]}, offset(1e-12));
    }

    /** Where there is none, the message says what to ask instead. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "lovasz_softmax_loss | classIndexes(c) makes it the loss of class c",
        "top_k_cross_entropy | valuePerExample gives the loss of each image",
        "unified_focal_loss | valuePerExample gives the loss of each image"})
    void saysWhatElseThereIs(String name, String instead) {
        SegmentationBatch batch = batch(Activation.SOFTMAX);
        assertThatThrownBy(() -> Losses.named(name).lossPerClass(batch))
                .isInstanceOf(UnsupportedOperationException.class).hasMessageContaining(name)
                .hasMessageEndingWith(instead);
    }

    @Test
    void sumsAreAskedOneByOne() {
        SegmentationBatch batch = batch(Activation.SOFTMAX);
        assertThatThrownBy(() -> Losses.CCE_DICE_LOSS.lossPerClass(batch))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageEndingWith("; ask the losses of the sum one by one");
        assertThatThrownBy(() -> Losses.crossEntropy().plus(Losses.softmaxFocal().classIndexes(1, 2))
                .lossPerClass(batch)).isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("a sum whose losses gather different classes, [0, 1, 2] and [1, 2], has no losses per"
                        + " class: ask the losses of the sum one by one");
        assertThatThrownBy(() -> Losses.crossEntropy().scores(batch)).hasMessageEndingWith(
                "lossPerClass gives the share of each class in a pixel loss");
    }
}
