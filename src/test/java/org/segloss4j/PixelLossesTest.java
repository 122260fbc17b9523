package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** Pixel losses without a clip: the numbers that other libraries test theirs with, and what saturated logits do. */
class PixelLossesTest {

    private static List<LossBackend> backends() {
        return List.of(new ReferenceBackend(), new CpuBackend());
    }

    private static INDArray array(double[][][] values) {
        return Nd4j.create(values);
    }

    private static SegmentationBatch batch(INDArray predictions, INDArray labels, Activation activation) {
        return SegmentationBatch.predictions(predictions).labels(labels).activation(activation);
    }

    /** MONAI's tests/losses/test_focal_loss.py: 3 channels with the same logits. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"FocalLoss(to_onehot_y=True) | 0.34959",
        "FocalLoss(to_onehot_y=True, include_background=False) | 0.36498",
        "FocalLoss(to_onehot_y=True, alpha=0.8) | 0.08423",
        "FocalLoss(to_onehot_y=True, use_softmax=True) | 0.16276",
        "FocalLoss(to_onehot_y=True, alpha=0.8, use_softmax=True) | 0.08138"})
    void focalLossesOfMonai(String call, double expected) {
        double[] channel = {1, 1, 0.5, 0};
        INDArray logits = array(new double[][][] {{channel, channel, channel}});
        INDArray labels = Nd4j.createFromArray(new int[][] {{0, 1, 2, 0}});
        SegmentationLoss loss = Compat.MONAI_1_5.loss(call);
        for (LossBackend backend : backends()) {
            assertThat(LossInternals.value(loss, batch(logits, labels, Compat.MONAI_1_5.activation(call)), backend))
                    .as(backend.name()).isCloseTo(expected, within(1e-5));
        }
    }

    /** MONAI's tests/losses/test_dice_ce_loss.py, where most predictions are logits without an activation. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"1 | DiceCELoss(to_onehot_y=True) | 0.3133",
        "100 | DiceCELoss(include_background=False, to_onehot_y=True, weight=[1, 1]) | 0.2088",
        "100 | DiceCELoss(include_background=False, to_onehot_y=True, weight=[1, 1], lambda_ce=2) | 0.4176",
        "100 | DiceCELoss(include_background=False, to_onehot_y=True, weight=[0, 1]) | 0.3133"})
    void diceAndCrossEntropyOfMonai(double first, String call, double expected) {
        INDArray logits = array(new double[][][] {{{first, first, 0}, {0, 0, 1}}, {{1, 0, 1}, {0, 1, 0}}});
        INDArray labels = Nd4j.createFromArray(new int[][] {{0, 0, 1}, {0, 1, 0}});
        for (LossBackend backend : backends()) {
            assertThat(LossInternals.value(Compat.MONAI_1_5.loss(call), batch(logits, labels,
                    Compat.MONAI_1_5.activation(call)), backend)).as(backend.name()).isCloseTo(expected, within(1e-4));
        }
    }

    @Test
    void diceAndBinaryCrossEntropyOfMonai() {
        INDArray logits = array(new double[][][] {{{0.8, 0.6, 0}}, {{0, 0, 0.9}}});
        INDArray labels = array(new double[][][] {{{0, 0, 1}}, {{0, 1, 0}}});
        SegmentationLoss loss = Compat.MONAI_1_5.loss("DiceCELoss(weight=[0.5], sigmoid=True)");
        for (LossBackend backend : backends()) {
            assertThat(LossInternals.value(loss, batch(logits, labels, Activation.SIGMOID), backend))
                    .isCloseTo(1.445239, within(1e-6));
        }
    }

    /** segmentation_models.pytorch's tests/test_losses.py. */
    @Test
    void smoothedCrossEntropiesOfSmp() {
        double[][][] logits = new double[4][4][1];
        for (int n = 0; n < 4; n++) {
            for (int c = 0; c < 4; c++) {
                logits[n][c][0] = n == c ? 9 : -9;
            }
        }
        INDArray labels = Nd4j.createFromArray(new int[][] {{0}, {1}, {-100}, {3}});
        INDArray binary = array(new double[][][] {{{-9, 9, 1, 9, -9}}});
        INDArray truth = array(new double[][][] {{{0, 1, -100, 1, 0}}});
        for (LossBackend backend : backends()) {
            assertThat(LossInternals.value(Compat.SMP_0_5.loss("SoftCrossEntropyLoss(smooth_factor=0.1)"),
                    batch(array(logits), labels, Activation.SOFTMAX), backend)).isCloseTo(1.0125, within(1e-4));
            assertThat(LossInternals.value(Compat.SMP_0_5.loss("SoftBCEWithLogitsLoss(smooth_factor=0.1)"),
                    batch(binary, truth, Activation.SIGMOID), backend)).isCloseTo(0.7201, within(1e-4));
        }
    }

