package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.function.DoubleSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.Reduction;

class SegmentationLossTest {

    static Stream<Arguments> names() {
        return Stream.of(
                Arguments.of(Losses.jaccard(), "jaccard_loss"),
                Arguments.of(Losses.dice(), "dice_loss"),
                Arguments.of(Losses.binaryCrossEntropy(), "binary_crossentropy"),
                Arguments.of(Losses.categoricalCrossEntropy(), "categorical_crossentropy"),
                Arguments.of(Losses.categoricalFocal(), "focal_loss"),
                Arguments.of(Losses.binaryFocal(), "binary_focal_loss"),
                Arguments.of(Losses.BCE_DICE_LOSS, "binary_crossentropy_plus_dice_loss"),
                Arguments.of(Losses.BCE_JACCARD_LOSS, "binary_crossentropy_plus_jaccard_loss"),
                Arguments.of(Losses.CCE_DICE_LOSS, "categorical_crossentropy_plus_dice_loss"),
                Arguments.of(Losses.CCE_JACCARD_LOSS, "categorical_crossentropy_plus_jaccard_loss"),
                Arguments.of(Losses.BINARY_FOCAL_DICE_LOSS, "binary_focal_loss_plus_dice_loss"),
                Arguments.of(Losses.BINARY_FOCAL_JACCARD_LOSS, "binary_focal_loss_plus_jaccard_loss"),
                Arguments.of(Losses.CATEGORICAL_FOCAL_DICE_LOSS, "focal_loss_plus_dice_loss"),
                Arguments.of(Losses.CATEGORICAL_FOCAL_JACCARD_LOSS, "focal_loss_plus_jaccard_loss"),
                Arguments.of(Losses.dice().times(2), "2dice_loss"),
                Arguments.of(Losses.dice().plus(Losses.jaccard().times(0.5)).times(3),
                        "3dice_loss_plus_0.5jaccard_loss"),
                Arguments.of(Losses.dice().named("mine"), "mine"));
    }

    @ParameterizedTest
    @MethodSource("names")
    void hasTheNameOfItsModel(SegmentationLoss loss, String name) {
        assertThat(loss.name()).isEqualTo(name);
    }

    /** (1 − α − β)·I + α·P + β·G is I where all three are equal. */
    @Test
    void theLargestErrorWeightsStillGiveThePerfectPredictionItsScore() {
        INDArray perfect = Nd4j.rand(DataType.FLOAT, 1, 1, 300, 300).gt(0.5).castTo(DataType.FLOAT);
        assertThat(Losses.tversky(10_000, 10_000).value(SegmentationBatch.predictions(perfect).labels(perfect)
                .activation(Activation.IDENTITY))).isCloseTo(0, offset(1e-6));
    }

