package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.LossSums;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.ScoreFunction;
import org.segloss4j.internal.math.Statistics;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.ReplicaSums;

/** Sums that only some losses need travel, merge and serve as the others do. */
class FurtherSumsTest {

    private static final PairSum GROUP = new PairSum.Group(List.of(0, 2));
    private static final PairSum MATRIX = new PairSum.Matrix(List.of(List.of(0.0, 1.0, 0.5), List.of(1.0, 0.0, 0.25),
            List.of(0.5, 0.25, 0.0)));

    /** {@code (2I + 1)/(Q + 1 + …)}, a score that uses what its statistics have, for one class at a time. */
    private record Squared(Statistics statistics) implements ScoreFunction {

        @Override
        public double value(Sums sums, int row, int c) {
            return (2 * sums.intersection(row, c) + 1) / denominator(sums, row, c);
        }

        private double denominator(Sums sums, int row, int c) {
            double denominator = 1 + (statistics.squares() ? sums.squares(row, c) : 0)
                    + (statistics.distances() ? sums.distance(row, c) : 0)
                    + (statistics.pixels() ? sums.pixels(row) : 0);
            for (PairSum pair : statistics.pairs()) {
                denominator += sums.pair(row, pair);
            }
            return denominator;
        }

        @Override
        public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
            double denominator = denominator(sums, row, c);
            double slope = -factor * value(sums, row, c) / denominator;
            to.addA(toRow, c, 2 * factor / denominator);
            if (statistics.squares()) {
                to.addSquares(toRow, c, slope);
            }
            if (statistics.distances()) {
                to.addDistance(toRow, c, slope);
            }
            for (PairSum pair : statistics.pairs()) {
                to.addPair(toRow, pair, slope);
            }
        }
    }

    static List<Statistics> statistics() {
        return List.of(Statistics.SQUARES, Statistics.DISTANCES, Statistics.PIXELS, Statistics.of(List.of(GROUP)),
                Statistics.of(List.of(MATRIX)), new Statistics(true, true, List.of(GROUP, MATRIX), true));
    }

    private static LossSpec spec(Statistics statistics, boolean perImage) {
        LossSpec plain = Losses.categoricalFocal().spec();
        return new LossSpec(List.of(new RegionTerm(1, new Squared(statistics), ClassSelection.ALL, perImage)),
                plain.pixels(), null, null);
    }

    private static SegmentationBatch batch(int from, int to) {
        INDArray logits = Nd4j.createFromArray(new Random(7).doubles(6L * 3 * 10, -2, 2).toArray()).reshape(6, 3, 10);
        INDArray labels = Nd4j.createFromArray(new Random(8).ints(60, 0, 3).toArray()).reshape(6, 10);
        return SegmentationBatch.predictions(logits.get(NDArrayIndex.interval(from, to)).dup('c'))
                .labels(labels.get(NDArrayIndex.interval(from, to)).dup('c').castTo(DataType.INT32))
                .activation(Activation.SOFTMAX);
    }

    private static ClassSums sums(LossSpec spec, SegmentationBatch batch) {
        return new ClassSums(spec, new LossCall(spec, batch.arrays()).allSums(spec.needsRowsPerImage()));
    }

    @ParameterizedTest
    @MethodSource("statistics")
    void travelToTheBit(Statistics statistics) {
        for (boolean perImage : new boolean[] {false, true}) {
            ClassSums sums = sums(spec(statistics, perImage), batch(0, 4));
            ClassSums read = ClassSums.ofBytes(sums.toBytes());
            assertThat(read).isEqualTo(sums).hasToString(sums.toString());
            assertThat(read.toBytes()).isEqualTo(sums.toBytes());
            assertThat(JavaSerialisation.roundTrip(sums)).isEqualTo(sums);
            assertThat(read.pooled()).isEqualTo(sums.pooled());
        }
    }

    @ParameterizedTest
    @MethodSource("statistics")
    void serveALossThatNeedsLess(Statistics statistics) {
        SegmentationBatch batch = batch(0, 6);
        ClassSums sums = sums(spec(statistics, false), batch);
        for (SegmentationLoss plain : List.of(Losses.dice(), Losses.categoricalFocal(),
                Losses.jaccard().plus(Losses.categoricalFocal()))) {
            LossResult expected = plain.valueAndGradient(batch);
            assertThat(plain.value(sums)).isCloseTo(expected.value(), offset(1e-12));
            assertThat(plain.gradient(batch, sums, 0).equalsWithEps(expected.gradient(), 1e-12)).isTrue();
        }
    }

    @Test
    void doNotServeALossThatNeedsMore() {
        SegmentationBatch batch = batch(0, 6);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sums(spec(Statistics.DISTANCES, false), batch).of(spec(Statistics.SQUARES, false)))
                .withMessageContaining("squares").withMessageContaining("distances");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Losses.dice().sums(batch).merge(sums(spec(Statistics.SQUARES, false), batch)))
                .withMessageContaining("cannot be merged");
    }

    @ParameterizedTest
    @MethodSource("statistics")
    void refuseWhatIsForged(Statistics statistics) {
        byte[] good = sums(spec(statistics, true), batch(0, 2)).toBytes();
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatIllegalArgumentException().isThrownBy(() -> ClassSums.ofBytes(cut))
                    .withMessageNotContaining("\n");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> ClassSums.ofBytes(Arrays.copyOf(good, good.length + 8)));
        byte[] flags = good.clone();
        flags[5] |= 64;
        assertThatIllegalArgumentException().isThrownBy(() -> ClassSums.ofBytes(flags)).withMessageContaining("flags");
        Random random = new Random(3);
        int head = good.length - 2 * 8 * (12 + 1);
        for (int k = 0; k < 5_000; k++) {
            byte[] bad = good.clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                bad[random.nextInt(head)] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(4));
            }
            try {
                assertThat(ClassSums.ofBytes(bad).toBytes()).isEqualTo(bad);
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).doesNotContain("\n");
            }
        }
    }

    /** A length that no memory holds is not believed. */
    @Test
    void takeNoMemoryForALengthThatIsNotThere() {
        byte[] good = sums(spec(Statistics.of(List.of(MATRIX)), false), batch(0, 1)).toBytes();
        int pairs = good.length - 8 * (12 + 1 + 1) - 4 - 1 - 4 - 72;
        for (int at : new int[] {pairs, pairs + 5}) {
            byte[] bad = good.clone();
            ByteBuffer.wrap(bad).putInt(at, Integer.MAX_VALUE);
            assertThatIllegalArgumentException().isThrownBy(() -> ClassSums.ofBytes(bad));
        }
    }

    @Test
    void areReadByName() {
        SegmentationBatch batch = batch(0, 1);
        ClassSums sums = sums(spec(new Statistics(true, true, List.of(), true), false), batch);
        INDArray p = batch.arrays().predictions().dup();
        double[][] soft = new double[3][10];
        for (int s = 0; s < 10; s++) {
            double all = 0;
            for (int c = 0; c < 3; c++) {
                soft[c][s] = Math.exp(p.getDouble(0, c, s));
                all += soft[c][s];
            }
            for (int c = 0; c < 3; c++) {
                soft[c][s] /= all;
            }
        }
        for (int c = 0; c < 3; c++) {
            double squares = 0;
            double distance = 0;
            for (int s = 0; s < 10; s++) {
                int g = batch.arrays().labels().getInt(0, s) == c ? 1 : 0;
                squares += soft[c][s] * soft[c][s] + g;
                distance += Math.abs(soft[c][s] - g);
            }
            assertThat(sums.squares(0, c)).isCloseTo(squares, offset(1e-12));
            assertThat(sums.distance(0, c)).isCloseTo(distance, offset(1e-12));
        }
        assertThat(sums.pixels(0)).isEqualTo(10);
        ClassSums plain = Losses.dice().sums(batch);
        for (Runnable asked : List.<Runnable>of(() -> plain.squares(0, 0), () -> plain.distance(0, 0),
                () -> plain.pixels(0))) {
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(asked::run)
                    .withMessageContaining("its loss does not need it");
        }
    }

    /** Whatever the division into replicas, each gets the gradient of the whole batch. */
    @ParameterizedTest
    @MethodSource("statistics")
    void replicasHaveTheSumsOfTheWholeBatch(Statistics statistics) {
        for (boolean perImage : new boolean[] {false, true}) {
            LossSpec spec = spec(statistics, perImage);
            LossCall all = new LossCall(spec, batch(0, 6).arrays());
            INDArray expected = all.newGradient();
            double value = all.valueAndGradient(1, expected);
            for (int[] parts : List.of(new int[] {6}, new int[] {1, 5}, new int[] {3, 1, 2}, new int[] {2, 0, 1, 3})) {
                List<INDArray> gradients = new ArrayList<>(LocalReplicas.run(parts.length, Duration.ofSeconds(30),
                        replicas -> {
                            int from = Arrays.stream(parts, 0, replicas.rank()).sum();
                            int own = parts[replicas.rank()];
                            ReplicaSums exchange = new ReplicaSums(replicas);
                            if (own == 0) {
                                exchange.allReduce(null, 0);
                                return Nd4j.empty(DataType.DOUBLE);
                            }
                            LossCall call = new LossCall(spec, batch(from, from + own).arrays());
                            SumsExchange.Whole whole = exchange.allReduce(sums(spec, batch(from, from + own)), own);
                            LossSums merged = whole.sums().of(spec);
                            assertThat(Finalisation.value(spec, merged.own()))
                                    .isCloseTo(value, offset(1e-12));
                            return call.gradient(merged, whole.firstExample(), 1, call.newGradient());
                        }));
                gradients.removeIf(INDArray::isEmpty);
                assertThat(Nd4j.concat(0, gradients.toArray(INDArray[]::new)).equalsWithEps(expected, 1e-12)).isTrue();
            }
        }
    }
}
