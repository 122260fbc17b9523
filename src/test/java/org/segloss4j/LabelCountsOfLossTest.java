package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.evaluation.OutcomeEvaluation;

/** A loss counts the outcomes of labels that may occur together, as the evaluation does itself. */
class LabelCountsOfLossTest {

    private static final int VOID = 255;
    private static final int N = 3;
    /** Neither whole tiles nor aligned images. */
    private static final long[] SIZES = {N, 1, 37, 29};

    private final Random random = new Random(3);

    private static List<SegmentationLoss> losses(boolean several) {
        List<SegmentationLoss> all = new ArrayList<>(List.of(Losses.dice(), Losses.jaccard().perImage(true),
                Losses.dice().plus(Losses.binaryCrossEntropy()), Losses.sigmoidFocal(),
                Losses.dice().squared(true)));
        if (several) {
            all.add(Losses.lovaszHinge());
        }
        return all;
    }

    private INDArray array(DataType type, int channels, int kinds, double step, double from) {
        INDArray all = Nd4j.create(DataType.FLOAT, N, channels, SIZES[2], SIZES[3]);
        for (long k = 0; k < all.length(); k++) {
            all.putScalar(k, from + step * random.nextInt(kinds));
        }
        return all.castTo(type);
    }

    private void check(SegmentationLoss loss, SegmentationBatch batch, OutcomeEvaluation byLoss) {
        OutcomeEvaluation alone = byLoss.newInstance();
        alone.eval(batch);
        LossResult result = loss.valueAndGradient(batch, byLoss);
        LossResult expected = loss.valueAndGradient(batch);
        assertThat(byLoss).as(loss.toString()).isEqualTo(alone);
        assertThat(byLoss.images()).isEqualTo(N);
        // NaN of predictions that are no probabilities is equal to itself here.
        assertThat(Double.valueOf(result.value())).isEqualTo(Double.valueOf(expected.value()));
        assertThat(numbers(result.gradient())).isEqualTo(numbers(expected.gradient()));
    }

    private static double[] numbers(INDArray array) {
        return array.castTo(DataType.DOUBLE).reshape(-1).toDoubleVector();
    }