    static Stream<Arguments> rejected() {
        return Stream.of(
                rejects(l -> l.classWeights(1, -0.5), "classWeights holds -0.5"),
                rejects(l -> l.classWeights(Double.NaN), "classWeights holds NaN"),
                rejects(l -> l.classWeights(0, 0), "sum to 0"),
                rejects(l -> l.classWeights(Double.MAX_VALUE, Double.MAX_VALUE),
                        "1.7976931348623157E308] sum to Infinity"),
                rejects(l -> l.classWeights(), "at least one weight"),
                rejects(l -> l.classIndexes(1, -1), "classIndexes holds -1"),
                rejects(l -> l.classIndexes(), "at least one class"),
                rejects(l -> l.classIndexes(0, 1, 2).classWeights(1, 2),
                        "classWeights has 2 values, but 3 classes are gathered"),
                rejects(l -> l.smooth(-1), "smooth is -1.0"),
                rejects(l -> l.smooth(Double.POSITIVE_INFINITY), "smooth is Infinity"),
                rejects(l -> l.times(Double.NaN), "the factor is NaN, but must be a finite number"),
                rejects(l -> l.times(1e200).times(1e200), "a factor of the loss is Infinity"),
                rejects(l -> l.pixelsPerExample(0), "pixelsPerExample is 0"),
                rejects(l -> l.named(" "), "needs a name"),
                rejects(l -> l.ignoreIndex(1).plus(Losses.dice().ignoreIndex(2)), "ignoreIndex 1"),
                rejects(l -> l.pixelsPerExample(4).plus(Losses.dice().pixelsPerExample(9)), "pixelsPerExample 4"),
                rejects(l -> Losses.dice().beta(0), "beta is 0.0"),
                rejects(l -> Losses.dice().beta(1e200), "beta is 1.0E200"),
                rejects(l -> Losses.binaryFocal().alpha(1.5), "alpha is 1.5"),
                rejects(l -> Losses.tversky(1e16, 1e16), "alpha is 1.0E16, but must be at most 10000"),
                rejects(l -> Losses.tversky(1, 10_001), "beta is 10001.0, but must be at most 10000"),
                rejects(l -> Losses.focalTversky(0.5, 1e100, 1), "beta is 1.0E100, but must be at most 10000"),
                rejects(l -> Losses.categoricalFocal().gamma(-1), "gamma is -1.0"));
    }

    private static Arguments rejects(UnaryOperator<SegmentationLoss> change, String message) {
        return Arguments.of(change, message);
    }

