package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.shade.jackson.databind.JsonNode;

/** The expected values of other libraries' own tests, of the losses by their names. */
class PeerTablesTest {

    /**
     * Lines of call, input, target, mask and expected value, from MONAI d388d1c, tests/losses: all rows of the tables
     * of Dice, masked Dice, generalised Dice, Tversky and Dice with cross-entropy.
     */
    static Stream<String> monai() throws IOException {
        try (var in = PeerTablesTest.class.getResourceAsStream("/peers/monai-1.5.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("monai")
    void agreesWithMonaisOwnTests(String line) throws IOException {
        String[] parts = line.split(" \\| ");
        boolean isEach = parts[4].startsWith("each ");
        String other = parts[0].contains("other_act") ? parts[0].replaceAll(".*other_act=(\\w+).*", "$1") : "";
        String call = parts[0].replace("MaskedDiceLoss", "DiceLoss").replaceAll(", other_act=\\w+", "");
        SegmentationLoss loss = Compat.MONAI_1_5.loss(call);
        INDArray input = array(parts[1]);
        INDArray target = array(parts[2]);
        if (!parts[3].equals("none")) {
            // Before the activation, as MONAI does it.
            input = input.mul(array(parts[3]));
            target = target.mul(array(parts[3]));
        }
        if (!other.isEmpty()) {
            // A user's own activation stands before the loss.
            input = other.equals("tanh") ? Transforms.tanh(input) : input.sub(Transforms.log(Transforms.exp(input)
                    .sum(true, 1)).broadcast(input.shape()));
        }
        boolean isIndex = target.size(1) == 1 && input.size(1) > 1;
        SegmentationBatch batch = SegmentationBatch.predictions(input)
                .labels(isIndex ? target.castTo(DataType.INT32) : target)
                .activation(input.size(1) == 1 && call.contains("softmax=True") ? Activation.IDENTITY
                        : Compat.MONAI_1_5.activation(call));
        double[] expected = numbers(parts[4].replace("each ", ""));
        double[] actual = isEach ? Arrays.stream(loss.lossPerClass(batch)).flatMapToDouble(Arrays::stream).toArray()
                : new double[] {loss.value(batch)};
        // The tables of Tversky and of the sum with cross-entropy are written to four digits.
        double digits = parts[0].startsWith("Tversky") || parts[0].startsWith("DiceCE") ? 1e-4 : 1e-5;
        assertThat(actual).hasSameSizeAs(expected);
        for (int k = 0; k < expected.length; k++) {
            assertThat(actual[k]).as("%d", k).isCloseTo(expected[k],
                    offset(digits * Math.max(1, Math.abs(expected[k]))));
        }
    }

    private static INDArray array(String json) throws IOException {
        JsonNode node = GoldenCases.JSON.readTree(json);
        List<Long> shape = new java.util.ArrayList<>();
        for (JsonNode at = node; at.isArray(); at = at.get(0)) {
            shape.add((long) at.size());
        }
        return Nd4j.createFromArray(numbers(json)).castTo(DataType.DOUBLE)
                .reshape('c', shape.stream().mapToLong(Long::longValue).toArray());
    }

    private static double[] numbers(String json) {
        return Arrays.stream(json.replaceAll("[\\[\\]]", "").split(",")).mapToDouble(Double::parseDouble).toArray();
    }

    /** MONAI's tests of the Wasserstein Dice loss: a square of class 1, right and wrong, with both weightings. */
    @ParameterizedTest
    @ValueSource(strings = {"default", "GDL"})
    void agreesWithMonaisTestsOfWasserstein(String mode) {
        INDArray square = Nd4j.createFromArray(0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0).reshape(1, 4, 4);
        SegmentationLoss loss = Compat.MONAI_1_5.loss("GeneralizedWassersteinDiceLoss",
                Map.of("dist_matrix", new double[][] {{0, 1}, {1, 0}}, "weighting_mode", mode));
        for (INDArray target : List.of(square, square.mul(0))) {
            assertThat(loss.value(certain(target, target))).isCloseTo(0, offset(1e-3));
            assertThat(loss.value(certain(target, target.rsub(1)))).isCloseTo(1, offset(1e-3));
        }
    }

    private static SegmentationBatch certain(INDArray labels, INDArray predicted) {
        INDArray logits = Nd4j.concat(1, predicted.rsub(1).reshape(1, 1, 4, 4), predicted.reshape(1, 1, 4, 4))
                .castTo(DataType.DOUBLE).mul(1000);
        return SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
    }

    /** segmentation_models.pytorch, tests/test_losses.py: scores of probabilities that are 0 or 1, to 1e-5. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "DiceLoss(mode=binary, from_logits=False)    | 1 1 1       | 1 1 1       | 0",
        "DiceLoss(mode=binary, from_logits=False)    | 1 0 1       | 1 0 1       | 0",
        "DiceLoss(mode=binary, from_logits=False)    | 0 0 0       | 0 0 0       | 0",
        "DiceLoss(mode=binary, from_logits=False)    | 1 1 1       | 0 0 0       | 0",
        "DiceLoss(mode=binary, from_logits=False)    | 1 0 1       | 0 1 0       | 1",
        "DiceLoss(mode=binary, from_logits=False)    | 0 0 0       | 1 1 1       | 1",
        "TverskyLoss(mode=binary, from_logits=False, alpha=0.5, beta=0.5) | 1 0 1 | 0 1 0 | 1",
        "TverskyLoss(mode=binary, from_logits=False, alpha=0.5, beta=0.5) | 1 0 1 | 1 0 1 | 0",
        "TverskyLoss(mode=binary, from_logits=False, alpha=0.5, beta=0.5) | 1 1 1 | 0 0 0 | 0",
        "TverskyLoss(mode=binary, from_logits=False, alpha=0.5, beta=0.5) | 1 1 1 | 1 1 1 | 0",
        "TverskyLoss(mode=binary, from_logits=False, alpha=0.5, beta=0.5) | 0 0 0 | 0 0 0 | 0",
        "TverskyLoss(mode=binary, from_logits=False, alpha=0.5, beta=0.5) | 0 0 0 | 1 1 1 | 1",
        "JaccardLoss(mode=binary, from_logits=False) | 1 0 1       | 1 0 1       | 0",
        "JaccardLoss(mode=binary, from_logits=False) | 0 0 0       | 0 0 0       | 0",
        "JaccardLoss(mode=binary, from_logits=False) | 0 0 0       | 1 1 1       | 1",
        "JaccardLoss(mode=binary, from_logits=False) | 1           | 1           | 0",
        "JaccardLoss(mode=binary, from_logits=False) | 1 0 1       | 0 1 0       | 1",
        "JaccardLoss(mode=binary, from_logits=False) | 1 1 1       | 0 0 0       | 0",
        "MCCLoss(eps=1e-5)                           | 1 1 0 0 0 0 1 1 | 1 1 0 0 0 0 1 1 | 0",
        "MCCLoss(eps=1e-5)                           | 1 1 0 0 0 0 1 1 | 0 0 1 1 1 1 0 0 | 2",
        "MCCLoss(eps=1e-5)                           | 0 1 1 0 0 1 1 0 | 1 1 0 0 1 1 0 0 | 1",
        "MCCLoss(eps=1e-5)                           | 0 0 0 0 0 0 0 0 | 1 1 0 0 1 1 0 0 | 1",
        "MCCLoss(eps=1e-5)                           | 0 0 0 0 0 0 0 0 | 1 1 1 1 1 1 1 1 | 1.5",
        "MCCLoss(eps=1e-5)                           | 1 1 1 1 1 1 1 1 | 1 1 1 1 1 1 1 1 | 0.5",
        // Its tables of scores, of which ours are the losses.
        "JaccardLoss(mode=binary, from_logits=False) | 1 1 1 1     | 1 1 1 1     | 0",
        "JaccardLoss(mode=binary, from_logits=False) | 0 1 1 0     | 0 1 1 0     | 0",
        "JaccardLoss(mode=binary, from_logits=False) | 1 1 0 0     | 1 1 1 1     | 0.5",
        "DiceLoss(mode=binary, from_logits=False)    | 1 1 1 1     | 1 1 1 1     | 0",
        "DiceLoss(mode=binary, from_logits=False)    | 0 1 1 0     | 0 1 1 0     | 0",
        "DiceLoss(mode=binary, from_logits=False)    | 1 1 0 0     | 1 1 1 1     | 0.33333333",
        "TverskyLoss(mode=binary, from_logits=False, alpha=0.5, beta=0.5) | 1 1 1 1 | 1 1 1 1 | 0",
        "TverskyLoss(mode=binary, from_logits=False, alpha=0.5, beta=0.5) | 0 1 1 0 | 0 1 1 0 | 0",
        "TverskyLoss(mode=binary, from_logits=False, alpha=0.5, beta=0.5) | 1 1 0 0 | 1 1 1 1 | 0.33333333"})
    void agreesWithSmpsOwnTests(String call, String predicted, String target, double expected) {
        double[] p = Arrays.stream(predicted.split(" ")).mapToDouble(Double::parseDouble).toArray();
        double[] g = Arrays.stream(target.split(" ")).mapToDouble(Double::parseDouble).toArray();
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.createFromArray(p).reshape(1, 1, p.length))
                .labels(Nd4j.createFromArray(g).reshape(1, 1, g.length)).activation(Activation.IDENTITY);
        for (Compat version : List.of(Compat.SMP_0_3, Compat.SMP_0_5, Compat.SMP_0_5_1)) {
            assertThat(version.loss(call).value(batch)).as(version.name()).isCloseTo(expected, offset(1e-5));
        }
    }

    /** The same file: {@code test_class_weights_*} and {@code test_focal_class_weights_*}, with torch's own numbers. */
    @ParameterizedTest
    @ValueSource(strings = {"DiceLoss", "JaccardLoss", "TverskyLoss", "FocalLoss"})
    void classWeightsOfSmpAreDividedByTheirMean(String name) {
        for (String mode : List.of("multiclass", "multilabel")) {
            TorchRandom torch = new TorchRandom(0);
            INDArray predictions = torch.randn(2, 3, 4, 4);
            INDArray labels = mode.equals("multiclass") ? torch.randint(0, 3, 2, 4, 4)
                    : torch.randint(0, 2, 2, 3, 4, 4).castTo(DataType.DOUBLE);
            String call = name + "(mode=" + mode + ", channels=3";
            SegmentationBatch batch = SegmentationBatch.predictions(predictions).labels(labels)
                    .activation(Compat.SMP_0_5_1.activation(call + ")"));
            double plain = Compat.SMP_0_5_1.loss(call + ")").value(batch);
            double weighted = Compat.SMP_0_5_1.loss(call + ", class_weights=[1, 2, 0.5])").value(batch);
            assertThat(Compat.SMP_0_5_1.loss(call + ", class_weights=[1, 1, 1])").value(batch))
                    .isCloseTo(plain, offset(1e-12));
            assertThat(weighted).isNotCloseTo(plain, offset(1e-6));
            assertThat(Compat.SMP_0_5_1.loss(call + ", class_weights=[10, 20, 5])").value(batch))
                    .isCloseTo(weighted, offset(1e-12));
        }
        assertThatThrownBy(() -> Compat.SMP_0_5_1.loss(name + "(mode=binary, class_weights=[1, 2])"))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("class_weights");
    }

    /** And its tests of the focal loss: right answers cost less than wrong ones. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"binary | 10 -10 10 | -1 2 0 | 1 0 1",
        "multiclass | 0 10 0 10 0 0 0 0 10 | 0 0 0 -10 10 0 0 0 10 | 1 0 2"})
    void focalLossOfSmpPrefersWhatIsRight(String mode, String good, String bad, String target) {
        double[] labels = Arrays.stream(target.split(" ")).mapToDouble(Double::parseDouble).toArray();
        int channels = mode.equals("binary") ? 1 : 3;
        double[] values = Stream.of(good, bad).mapToDouble(text -> {
            double[] z = Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
            return Compat.SMP_0_5_1.loss("FocalLoss", Map.of("mode", mode, "channels", channels)).value(
                    SegmentationBatch.predictions(Nd4j.createFromArray(z).reshape(1, channels, 3))
                    .labels(Nd4j.createFromArray(labels).castTo(DataType.INT32).reshape(1, 3))
                    .activation(Activation.SIGMOID));
        }).toArray();
        assertThat(values[0]).isLessThan(values[1]);
    }

    /** The same tests of several classes: right, wrong, and one of three pixels in common. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "multiclass | 1 1 0 0 0 0 1 1 | 1 1 0 0 0 0 1 1 | 0",
        "multiclass | 1 1 0 0 0 0 1 1 | 0 0 1 1 1 1 0 0 | 1",
        "multiclass | 1 0 1 0 0 1 0 1 | 0 0 1 1 1 1 0 0 | 0.6666667",
        "multilabel | 1 1 0 0 0 0 1 1 | 1 1 0 0 0 0 1 1 | 0",
        "multilabel | 1 1 0 0 0 0 1 1 | 0 0 1 1 1 1 0 0 | 1",
        "multilabel | 0 1 1 0 0 1 1 0 | 1 1 0 0 1 1 0 0 | 0.6666667"})
    void agreesWithSmpsTestsOfSeveralClasses(String mode, String predicted, String target, double expected) {
        double[] p = Arrays.stream(predicted.split(" ")).mapToDouble(Double::parseDouble).toArray();
        double[] g = Arrays.stream(target.split(" ")).mapToDouble(Double::parseDouble).toArray();
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.createFromArray(p).reshape(1, 2, 4))
                .labels(Nd4j.createFromArray(g).reshape(1, 2, 4)).activation(Activation.IDENTITY);
        assertThat(Compat.SMP_0_5.loss("JaccardLoss", Map.of("mode", mode, "from_logits", false)).value(batch))
                .isCloseTo(expected, offset(1e-5));
    }

    /** By hand: of 0.8 and 0.4 where one pixel is true, with half the smoothing of the older formula. */
    @Test
    void theSmoothingOfDiceCountsTwiceFromSmp04On() {
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.createFromArray(0.8, 0.4).reshape(1, 1, 2))
                .labels(Nd4j.createFromArray(1.0, 0.0).reshape(1, 1, 2)).activation(Activation.IDENTITY);
        String call = "DiceLoss(mode=\"binary\", from_logits=False, smooth=1)";
        assertThat(Compat.SMP_0_3.loss(call).value(batch)).isCloseTo(1 - (1.6 + 1) / (2.2 + 1), offset(1e-12));
        assertThat(Compat.SMP_0_5.loss(call).value(batch)).isCloseTo(1 - (0.8 + 1) / (1.1 + 1), offset(1e-12));
    }

    /** nnU-Net's sum by hand: the foreground's Dice per image, negative, and the mean of cross-entropy. */
    @Test
    void nnUnetsDiceIsNegative() {
        INDArray logits = Nd4j.createFromArray(0.0, 0.0, 1.0, Math.log(3), 0.0, 0.0).reshape(1, 2, 3);
        SegmentationBatch batch = SegmentationBatch.predictions(logits)
                .labels(Nd4j.createFromArray(1, 0, 255).reshape(1, 3)).activation(Activation.SOFTMAX);
        String call = "DC_and_CE_loss({0}ce_kwargs={}, weight_ce=2, weight_dice=0.5, ignore_label=255)"
                .replace("{0}", "soft_dice_kwargs={'batch_dice': False, 'smooth': 1e-5, 'do_bg': False,"
                        + " 'ddp': False}, ");
        double dice = (2 * 0.75 + 1e-5) / (1.25 + 1 + 1e-5);
        double entropy = (-Math.log(0.75) - Math.log(0.5)) / 2;
        assertThat(Compat.NNUNET_2.loss(call).value(batch)).isCloseTo(2 * entropy - 0.5 * dice, offset(1e-12));
        assertThat(Compat.NNUNET_2.activation(call)).isEqualTo(Activation.SOFTMAX);
    }

    /**
     * The formulas of nnunetv2's dice.py, robust_ce_loss.py and compound_losses.py, computed by numpy in double. Some
     * classes of each image have fewer true positives than the bound, one has none.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "SoftDiceLoss(apply_nonlin='softmax')                                   | -0.34237334875613445",
        "SoftDiceLoss(apply_nonlin='softmax', clip_tp=2.5)                      | -0.47244639200617716",
        "SoftDiceLoss(apply_nonlin='softmax', batch_dice=True, do_bg=False, smooth=1e-5, clip_tp=6)"
            + " | -0.43863224208369145",
        "DC_and_topk_loss(soft_dice_kwargs={}, ce_kwargs={})                    | 4.128839203731673",
        "DC_and_topk_loss(soft_dice_kwargs={'batch_dice': True, 'do_bg': False, 'smooth': 1e-5, 'clip_tp': 6},"
            + " ce_kwargs={'k': 25, 'weight': [1, 2, 3]}, weight_ce=2, weight_dice=0.5) | 18.48334683780314",
        "DC_and_topk_loss(soft_dice_kwargs={}, ce_kwargs={}, weight_ce=0)       | -0.34237334875613445"})
    void nnUnetClipsTruePositivesAndKeepsTheLargestLosses(String call, double value) {
        assertThat(Compat.NNUNET_2.loss(call).value(waves(0))).isCloseTo(value, offset(1e-10));
        assertThat(Compat.NNUNET_2.activation(call)).isEqualTo(Activation.SOFTMAX);
    }

    /**
     * Every fifth pixel is void: to Dice by a mask, and the largest losses are a quarter of all pixels. The value is
     * what nnU-Net 0e49508 computes in double.
     */
    @Test
    void nnUnetIgnoresALabelInBothParts() {
        assertThat(Compat.NNUNET_2.loss("DC_and_topk_loss(soft_dice_kwargs={}, ce_kwargs={'k': 25}, ignore_label=255)")
                .value(waves(5))).isCloseTo(3.46794153356763, offset(1e-12));
    }

    /** Where less pixels are left than are to be kept, void ones are kept, too, with a loss of 0. */
    @Test
    void nnUnetKeepsVoidPixelsIfNoOthersAreLeft() {
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.zeros(DataType.DOUBLE, 1, 2, 4))
                .labels(Nd4j.createFromArray(new int[][] {{1, 255, 255, 255}}))
                .activation(Activation.SOFTMAX);
        assertThat(Compat.NNUNET_2.loss("TopKLoss(k=75, ignore_index=255)").value(batch))
                .isCloseTo(Math.log(2) / 3, offset(1e-12));
        assertThat(Losses.topKCrossEntropy(0.75).ignoreIndex(255).value(batch))
                .isCloseTo(Math.log(2), offset(1e-12));
    }

    /** The ignored pixels of regions are void in the mask; cross-entropy is divided by the others, not by outputs. */
    @Test
    void nnUnetDividesRegionsByPixelsThatAreNotIgnored() {
        INDArray logits = Nd4j.create(new double[][][] {{{0, 9}, {0, -9}, {0, 9}}}).castTo(DataType.DOUBLE);
        SegmentationBatch batch = SegmentationBatch.predictions(logits)
                .labels(Nd4j.create(new double[][][] {{{1, 1}, {0, 1}, {1, 0}}}))
                .activation(Activation.SIGMOID).mask(Nd4j.create(new double[][] {{1, 0}}));
        String call = "DC_and_BCE_loss(bce_kwargs={}, soft_dice_kwargs={}, weight_dice=0, use_ignore_label=%s)";
        assertThat(Compat.NNUNET_2.loss(call.formatted("True")).value(batch)).isCloseTo(3 * Math.log(2), offset(1e-12));
        assertThat(Compat.NNUNET_2.loss(call.formatted("False")).value(batch)).isCloseTo(Math.log(2), offset(1e-12));
    }

    /** Up to 0.5.0 the focal loss of exclusive classes is the sum over classes, from 0.5.1 on the mean. */
    @ParameterizedTest
    @ValueSource(strings = {"", ", reduction='sum'", ", normalized=True", ", normalized=True, reduction='sum'",
        ", alpha=0.25, gamma=1", ", class_weights=[2, 2, 2]", ", class_weights=[2, 2, 2], reduction='sum'",
        ", class_weights=[2, 2, 2], normalized=True"})
    void smpsFocalLossBecameAMean(String more) {
        String call = "FocalLoss(mode='multiclass', channels=3";
        SegmentationBatch batch = waves(0).activation(Activation.SIGMOID);
        double sum = Compat.SMP_0_5.loss(call + more.replaceAll(", class_weights=\\[.*]", "") + ")").value(batch);
        assertThat(Compat.SMP_0_5_1.loss(call + more + ")").value(batch)).isCloseTo(sum / 3, offset(1e-12 * sum));
    }

    /** The whole of one class. */
    @ParameterizedTest
    @ValueSource(strings = {"", ", reduction='sum'", ", normalized=True"})
    void smpsFocalLossHasClassWeights(String more) {
        String call = "FocalLoss(mode='multilabel', channels=3" + more;
        INDArray logits = Nd4j.createFromArray(0.5, -1, 2, 0.25, -3, 1).reshape(1, 3, 1, 2);
        INDArray truth = Nd4j.createFromArray(1.0, 0, 0, 1, 1, 1).reshape(1, 3, 1, 2);
        SegmentationBatch all = SegmentationBatch.predictions(logits).labels(truth).activation(Activation.SIGMOID);
        double mean = 0;
        for (int c = 0; c < 3; c++) {
            SegmentationBatch one = SegmentationBatch.predictions(logits.get(NDArrayIndex.all(),
                    NDArrayIndex.interval(c, c + 1))).labels(truth.get(NDArrayIndex.all(),
                    NDArrayIndex.interval(c, c + 1))).activation(Activation.SIGMOID);
            mean += (c + 1) / 6.0 * Compat.SMP_0_5_1.loss("FocalLoss(mode='binary'" + more + ")").value(one);
        }
        assertThat(Compat.SMP_0_5_1.loss(call + ", class_weights=[1, 2, 3])").value(all))
                .isCloseTo(mean, offset(1e-12));
    }

    /** Where all of the truth is 1, the slopes by hits and by predictions nearly cancel. */
    @Test
    void correlationKeepsItsSlopeWhereAClassFillsTheBatch() {
        SegmentationLoss loss = Compat.SMP_0_3.loss("MCCLoss()");
        INDArray probabilities = Nd4j.linspace(0.1, 0.9, 144, DataType.DOUBLE).reshape(1, 1, 12, 12);
        INDArray exact = loss.valueAndGradient(SegmentationBatch.predictions(probabilities)
                .labels(Nd4j.ones(DataType.DOUBLE, 1, 1, 12, 12))).gradient();
        INDArray inFloat = loss.valueAndGradient(SegmentationBatch.predictions(probabilities.castTo(DataType.FLOAT))
                .labels(Nd4j.ones(DataType.FLOAT, 1, 1, 12, 12))).gradient();
        assertThat(exact.amaxNumber().doubleValue()).isGreaterThan(1e-9);
        assertThat(inFloat.castTo(DataType.DOUBLE).sub(exact).amaxNumber().doubleValue())
                .isLessThan(1e-5 * exact.amaxNumber().doubleValue());
    }

    /** torch has the float nearest to 1e-12, in double, too. */
    @Test
    void torchBoundsTheSlopeOfProbabilitiesByAFloat() {
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.zeros(DataType.DOUBLE, 1, 1, 1, 1))
                .labels(Nd4j.ones(DataType.DOUBLE, 1, 1, 1, 1));
        assertThat(Compat.TORCH.loss("BCELoss()").valueAndGradient(batch).gradient().getDouble(0) * 1e-12f)
                .isCloseTo(-1, offset(1e-12));
    }