    /** Of all forms of labels and masks; predictions of few values, so that many lie at a threshold. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void areThoseOfTheEvaluation(int labels) {
        int turn = 0;
        for (DataType type : List.of(DataType.FLOAT, DataType.FLOAT16, DataType.DOUBLE)) {
            for (Activation activation : List.of(Activation.SIGMOID, Activation.IDENTITY, Activation.HARDSIGMOID)) {
                INDArray predictions = activation == Activation.SIGMOID ? array(type, labels, 9, 0.5, -2)
                        : array(type, labels, 9, 0.125, 0);
                for (Truth truth : Truth.values()) {
                    turn++;
                    Integer ignore = turn % 3 == 0 ? null : turn % 3 == 1 ? VOID : 1;
                    SegmentationBatch batch = SegmentationBatch.predictions(predictions)
                            .labels(truth(truth, labels, ignore)).activation(activation)
                            .mask(turn % 4 == 0 ? array(DataType.FLOAT, 1, 3, 0.5, 0)
                            : turn % 4 == 1 && truth != Truth.INDEX ? array(DataType.FLOAT, labels, 3, 0.5, 0) : null);
                    SegmentationLoss loss = losses(labels > 1).get(turn % losses(labels > 1).size());
                    OutcomeEvaluation evaluation = labels == 1 ? OutcomeEvaluation.binary()
                            : OutcomeEvaluation.multiLabel(labels);
                    if (labels == 3) {
                        evaluation.threshold(0.25, 0.5, 1);
                    }
                    check(ignore == null ? loss : loss.ignoreIndex(ignore), batch, ignore == null ? evaluation
                            : evaluation.ignoreIndex(ignore));
                }
            }
        }
    }

    private enum Truth { INDEX, SEVERAL, SOFT }

    private INDArray truth(Truth truth, int labels, Integer ignore) {
        INDArray all = switch (truth) {
            case INDEX -> array(DataType.INT32, 1, Math.max(2, labels), 1, 0);
            case SEVERAL -> array(DataType.FLOAT, labels, 2, 1, 0);
            case SOFT -> array(DataType.FLOAT, labels, 5, 0.25, 0);
        };
        for (int k = 0; ignore != null && ignore == VOID && k < all.length(); k += 1 + random.nextInt(9)) {
            all.putScalar(k, VOID);
        }
        return all;
    }

    @Test
    void everyLossCountsTheSame() {
        SegmentationBatch batch = SegmentationBatch.predictions(array(DataType.FLOAT, 3, 9, 0.5, -2))
                .labels(array(DataType.UINT8, 3, 2, 1, 0)).activation(Activation.SIGMOID);
        for (SegmentationLoss loss : losses(true)) {
            check(loss, batch, OutcomeEvaluation.multiLabel(3));
            // Another ignored label than that of the loss.
            check(loss.ignoreIndex(VOID), batch, OutcomeEvaluation.multiLabel(3));
            // Not counted by the way.
            check(loss, batch, OutcomeEvaluation.multiClass(3));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 0.9999999, 1})
    void thresholdsAreComparedAsTheEvaluationDoes(double threshold) {
        double edge = Math.log(threshold / (1 - threshold));
        INDArray predictions = Nd4j.create(DataType.FLOAT, N, 2, SIZES[2], SIZES[3]);
        for (long k = 0; k < predictions.length(); k++) {
            predictions.putScalar(k, k % 50 == 0 ? k % 100 == 0 ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY
                    : Double.isInfinite(edge) ? 20 * random.nextGaussian()
                    : edge + (random.nextInt(9) - 4) * (k % 2 == 0 ? 3e-8 : 1e-3));
        }
        SegmentationBatch batch = SegmentationBatch.predictions(predictions)
                .labels(array(DataType.FLOAT, 2, 2, 1, 0)).activation(Activation.SIGMOID);
        OutcomeEvaluation alone = OutcomeEvaluation.multiLabel(2).threshold(threshold);
        OutcomeEvaluation byLoss = alone.newInstance();
        alone.eval(batch);
        Losses.dice().valueAndGradient(batch, byLoss);
        assertThat(byLoss).isEqualTo(alone);
    }

    /** What ND4J activates of 16-bit types is FLOAT, which is less than 1 where the predictions' type has but 1. */
    @ParameterizedTest
    @ValueSource(strings = {"HALF", "BFLOAT16", "FLOAT"})
    void probabilitiesAreThoseOfThePredictionsType(DataType type) {
        for (Activation activation : List.of(Activation.TANH, Activation.HARDSIGMOID, Activation.SIGMOID)) {
            SegmentationBatch batch = SegmentationBatch.predictions(array(type, 2, 99, 0.1, -2))
                    .labels(array(DataType.FLOAT, 2, 2, 1, 0)).activation(activation);
            check(Losses.dice(), batch, OutcomeEvaluation.multiLabel(2).threshold(1));
        }
    }

    @Test
    void nothingIsCountedOfWhatCannotBe() {
        OutcomeEvaluation scores = OutcomeEvaluation.multiLabel(2);
        INDArray predictions = array(DataType.FLOAT, 2, 9, 0.5, -2);
        INDArray labels = array(DataType.FLOAT, 2, 2, 1, 0);
        SegmentationBatch batch = SegmentationBatch.predictions(predictions).labels(labels)
                .activation(Activation.SIGMOID);
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.dice().valueAndGradient(batch,
                OutcomeEvaluation.multiLabel(3)))
                .withMessage("predictions have 2 channels, but 3 classes are evaluated");
        predictions.putScalar(1, 1, 4, 5, Float.NaN);
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.dice().valueAndGradient(batch, scores))
                .withMessage("1 prediction is not a number; the first is NaN at example 1, pixel " + (4 * 29 + 5));
        labels.putScalar(new int[] {1, 1, 4, 5}, VOID);
        Losses.dice().ignoreIndex(VOID).valueAndGradient(batch, OutcomeEvaluation.multiLabel(2).ignoreIndex(VOID));
        assertThat(scores.images()).isZero();
    }
}
