package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.DeepSupervision.MonaiWeights;

/** What MONAI d388d1c, tests/losses, states beside its tables of Dice and Tversky, which {@link PeerTablesTest} has. */
class MonaiTestsTest {

    private static final INDArray SQUARE = Nd4j.createFromArray(0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0)
            .reshape(1, 4, 4);

    private static SegmentationBatch batch(String call, INDArray input, INDArray target) {
        return SegmentationBatch.predictions(input).labels(target).activation(Compat.MONAI_1_5.activation(call));
    }

    private static double value(String call, INDArray input, INDArray target) {
        return Compat.MONAI_1_5.loss(call).value(batch(call, input, target));
    }

    /** [N, C, *] of class indices. */
    private static INDArray oneHot(INDArray indices, int classes) {
        long[] shape = new long[indices.rank() + 1];
        Arrays.setAll(shape, axis -> axis == 0 ? indices.size(0) : axis == 1 ? classes : indices.size(axis - 1));
        INDArray[] channels = IntStream.range(0, classes).mapToObj(c -> indices.eq(c).castTo(DataType.DOUBLE)
                .reshape('c', withChannel(indices))).toArray(INDArray[]::new);
        return Nd4j.concat(1, channels).reshape('c', shape);
    }

    private static long[] withChannel(INDArray indices) {
        long[] shape = new long[indices.rank() + 1];
        Arrays.setAll(shape, axis -> axis == 0 ? indices.size(0) : axis == 1 ? 1 : indices.size(axis - 1));
        return shape;
    }

    /** test_focal_loss.py, the rows with reduction "none": each output is an example of one channel here. */
    @Test
    void focalLossOfEachOutput() {
        double[] logits = {1, 1, 0.5, 0, 1, 1, 0.5, 0, 1, 1, 0.5, 0};
        INDArray target = oneHot(Nd4j.createFromArray(0, 1, 2, 0).reshape(1, 4), 3);
        double[] plain = {0.02266, 0.70187, 0.37741, 0.17329, 0.70187, 0.02266, 0.37741, 0.17329, 0.70187, 0.70187,
            0.06757, 0.17329};
        double[] weights = {0.5, 0.1, 0.2};
        double[] weighted = {0.01133, 0.35093, 0.18871, 0.08664, 0.07019, 0.00227, 0.03774, 0.01733, 0.14037, 0.14037,
            0.01352, 0.03466};
        SegmentationBatch outputs = SegmentationBatch.predictions(Nd4j.createFromArray(logits).reshape(12, 1, 1))
                .labels(target.reshape(12, 1, 1)).activation(Activation.SIGMOID);
        double[] each = Compat.MONAI_1_5.loss("FocalLoss()").valuePerExample(outputs);
        for (int k = 0; k < 12; k++) {
            assertThat(each[k]).isCloseTo(plain[k], offset(1e-5));
            assertThat(each[k] * weights[k / 4]).isCloseTo(weighted[k], offset(1e-5));
        }
        SegmentationBatch all = batch("FocalLoss()", Nd4j.createFromArray(logits).reshape(1, 3, 4), target);
        assertThat(Compat.MONAI_1_5.loss("FocalLoss()").value(all)).isCloseTo(0.34959, offset(1e-5));
        assertThat(Compat.MONAI_1_5.loss("FocalLoss(weight=[0.5, 0.1, 0.2])").value(all))
                .isCloseTo(Arrays.stream(weighted).average().orElseThrow(), offset(1e-5));
    }

    /** test_foreground, with the three digits that it has. */
    @ParameterizedTest
    @CsvSource({"True, 0.1116", "False, 0.1733"})
    void focalLossOfTheForeground(String background, double expected) {
        INDArray channel = Nd4j.ones(DataType.DOUBLE, 1, 1, 5, 5);
        INDArray input = Nd4j.concat(1, channel, channel.mul(0));
        INDArray target = input.dup();
        target.putScalar(new int[] {0, 0, 2, 2}, 0);
        target.putScalar(new int[] {0, 1, 2, 2}, 1);
        assertThat(value("FocalLoss(include_background=" + background + ")", input, target))
                .isCloseTo(expected, offset(1e-3));
    }