    /** 2·sin(1 + 7n + 3c + 0.9s), and labels (n + s²) mod 3. */
    private static SegmentationBatch waves(int voidEvery) {
        INDArray logits = Nd4j.zeros(DataType.DOUBLE, 2, 3, 20);
        INDArray labels = Nd4j.zeros(DataType.INT32, 2, 20);
        for (int n = 0; n < 2; n++) {
            for (int s = 0; s < 20; s++) {
                for (int c = 0; c < 3; c++) {
                    logits.putScalar(n, c, s, 2 * Math.sin(1 + 7 * n + 3 * c + 0.9 * s));
                }
                labels.putScalar(n, s, voidEvery > 0 && s % voidEvery == 0 ? 255 : (n + s * s) % 3);
            }
        }
        return SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "smp.DiceLoss(mode=binary, smoth=1) | DiceLoss has no parameter smoth; known are mode, from_logits, classes,"
            + " class_weights, eps, smooth, log_loss, ignore_index",
        "smp.DiceLoss(smooth=1)             | mode of DiceLoss is missing, but must be one of binary, multiclass,"
            + " multilabel",
        "smp.DiceLoss(mode=binary, classes=[1]) | classes of DiceLoss are [1], but the mode binary has none",
        "smp.FocalLoss(mode=multilabel, class_weights=[1, 2, 3], normalized=True, channels=4) | class_weights of"
            + " FocalLoss are [1.0, 2.0, 3.0], but channels is 4: give one for each",
        "smp.DiceLoss(mode=multiclass, class_weights=[1, 2], channels=3) | class_weights of DiceLoss are [1.0, 2.0],"
            + " but channels is 3",
        "smp.FocalLoss(mode=multiclass, class_weights=[0, 0]) | class_weights of FocalLoss are [0.0, 0.0], whose sum is"
            + " 0, by which they are divided: give one above 0",
        "smp.DieLoss(mode=binary)           | smp_0_5_1 has no loss DieLoss; known are JaccardLoss, DiceLoss,",
        "tf.DiceLoss()                      | there is no library tf; known are segmentation_models, smp_0_3,",
        "monai.DiceLoss(softmax=True, sigmoid=True) | DiceLoss has sigmoid and softmax, but only one can be applied",
        "monai.DiceLoss(softmax=1)          | softmax of DiceLoss is 1.0, but must be True or False",
        "monai.DiceLoss(reduction='none')   | reduction of DiceLoss is none, but must be one of mean, sum",
        "monai.DiceLoss(softmax True)       | there is softmax without a name, at character 10 of",
        "smp.DiceLoss('multiclass')         | there is 'multiclass' without a name, at character 10 of",
        "smp.DiceLoss(multiclass, smooth=1) | give each parameter by its name, such as smooth=1",
        "monai.DiceLoss(True, 2)            | there is True without a name",
        "monai.FocalLoss(2)                 | there is 2 without a name, at character 11 of",
        "monai.FocalLoss([2])               | there is [ without a name",
        "monai.DiceLoss(softmax=True        | it ends where , or ) should be",
        "monai.DiceLoss(softmax=True) x     | there is x where the end should be",
        "monai.MaskedDiceLoss(sigmoid=True) | masks the logits and labels in MONAI",
        "monai.GeneralizedWassersteinDiceLoss() | dist_matrix of GeneralizedWassersteinDiceLoss is missing",
        "nnunet.MemoryEfficientSoftDiceLoss(clip_tp=1) | MemoryEfficientSoftDiceLoss has no parameter clip_tp",
        "nnunet.DC_and_BCE_loss(bce_kwargs={}, soft_dice_kwargs={'clip_tp': 1}) | has no parameter clip_tp",
        "nnunet.DC_and_topk_loss(ce_kwargs={'label_smoothing': 0.1}) | label_smoothing of ce_kwargs of DC_and_topk_loss"
            + " is 0.1, but"})
    void saysWhatIsWrong(String call, String message) {
        assertThatThrownBy(() -> Compat.parse(call)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