    @ParameterizedTest
    @MethodSource("rejected")
    void rejectsNonsenseWithItsValue(UnaryOperator<SegmentationLoss> change, String message) {
        assertThatThrownBy(() -> change.apply(Losses.jaccard())).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesSettingsThatALossDoesNotHave() {
        assertThatThrownBy(() -> Losses.jaccard().beta(2)).isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("jaccard_loss has no beta, which is a setting of dice_loss, tversky, focal_tversky_loss");
        assertThatThrownBy(() -> Losses.binaryCrossEntropy().classWeights(1, 2))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageStartingWith("binary_crossentropy has no classWeights, which is a setting of jaccard_loss,");
        assertThatThrownBy(() -> Losses.CCE_DICE_LOSS.smooth(1)).isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("set it on the losses before adding them");
    }

    @Test
    void namesBothShapes() {
        INDArray logits = Nd4j.zeros(DataType.FLOAT, 8, 21, 1024);
        INDArray labels = Nd4j.zeros(DataType.UINT8, 8, 1024);
        assertRejected(Nd4j.zeros(DataType.UINT8, 8, 512), logits, null,
                "labels [8, 512] do not match predictions [8, 21, 1024]");
        assertRejected(Nd4j.zeros(DataType.FLOAT, 8, 20, 1024), logits, null,
                "labels [8, 20, 1024] do not match predictions [8, 21, 1024]");
        assertRejected(labels.castTo(DataType.FLOAT), logits, null,
                "must be of an integer type such as INT32, INT64 or UINT8");
        assertRejected(labels, logits, Nd4j.ones(7, 1024), "mask [7, 1024] does not match predictions [8, 21, 1024]");
        assertRejected(labels, logits.castTo(DataType.INT32), null, "FLOAT, DOUBLE, HALF or BFLOAT16 is needed");
        assertThatThrownBy(() -> Losses.jaccard().value(SegmentationBatch.predictions(Nd4j.zeros(DataType.FLOAT, 3))
                .labels(Nd4j.zeros(DataType.UINT8, 3)).activation(Activation.SOFTMAX)))
                .hasMessage("predictions [3] need an axis of examples and one of channels");
    }

    private static void assertRejected(INDArray labels, INDArray logits, INDArray mask, String message) {
        assertThatThrownBy(() -> Losses.jaccard()
                .value(SegmentationBatch.predictions(logits).labels(labels).mask(mask)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    @Test
    void weightsAndIndexesMustFitTheChannels() {
        SegmentationBatch batch = SegmentationBatch.predictions(Nd4j.zeros(DataType.FLOAT, 1, 3, 4))
                .labels(Nd4j.zeros(DataType.UINT8, 1, 4));
        assertThatThrownBy(() -> Losses.jaccard().classWeights(1, 2).value(batch))
                .hasMessage("classWeights has 2 values, but 3 classes are gathered");
        assertThatThrownBy(() -> Losses.jaccard().classIndexes(3).value(batch))
                .hasMessage("classIndexes holds 3, but the predictions have only 3 channels");
    }

    /** Shards give exactly the loss and the gradient of the large batch, which the mean of their losses is not. */
    @ParameterizedTest
    @MethodSource("shardedLosses")
    void sumsOfShardsMerge(SegmentationLoss loss) {
        INDArray logits = Nd4j.randn(DataType.DOUBLE, 5, 4, 6, 7);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 5, 6, 7).mul(4).castTo(DataType.UINT8);
        // The weights of the true classes have other means in both parts.
        labels.get(NDArrayIndex.interval(0, 2)).assign(2);
        SegmentationBatch whole = SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
        SegmentationBatch first = part(labels, logits, 0, 2);
        SegmentationBatch second = part(labels, logits, 2, 5);
        ClassSums sums = loss.sums(first).merge(loss.sums(second));
        LossResult expected = loss.valueAndGradient(whole);
        assertThat(loss.value(sums)).isCloseTo(expected.value(), offset(1e-14 * Math.max(1, expected.value())));
        INDArray gradient = Nd4j.concat(0, loss.gradient(first, sums, 0), loss.gradient(second, sums, 2));
        assertThat(gradient.equalsWithEps(expected.gradient(), 1e-14)).isTrue();
        boolean isMeanOfPixels = LossInternals.spec(loss).pixels().stream()
                .allMatch(SegmentationLossTest::isMeanOfEqualPixels);
        boolean isMeanOfImages = LossInternals.spec(loss).regions().stream().allMatch(term ->
                term.perImage() && term.reduction() == Reduction.MEAN && term.power() == 1);
        double mean = (loss.value(first) * 2 + loss.value(second) * 3) / 5;
        // What is divided by a sum over the batch may be the same in each part.
        if (LossInternals.spec(loss).pixels().stream().noneMatch(term -> term.normaliser() == Normaliser.NEXT_TERM)) {
            assertThat(Math.abs(mean - expected.value()) < 1e-12).as(loss.toString())
                    .isEqualTo(isMeanOfPixels && isMeanOfImages);
        }
    }

    private static boolean isMeanOfEqualPixels(PixelTerm term) {
        return switch (term.normaliser()) {
            case OUTPUTS, PIXELS, ALL_OUTPUTS, ALL_PIXELS -> true;
            // Of the class indexes 3, 0, 3 class 3 counts twice.
            case TRUE_WEIGHTS -> term.classes().weights() == null && term.classes().indexes() == null
                    && term.classes().background();
            case IMAGES, ONE, NEXT_TERM -> false;
        };
    }

    static Stream<SegmentationLoss> shardedLosses() {
        return LossCases.all(4).stream();
    }

    private static SegmentationBatch part(INDArray labels, INDArray logits, int from, int to) {
        return SegmentationBatch.predictions(logits.get(NDArrayIndex.interval(from, to)))
                .labels(labels.get(NDArrayIndex.interval(from, to))).activation(Activation.SOFTMAX);
    }

    /** Rows are pixels below most DL4J layers; score and gradient come times the number of examples. */
    @Test
    void speaksTheDialectOfLossFunctions() {
        INDArray logits = Nd4j.randn(DataType.DOUBLE, 3, 2, 4, 5);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 3, 4, 5).mul(2).castTo(DataType.UINT8);
        INDArray rows = logits.permute(0, 2, 3, 1).dup('c').reshape(60, 2);
        INDArray rowLabels = labels.reshape(60, 1);
        SegmentationLoss loss = Losses.dice().perImage(true).plus(Losses.categoricalFocal()).pixelsPerExample(20);
        LossResult expected = loss.valueAndGradient(SegmentationBatch.predictions(logits).labels(labels)
                .activation(Activation.SOFTMAX));
        IActivation softmax = new ActivationSoftmax();
        assertThat(loss.computeScore(rowLabels, rows, softmax, null, true))
                .isCloseTo(expected.value(), offset(1e-12));
        assertThat(loss.computeScore(rowLabels, rows, softmax, null, false))
                .isCloseTo(3 * expected.value(), offset(1e-12));
        INDArray gradient = expected.gradient().mul(3).permute(0, 2, 3, 1).dup('c').reshape(60, 2);
        assertThat(loss.computeGradient(rowLabels, rows, softmax, null).equalsWithEps(gradient, 1e-14)).isTrue();
        Pair<Double, INDArray> both = loss.computeGradientAndScore(rowLabels, rows, softmax, null, true);
        assertThat(both.getFirst()).isCloseTo(expected.value(), offset(1e-12));
        assertThat(both.getSecond().equalsWithEps(gradient, 1e-14)).isTrue();
        Pair<Double, INDArray> sum = loss.computeGradientAndScore(rowLabels, rows, softmax, null, false);
        assertThat(sum.getFirst()).isCloseTo(3 * expected.value(), offset(1e-12));
        assertThat(sum.getSecond()).isEqualTo(both.getSecond());
        INDArray scores = loss.computeScoreArray(rowLabels, rows, softmax, null);
        assertThat(scores.shape()).containsExactly(60, 1);
        assertThat(scores.sumNumber().doubleValue()).isCloseTo(3 * expected.value(), offset(1e-12));
        assertThatThrownBy(() -> loss.pixelsPerExample(7).computeScore(rowLabels, rows, softmax, null, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("60 rows are no multiple of pixelsPerExample 7");
    }

    /** Activations that are not fused run forward and backward on their own. */
    @Test
    void takesAnyActivation() {
        INDArray logits = Nd4j.randn(DataType.DOUBLE, 2, 3, 10);
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 10).mul(3).castTo(DataType.UINT8);
        INDArray copy = logits.dup();
        SegmentationLoss loss = Losses.dice().plus(Losses.binaryFocal());
        LossResult fused = loss.valueAndGradient(SegmentationBatch.predictions(logits).labels(labels)
                .activation(new ActivationSigmoid()));
        LossResult unfused = loss.valueAndGradient(SegmentationBatch.predictions(logits).labels(labels)
                .activation(new ActivationSigmoid() { }));
        assertThat(unfused.value()).isCloseTo(fused.value(), offset(1e-12));
        assertThat(unfused.gradient().equalsWithEps(fused.gradient(), 1e-12)).isTrue();
        double hard = loss.value(SegmentationBatch.predictions(logits).labels(labels)
                .activation(new ActivationHardSigmoid()));
        INDArray probabilities = new ActivationHardSigmoid().getActivation(logits.dup(), true);
        assertThat(hard).isEqualTo(loss.value(SegmentationBatch.predictions(probabilities).labels(labels)));
        assertThat(logits).isEqualTo(copy);
    }

    /** A view may be given to write into, even one whose spatial axes do not collapse. */
    @Test
    void writesIntoAnyGradientArray() {
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 4, 5);
        SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(Nd4j.rand(DataType.FLOAT, 2, 3, 4, 5))
                .activation(Activation.SOFTMAX);
        LossResult expected = Losses.dice().valueAndGradient(batch);
        INDArray larger = Nd4j.ones(DataType.FLOAT, 2, 3, 6, 7).muli(9);
        INDArray view = larger.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(1, 5),
                NDArrayIndex.interval(1, 6));
        assertThat(Losses.dice().valueAndGradient(batch, 2, view)).isEqualTo(expected.value());
        assertThat(view.dup('c')).isEqualTo(expected.gradient().mul(2));
        assertThat(larger.sumNumber().doubleValue()).isCloseTo(9 * (252 - 120)
                + 2 * expected.gradient().sumNumber().doubleValue(), offset(1e-3));
    }

    @Test
    void survivesSerialisation() throws IOException, ClassNotFoundException {
        SegmentationLoss loss = Losses.dice().beta(2).classWeights(0.5, 1.5).classIndexes(0, 2)
                .plus(Losses.categoricalFocal().gamma(3).times(2)).ignoreIndex(255).pixelsPerExample(16);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(loss);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(in.readObject()).isEqualTo(loss).hasSameHashCodeAs(loss).hasToString(loss.toString());
        }
        assertThat(loss).isNotEqualTo(loss.ignoreIndex(254)).isNotEqualTo(loss.pixelsPerExample(15))
                .isNotEqualTo(loss.named("other")).isNotEqualTo(loss.times(2).named(loss.name()));
    }