    /** test_bin_seg_2d, test_empty_class_2d, test_multi_class_seg_2d and test_bin_seg_3d. */
    @ParameterizedTest
    @ValueSource(strings = {"FocalLoss(to_onehot_y=True, use_softmax=True)", "FocalLoss(to_onehot_y=True)",
        "FocalLoss(to_onehot_y=True, alpha=0.5, use_softmax=True)", "FocalLoss(to_onehot_y=True, alpha=0.5)"})
    void rightAnswersHaveNoFocalLoss(String call) {
        INDArray several = Nd4j.createFromArray(0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0).reshape(1, 4, 4);
        INDArray volume = Nd4j.concat(0, SQUARE, SQUARE, SQUARE).reshape(1, 3, 4, 4);
        for (INDArray target : List.of(SQUARE, SQUARE.mul(0), several, volume)) {
            int classes = target == several ? 6 : 2;
            INDArray right = oneHot(target, classes);
            INDArray input = right.mul(1000).sub(500);
            assertThat(value(call, input, target)).isCloseTo(0, offset(1e-3));
            assertThat(value(call.replace("to_onehot_y=True", "to_onehot_y=False"), input, right))
                    .isCloseTo(0, offset(1e-3));
        }
    }

    /** test_consistency_with_cross_entropy_2d, without a focus and with one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void focalLossWithoutAFocusIsCrossEntropy(boolean softmax) {
        TorchRandom torch = new TorchRandom(4);
        INDArray input = torch.randn(2, 4, 5, 5);
        INDArray target = torch.randint(0, 4, 2, 5, 5);
        String call = "FocalLoss(to_onehot_y=True, weight=1.0, use_softmax=" + (softmax ? "True" : "False")
                + ", gamma=";
        // Its mean runs over the channels, too.
        double entropy = softmax ? Compat.TORCH.loss("CrossEntropyLoss()").value(batch(call + "0)", input, target)) / 4
                : Compat.TORCH.loss("BCEWithLogitsLoss()").value(batch(call + "0)", input, oneHot(target, 4)));
        assertThat(value(call + "0.0)", input, target)).isCloseTo(entropy, offset(1e-12));
        assertThat(value(call + "2.0)", input, target)).isNotCloseTo(entropy, offset(1e-3));
    }

    /** test_dice_focal_loss.py and test_generalized_dice_focal_loss.py: the sums are those of their parts. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"Dice | ''", "Dice | , weight=[1, 1, 2]", "Dice | , weight=[3, 2, 1]",
        "Dice | , weight=[1, 1, 2], alpha=0.25", "GeneralizedDice | ''", "GeneralizedDice | , weight=[1, 1, 2]",
        "Dice | , include_background=False, softmax=True", "GeneralizedDice | , include_background=False",
        "Dice | , include_background=False, softmax=True, weight=[1, 2]",
        "GeneralizedDice | , include_background=False, weight=[2, 1]"})
    void sumsWithFocalLossAreThoseOfTheirParts(String first, String more) {
        TorchRandom torch = new TorchRandom(5);
        INDArray label = torch.randint(0, 2, 3, 3, 5, 5).castTo(DataType.DOUBLE);
        INDArray pred = torch.randn(3, 3, 5, 5);
        String lambda = first.equals("Dice") ? "lambda_dice" : "lambda_gdl";
        // The focal part is of sigmoids in any case, and generalised Dice has no weights.
        String ofFocal = more.replace(", softmax=True", "");
        String ofDice = more.replaceAll(", alpha=[0-9.]+", "").replaceAll(first.equals("Dice") ? "^$"
                : ", weight=\\[[0-9, ]+]", "");
        for (String reduction : List.of("sum", "mean")) {
            for (double factor : new double[] {0.5, 1, 1.5}) {
                String call = first + "FocalLoss(gamma=1.0, reduction=" + reduction + ", lambda_focal=" + factor + more;
                double dice = value(first + "Loss(reduction=" + reduction + ofDice + ")", pred, label);
                double focal = value("FocalLoss(gamma=1.0, reduction=" + reduction + ofFocal + ")", pred, label);
                assertThat(value(call + ")", pred, label)).as(call).isCloseTo(dice + factor * focal, offset(1e-9));
                assertThat(value(call + ", " + lambda + "=2)", pred, label)).as(call)
                        .isCloseTo(2 * dice + factor * focal, offset(1e-9));
            }
        }
    }

    /** test_masked_loss.py: random tensors of torch with seed 0, first without and then with a mask. */
    @Test
    void maskedSumWithFocalLoss() {
        TorchRandom torch = new TorchRandom(0);
        INDArray drawn = torch.randint(0, 2, 3, 3, 5, 5);
        INDArray label = firstMaximum(drawn);
        INDArray pred = torch.randn(3, 3, 5, 5);
        String call = "DiceFocalLoss(weight=[1, 1, 2], gamma=0.1, lambda_focal=0.5, include_background=True,"
                + " reduction=sum)";
        assertThat(value(call, pred, label)).isCloseTo(17.1679, offset(2e-4));
        // As MONAI does it, before the loss, so that the pixels become background.
        INDArray mask = torch.randint(0, 2, 3, 1, 5, 5);
        INDArray ofLogits = mask.castTo(DataType.DOUBLE).broadcast(3, 3, 5, 5);
        assertThat(value(call, pred.mul(ofLogits), label.mul(mask.reshape(3, 5, 5)))).isCloseTo(15.5623, offset(2e-4));
    }