    /** The three numbers of Keras for a truth of 1 and a probability of 0, or a logit of −20. */
    @Test
    void formsOfKeras() {
        INDArray zero = array(new double[][][] {{{0}}});
        INDArray one = array(new double[][][] {{{1}}});
        SegmentationLoss loss = Losses.binaryCrossEntropy();
        for (LossBackend backend : backends()) {
            assertThat(LossInternals.value(loss, batch(zero, one, Activation.IDENTITY), backend))
                    .isCloseTo(16.1181, within(1e-4));
            assertThat(LossInternals.value(loss.form(KerasForm.CLIP_PLUS_EPSILON),
                    batch(zero, one, Activation.IDENTITY), backend)).isCloseTo(15.4249, within(1e-4));
            assertThat(LossInternals.value(loss.form(KerasForm.LOGITS), batch(array(new double[][][] {{{-20}}}), one,
                    Activation.SIGMOID), backend)).isCloseTo(20, within(1e-6));
        }
    }

    /** A normalised focal loss of several classes divides each of them by its own sum. */
    @Test
    void normalisedFocalLossOfSmp() {
        INDArray logits = array(new double[][][] {{{0.5, -1, 2}, {-0.25, 1, 0}}});
        INDArray labels = Nd4j.createFromArray(new int[][] {{0, 1, 1}});
        double expected = 0;
        for (int c = 0; c < 2; c++) {
            double losses = 0;
            double factors = 0;
            for (int s = 0; s < 3; s++) {
                double p = 1 / (1 + Math.exp(-logits.getDouble(0, c, s)));
                double u = labels.getInt(0, s) == c ? p : 1 - p;
                losses -= (1 - u) * (1 - u) * Math.log(u);
                factors += (1 - u) * (1 - u);
            }
            expected += losses / factors / 3;
        }
        SegmentationLoss loss = Compat.SMP_0_5.loss("FocalLoss(mode='multiclass', normalized=True, channels=2)");
        for (LossBackend backend : backends()) {
            assertThat(LossInternals.value(loss, batch(logits, labels, Activation.SIGMOID), backend))
                    .isCloseTo(expected, within(1e-6));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Compat.SMP_0_5.loss(
                "FocalLoss(mode='multiclass', normalized=True)")).withMessageContaining("channels=3");
    }

    static Stream<SegmentationLoss> unclipped() {
        return Stream.of(Losses.crossEntropy(), Losses.softmaxFocal(), Losses.poly1(1), Losses.crossEntropy()
                .fromLogits(true), Losses.sigmoidCrossEntropy(), Losses.sigmoidFocal().fromLogits(true));
    }

    /** Where K-SM's clip would leave no gradient, that of a wrong prediction is the largest. */
    @Test
    void saturatedLogitsHaveExactLossesAndGradients() {
        for (double z : new double[] {90, 1000}) {
            INDArray logits = array(new double[][][] {{{z, -z}, {-z, z}}});
            for (LossBackend backend : backends()) {
                unclipped().forEach(loss -> {
                    SegmentationBatch right = batch(logits, Nd4j.createFromArray(new int[][] {{0, 1}}),
                            Activation.SOFTMAX);
                    LossResult none = LossInternals.valueAndGradient(loss, right, backend);
                    assertThat(none.value()).as(loss.toString()).isCloseTo(0, within(1e-30));
                    assertThat(none.gradient().norm1Number().doubleValue()).isCloseTo(0, within(1e-30));
                });
                SegmentationBatch wrong = batch(logits, Nd4j.createFromArray(new int[][] {{1, 0}}),
                        Activation.SOFTMAX);
                LossResult entropy = LossInternals.valueAndGradient(Losses.crossEntropy(), wrong, backend);
                assertThat(entropy.value()).isCloseTo(2 * z, within(1e-9 * z));
                assertThat(entropy.gradient().getDouble(0, 0, 0)).isCloseTo(0.5, within(1e-7));
                LossResult binary = LossInternals.valueAndGradient(Losses.sigmoidCrossEntropy().fromLogits(true),
                        wrong, backend);
                assertThat(binary.value()).isCloseTo(z, within(1e-9 * z));
                assertThat(binary.gradient().getDouble(0, 1, 0)).isCloseTo(-0.25, within(1e-7));
            }
        }
    }

