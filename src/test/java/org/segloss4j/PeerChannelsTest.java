package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What other libraries read off the shape of the predictions, and weights in the shapes of their tensors. */
class PeerChannelsTest {

    /** Several channels have cross-entropy of a softmax also beside a Dice of the sigmoid; MONAI d388d1c, dice.py. */
    @Test
    void severalChannelsOfTheSigmoidHaveCrossEntropyOfASoftmax() {
        INDArray logits = Nd4j.createFromArray(0.0, Math.log(2), 0.0, 0.0, Math.log(3), 0.0).reshape(1, 3, 2);
        SegmentationBatch batch = SegmentationBatch.predictions(logits)
                .labels(Nd4j.createFromArray(2, 1).reshape(1, 2)).activation(Activation.SIGMOID);
        String call = "DiceCELoss(sigmoid=True, to_onehot_y=True, lambda_dice=0, channels=3)";
        assertThat(Compat.MONAI_1_5.loss(call).value(batch))
                .isCloseTo((-Math.log(3 / 5.0) - Math.log(1 / 4.0)) / 2, offset(1e-12));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "DiceLoss(sigmoid=True, weight=2.5, channels=1) | DiceLoss(sigmoid=True)",
        "DiceLoss(sigmoid=True, weight=2.5, channels=2) | DiceLoss(sigmoid=True, weight=2.5)",
        "DiceLoss(sigmoid=True, include_background=False, weight=2.5, channels=2)"
            + " | DiceLoss(sigmoid=True, include_background=False)",
        "FocalLoss(weight=2.5, channels=1)              | FocalLoss()",
        "FocalLoss(weight=2.5, include_background=False, channels=2) | FocalLoss(include_background=False)",
        "DiceFocalLoss(weight=2.5, sigmoid=True, channels=1) | DiceFocalLoss(sigmoid=True)",
        "GeneralizedDiceFocalLoss(weight=2.5, sigmoid=True, channels=1) | GeneralizedDiceFocalLoss(sigmoid=True)"})
    void theWeightOfTheOnlyClassPlaysNoPart(String call, String same) {
        assertThat(Compat.MONAI_1_5.loss(call)).isEqualTo(Compat.MONAI_1_5.loss(same));
    }

    /** A term for each class: their number must not count twice. */
    @Test
    @Timeout(60)
    void manyChannelsOfNormalisedFocalLossAreSoonAdded() {
        for (Compat library : List.of(Compat.SMP_0_5, Compat.SMP_0_5_1)) {
            SegmentationLoss loss = library.loss("FocalLoss(mode=multiclass, normalized=True, channels=100000)");
            assertThat(LossInternals.spec(loss).pixels().size()).isEqualTo(200_000);
            List<String> names = loss.termNames();
            assertThat(List.of(names.size(), names.get(0), names.get(1), names.get(99_999))).isEqualTo(
                    List.of(100_000, "sigmoid_focal_loss", "sigmoid_focal_loss_2", "sigmoid_focal_loss_100000"));
        }
    }

    @Test
    void aSingleChannelHasNoSoftmax() {
        assertThat(Compat.MONAI_1_5.activation("DiceLoss(softmax=True, channels=1)")).isEqualTo(Activation.IDENTITY);
        assertThat(Compat.MONAI_1_5.activation("DiceLoss(softmax=True, channels=2)")).isEqualTo(Activation.SOFTMAX);
    }

    /** MONAI clips probabilities: what is wrong for certain costs −log 1e-7 and has no gradient. */
    @Test
    void asymmetricFocalLossesClip() {
        INDArray wrong = Nd4j.createFromArray(1.0, 0.0, 0.0, 1.0).reshape(1, 2, 2);
        SegmentationBatch batch = SegmentationBatch.predictions(wrong)
                .labels(Nd4j.createFromArray(1, 0).reshape(1, 2)).activation(Activation.IDENTITY);
        double focal = (0.3 + 0.7) * -Math.log(1e-7) / 2;
        SegmentationLoss loss = Compat.MONAI_1_5.loss("AsymmetricFocalLoss()");
        assertThat(loss.value(batch)).isCloseTo(focal, offset(1e-5));
        assertThat(loss.valueAndGradient(batch).gradient().amaxNumber().doubleValue()).isZero();
        assertThat(Compat.MONAI_1_5.loss("AsymmetricUnifiedFocalLoss(weight=1)").value(batch))
                .isCloseTo(focal, offset(1e-5));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"[[[1.5]], [[2]]] | [1.5, 2]", "[[[[1.5]], [[2]]]] | [1.5, 2]",
        "[[2]] | 2", "[[[2]]] | 2"})
    void weightsHaveTheShapesOfTensors(String tensor, String plain) {
        for (String name : new String[] {"weight", "pos_weight"}) {
            assertThat(Compat.SMP_0_3.loss("SoftBCEWithLogitsLoss(" + name + "=" + tensor + ")"))
                    .isEqualTo(Compat.SMP_0_3.loss("SoftBCEWithLogitsLoss(" + name + "=" + plain + ")"));
            assertThat(Compat.TORCH.loss("BCEWithLogitsLoss(" + name + "=" + tensor + ")"))
                    .isEqualTo(Compat.TORCH.loss("BCEWithLogitsLoss(" + name + "=" + plain + ")"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "smp_0_3.SoftBCEWithLogitsLoss(weight=[[[1, 2]]]) | weight of SoftBCEWithLogitsLoss is [[[1.0, 2.0]]], but",
        "smp_0_3.SoftBCEWithLogitsLoss(weight=[[1, 2], [3, 4]]) | but must be a number, or numbers for each channel",
        "smp_0_3.SoftBCEWithLogitsLoss(weight=[[x]]) | but must be a number, or numbers for each channel",
        "smp_0_3.DiceLoss(mode=multilabel, ignore_index=1) | ignore_index of DiceLoss is 1, which names a class",
        "smp_0_3.FocalLoss(mode=multilabel, ignore_index=2) | such as channels=1",
        "smp_0_3.LovaszLoss(mode=multilabel, ignore_index=0, channels=3) | mark void pixels with -1 or 255",
        "smp_0_3.SoftBCEWithLogitsLoss(ignore_index=0) | ignore_index of SoftBCEWithLogitsLoss is 0, which names",
        "smp_0_3.MCCLoss(channels=3)        | MCCLoss is of one channel in the library, but there are 3",
        "monai.AsymmetricFocalLoss(epsilon=0.001) | epsilon of AsymmetricFocalLoss is 0.001, but probabilities are",
        "monai.AsymmetricFocalTverskyLoss(epsilon=0.01) | probabilities are clipped to 1.0E-7 alone",
        "monai.DiceLoss(channels=0)         | channels of DiceLoss is 0, but must be at least 1"})
    void refusesWhatWouldBeAnotherLossHere(String call, String message) {
        assertThatThrownBy(() -> Compat.parse(call)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"SoftBCEWithLogitsLoss(ignore_index=0, channels=1)",
        "DiceLoss(mode=multilabel, ignore_index=7, channels=7)", "DiceLoss(mode=multilabel, ignore_index=255)",
        "DiceLoss(mode=multilabel, ignore_index=-1)", "DiceLoss(mode=binary, ignore_index=0)",
        "FocalLoss(mode=multiclass, ignore_index=0)"})
    void takesTheOtherIgnoredLabels(String call) {
        assertThat(Compat.SMP_0_3.loss(call)).isNotNull();
    }
}