    @Test
    void weightedLossIsTheFormula() {
        INDArray p = Nd4j.createFromArray(0.8, 0.4, 0.1, 0.2, 0.6, 0.9).reshape(1, 2, 3);
        INDArray g = Nd4j.createFromArray(1.0, 0, 0, 0, 1.0, 1.0).reshape(1, 2, 3);
        double first = (0.8 + 1e-5) / (1 + 1.3 - 0.8 + 1e-5);
        double second = (1.5 + 1e-5) / (2 + 1.7 - 1.5 + 1e-5);
        assertThat(Losses.jaccard().classWeights(0.25, 1.5).value(SegmentationBatch.predictions(p).labels(g)))
                .isCloseTo(1 - (0.25 * first + 1.5 * second) / 2, offset(1e-12));
        assertThat(Losses.jaccard().classIndexes(1, 1, 0).value(SegmentationBatch.predictions(p).labels(g)))
                .isCloseTo(1 - (2 * second + first) / 3, offset(1e-12));
    }

    /** As the methods take them, and as files leave them out. */
    @Test
    void settingsByNameMayBeArraysAndNull() {
        SegmentationLoss loss = Losses.dice().set("class_indexes", new int[] {2, 0}).set("classWeights",
                new double[] {0.5, 1.5});
        assertThat(loss).isEqualTo(Losses.dice().classIndexes(2, 0).classWeights(0.5, 1.5));
        assertThat(loss.set("class_weights", null).set("class_indexes", null)).isEqualTo(Losses.dice());
        assertThat(Losses.dice().smooth(1).set("smooth", null)).isEqualTo(Losses.dice());
    }

    @Test
    void noNameIsNoLoss() {
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.named(null))
                .withMessageStartingWith("there is no loss null; known are jaccard_loss, ");
    }

    @Test
    void onTheHostAValueThatIsAskedForLaterIsThereAtOnce() {
        INDArray logits = Nd4j.randn(DataType.FLOAT, 2, 3, 6, 5);
        INDArray labels = Nd4j.zeros(DataType.UINT8, 2, 6, 5);
        SegmentationBatch batch = SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
        LossResult expected = Losses.jaccard().valueAndGradient(batch);
        INDArray gradient = Nd4j.create(DataType.FLOAT, 2, 3, 6, 5);
        DoubleSupplier later = Losses.jaccard().enqueueValueAndGradient(batch, 1, gradient);
        assertThat(gradient).isEqualTo(expected.gradient());
        logits.assign(7);
        assertThat(later.getAsDouble()).isEqualTo(expected.value()).isEqualTo(later.getAsDouble());
        labels.putScalar(1, 2, 3, 9);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.jaccard().enqueueValueAndGradient(batch, 1, gradient))
                .withMessage("1 label is outside 0..2; the first is 9 at example 1, pixel 13");
    }
}