    private static INDArray firstMaximum(INDArray array) {
        INDArray first = Nd4j.create(DataType.INT32, array.size(0), array.size(2), array.size(3));
        for (long k = 0; k < first.length(); k++) {
            long n = k / (first.size(1) * first.size(2));
            long h = k / first.size(2) % first.size(1);
            int best = 0;
            for (int c = 1; c < array.size(1); c++) {
                best = array.getDouble(n, c, h, k % first.size(2)) > array.getDouble(n, best, h, k % first.size(2))
                        ? c : best;
            }
            first.putScalar(n, h, k % first.size(2), best);
        }
        return first;
    }

    /** test_generalized_wasserstein_dice_loss.py, its volumes. */
    @ParameterizedTest
    @ValueSource(strings = {"default", "GDL"})
    void wassersteinDiceOfAVolume(String mode) {
        INDArray volume = Nd4j.concat(0, SQUARE, SQUARE, SQUARE).reshape(1, 3, 4, 4);
        SegmentationLoss loss = Compat.MONAI_1_5.loss("GeneralizedWassersteinDiceLoss",
                Map.of("dist_matrix", new double[][] {{0, 1}, {1, 0}}, "weighting_mode", mode));
        for (DataType type : List.of(DataType.UINT8, DataType.INT8, DataType.INT16, DataType.INT32, DataType.INT64)) {
            assertThat(loss.value(wasserstein(volume, volume.castTo(type)))).isCloseTo(0, offset(1e-3));
        }
        assertThat(loss.value(wasserstein(volume.rsub(1), volume))).isCloseTo(1, offset(1e-3));
    }

    private static SegmentationBatch wasserstein(INDArray predicted, INDArray labels) {
        return SegmentationBatch.predictions(oneHot(predicted, 2).mul(1000)).labels(labels)
                .activation(Activation.SOFTMAX);
    }

    /** test_unified_focal_loss.py: what is right costs nothing; one channel is the object there. */
    @Test
    void unifiedFocalLossOfWhatIsRight() {
        INDArray object = Nd4j.createFromArray(1.0, 0, 0, 1, 1, 0, 0, 1).reshape(2, 1, 2, 2);
        INDArray both = Nd4j.concat(1, object.rsub(1), object);
        assertThat(value("AsymmetricUnifiedFocalLoss()", both, both)).isCloseTo(0, offset(1e-4));
    }

    /** test_ds_loss.py: all of its rows. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"DiceCELoss | 1 | EXP  |             | 0.606557",
        "DiceCELoss    | 3 | EXP  |             | 1.78144",
        "DiceCELoss    | 3 | SAME |             | 3.5529",
        "DiceCELoss    | 3 | TWO  |             | 2.07973",
        "DiceCELoss    | 3 |      | 0.1 0.2 0.3 | 0.76924",
        "DiceLoss      | 1 | EXP  |             | 0.166666",
        "DiceLoss      | 3 | EXP  |             | 0.666665",
        "DiceFocalLoss | 1 | EXP  |             | 0.32124",
        "DiceFocalLoss | 3 | EXP  |             | 1.06452"})
    void deepSupervision(String name, int heads, MonaiWeights mode, String weights, double expected) {
        String call = name + "(to_onehot_y=True)";
        SegmentationLoss loss = Compat.MONAI_1_5.loss(call);
        INDArray labels = Nd4j.createFromArray(1, 0, 1, 0, 1, 0).reshape(1, 2, 3);
        SegmentationBatch finest = batch(call, Nd4j.createFromArray(1.0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, 0)
                .reshape(1, 2, 2, 3), labels);
        SegmentationBatch[] all = {finest,
            DeepSupervision.coarser(finest, Nd4j.createFromArray(1.0, 1, 0, 0, 1, 0, 0, 1).reshape(1, 2, 2, 2)),
            DeepSupervision.coarser(finest, Nd4j.createFromArray(1.0, 0, 1, 0).reshape(1, 2, 2, 1))};
        DeepSupervision supervision = mode != null ? DeepSupervision.monai(loss, heads, mode)
                : DeepSupervision.of(loss, Arrays.stream(weights.split(" ")).mapToDouble(Double::parseDouble)
                        .toArray());
        assertThat(supervision.value(Arrays.copyOf(all, heads))).isCloseTo(expected, offset(1e-4));
    }
}