    /** Poly-1 is the sum of its two parts, and −1 takes the first polynomial away. */
    @Test
    void polynomialsAreAdded() {
        INDArray p = array(new double[][][] {{{0.5}, {0.5}}});
        INDArray label = Nd4j.createFromArray(new int[][] {{1}});
        SegmentationBatch batch = batch(p, label, Activation.IDENTITY);
        assertThat(LossInternals.value(Losses.poly1(2), batch, new ReferenceBackend()))
                .isCloseTo(Math.log(2) + 2 * 0.5, within(1e-7));
        assertThat(LossInternals.value(Losses.poly1(-1), batch, new ReferenceBackend()))
                .isCloseTo(Math.log(2) - 0.5, within(1e-7));
        assertThat(LossInternals.value(Losses.generalisedCrossEntropy(0.5), batch, new ReferenceBackend()))
                .isCloseTo((1 - Math.sqrt(0.5)) / 0.5, within(1e-7));
    }

    /** The special cases that the papers name. */
    @Test
    void limitsAreOtherLosses() {
        INDArray logits = Nd4j.rand(2, 3, 20).muli(4).subi(2);
        INDArray labels = Nd4j.rand(2, 20).muli(3).castTo(org.nd4j.linalg.api.buffer.DataType.INT32);
        SegmentationBatch batch = batch(logits, labels, Activation.SOFTMAX);
        LossBackend reference = new ReferenceBackend();
        double entropy = LossInternals.value(Losses.crossEntropy(), batch, reference);
        assertThat(LossInternals.value(Losses.softmaxFocal().gamma(0), batch, reference))
                .isCloseTo(entropy, within(1e-12));
        assertThat(LossInternals.value(Losses.poly1(0), batch, reference)).isCloseTo(entropy, within(1e-12));
        assertThat(LossInternals.value(Losses.generalisedCrossEntropy(1e-9), batch, reference))
                .isCloseTo(entropy, within(1e-6));
        assertThat(LossInternals.value(Losses.asymmetricFocal().delta(0.5).gamma(0), batch, reference))
                .isCloseTo(entropy / 2, within(1e-12));
        assertThat(LossInternals.value(Losses.crossEntropy().fromLogits(true), batch(logits, labels,
                Activation.IDENTITY), reference)).isCloseTo(entropy, within(1e-12));
        assertThat(LossInternals.value(Losses.crossEntropy().normaliser(PixelNormaliser.ONE), batch, reference))
                .isCloseTo(40 * entropy, within(1e-9));
        assertThat(LossInternals.value(Losses.crossEntropy().normaliser(PixelNormaliser.IMAGES), batch, reference))
                .isCloseTo(2 * entropy, within(1e-9));
        double unified = LossInternals.value(Losses.unifiedFocal().share(0.25), batch, reference);
        assertThat(unified).isCloseTo(0.25 * LossInternals.value(Losses.asymmetricFocal().delta(0.6).gamma(0.5), batch,
                reference) + 0.75 * LossInternals.value(Losses.asymmetricFocalTversky().delta(0.6).gamma(0.5), batch,
                reference), within(1e-12));
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.generalisedCrossEntropy(0))
                .withMessage("q is 0, but must be above 0 and at most 1");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.sigmoidFocal().alpha(1.5))
                .withMessageStartingWith("alpha is 1.5, but must lie in 0..1");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.binaryFocal().set("alpha", List.of(0.2, 0.8)))
                .withMessage("alpha is [0.2, 0.8], but binary_focal_loss takes one number");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.sigmoidFocal().alphas(1, 1))
                .withMessage("alpha is [1.0, 1.0], which leaves a side of all classes without weight");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.crossEntropy().labelSmoothing(1.5))
                .withMessage("labelSmoothing is 1.5, but must be from 0 to 1");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.unifiedFocal().gamma(1))
                .withMessageStartingWith("gamma is 1.0, but must be below 1");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.crossEntropy().set("normaliser", "mean"))
                .withMessage("normaliser is mean, but must be one of outputs, pixels, true_weights, all_outputs,"
                        + " all_pixels, images, one");
        assertThatIllegalArgumentException().isThrownBy(() -> Compat.TORCH.loss("CrossEntropyLoss(size_average=True)"))
                .withMessageStartingWith("CrossEntropyLoss has no parameter size_average");
        assertThatIllegalArgumentException().isThrownBy(() -> Compat.SMP_0_5.loss(
                "SoftBCEWithLogitsLoss(smooth_factor=0.7)")).withMessageStartingWith("smooth_factor");
    }

    @Test
    void nothingStandsForTheDefaultOfAChoice() {
        assertThat(Losses.crossEntropy().normaliser(PixelNormaliser.ONE).normaliser(null))
                .isEqualTo(Losses.crossEntropy());
        assertThat(Losses.binaryCrossEntropy().form(KerasForm.LOGITS).form(null))
                .isEqualTo(Losses.binaryCrossEntropy());
    }

    /** What torch 1.13 calls the reduction none: the weight of the class times minus the logarithm of its share. */
    @Test
    void lossesOfPixelsAreWeightedIfTheirMeanIsByPixels() {
        INDArray logits = Nd4j.createFromArray(new double[][] {{1, 0, 0}, {0, 1, 2}, {3, 0, 1}, {1, 1, 1}});
        INDArray labels = Nd4j.createFromArray(0, 1, 2, 9);
        SegmentationLoss loss = Losses.crossEntropy().classWeights(1, 2, 5).ignoreIndex(9);
        double[] plain = {Math.log(1 + 2 / Math.E), Math.log(1 + Math.E + 1 / Math.E),
            Math.log(1 + Math.exp(2) + 1 / Math.E), 0};
        SegmentationBatch batch = batch(logits, labels, Activation.SOFTMAX);
        double[] weighted = loss.normaliser(PixelNormaliser.PIXELS).valuePerExample(batch);
        double[] divided = loss.valuePerExample(batch);
        for (int k = 0; k < plain.length; k++) {
            assertThat(weighted[k]).isCloseTo((k * k + 1) * plain[k], within(1e-12));
            assertThat(divided[k]).isCloseTo(plain[k], within(1e-12));
        }
    }

    /** What other libraries call the reduction none: pixels as examples, with the mean that the loss of images is. */
    @ParameterizedTest
    @ValueSource(strings = {"categorical_crossentropy", "focal_loss", "binary_crossentropy", "binary_focal_loss",
        "cross_entropy", "sigmoid_cross_entropy", "softmax_focal_loss", "sigmoid_focal_loss", "poly1_cross_entropy",
        "poly1_focal_loss", "generalised_cross_entropy", "asymmetric_focal_loss"})
    void pixelsMayBeExamples(String name) {
        SegmentationLoss loss = Losses.named(name);
        INDArray logits = Nd4j.randn(DataType.DOUBLE, 2, 3, 4, 5);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 4, 5).muli(3).castTo(DataType.INT32);
        for (LossBackend backend : backends()) {
            double[] each = LossInternals.call(loss, batch(logits.permute(0, 2, 3, 1).reshape(-1, 3),
                    labels.reshape(-1), Activation.SOFTMAX), backend).valuePerExample();
            assertThat(each).hasSize(40);
            assertThat(Arrays.stream(each).average().orElseThrow()).as(backend.name()).isCloseTo(LossInternals.value(
                    loss, batch(logits, labels, Activation.SOFTMAX), backend), within(1e-6));
        }
    }
}
