package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;

/** Losses that read distances or skeletons beside the labels, against their formulas in plain loops. */
class OtherLabelsTest {

    private static final int N = 2;
    private static final int C = 3;
    private static final int S = 15;
    private static final INDArray LOGITS = Nd4j.createFromArray(new Random(1).doubles(N * C * S, -2, 2).toArray())
            .reshape(N, C, S);
    private static final INDArray LABELS = Nd4j.createFromArray(new Random(2).ints(N * S, 0, C).toArray())
            .reshape(N, S);
    private static final INDArray PHI = Nd4j.createFromArray(new Random(3).doubles(N * C * S, -9, 9).toArray())
            .reshape(N, C, S);
    private static final INDArray SKELETON = Nd4j.createFromArray(new Random(4).doubles(N * C * S).toArray())
            .reshape(N, C, S).gt(0.7).castTo(DataType.FLOAT);

    private static SegmentationBatch batch(INDArray logits) {
        return SegmentationBatch.predictions(logits).labels(LABELS).activation(Activation.SOFTMAX).distances(PHI)
                .skeleton(SKELETON);
    }

    private static double[][][] probabilities(INDArray logits) {
        double[][][] p = new double[N][C][S];
        for (int n = 0; n < N; n++) {
            for (int s = 0; s < S; s++) {
                double all = 0;
                for (int c = 0; c < C; c++) {
                    p[n][c][s] = Math.exp(logits.getDouble(n, c, s));
                    all += p[n][c][s];
                }
                for (int c = 0; c < C; c++) {
                    p[n][c][s] /= all;
                }
            }
        }
        return p;
    }

    /** The mean of φ·p over pixels and classes, without those of a label. */
    private static double boundary(INDArray logits, Integer ignored) {
        double[][][] p = probabilities(logits);
        double sum = 0;
        int count = 0;
        for (int n = 0; n < N; n++) {
            for (int s = 0; s < S; s++) {
                boolean isVoid = ignored != null && LABELS.getInt(n, s) == ignored;
                for (int c = 0; c < C && !isVoid; c++) {
                    sum += PHI.getDouble(n, c, s) * p[n][c][s];
                    count++;
                }
            }
        }
        return sum / count;
    }

    /** 1 minus the mean recall of the skeletons of all classes but the first. */
    private static double recall(INDArray logits) {
        double[][][] p = probabilities(logits);
        double mean = 0;
        for (int c = 1; c < C; c++) {
            double both = 1e-5;
            double all = 1e-5;
            for (int n = 0; n < N; n++) {
                for (int s = 0; s < S; s++) {
                    both += SKELETON.getDouble(n, c, s) * p[n][c][s];
                    all += SKELETON.getDouble(n, c, s);
                }
            }
            mean += both / all / (C - 1);
        }
        return 1 - mean;
    }

    private static List<LossBackend> backends() {
        return Stream.concat(Stream.of(new ReferenceBackend(), new CpuBackend()), HostBackends.ifAvailable()).toList();
    }

    @Test
    void valuesAndGradientsAreThoseOfTheFormulas() {
        for (LossBackend backend : backends()) {
            check(backend, Losses.boundary(), logits -> boundary(logits, null));
            check(backend, Losses.boundary().ignoreIndex(2), logits -> boundary(logits, 2));
            check(backend, Losses.skeletonRecall(), OtherLabelsTest::recall);
            check(backend, Losses.skeletonRecall().times(0.5).plus(Losses.boundary().times(2)),
                    logits -> 0.5 * recall(logits) + 2 * boundary(logits, null));
        }
    }

    private static void check(LossBackend backend, SegmentationLoss loss,
                              java.util.function.ToDoubleFunction<INDArray> formula) {
        LossResult result = LossInternals.valueAndGradient(loss, batch(LOGITS), backend);
        assertThat(result.value()).isCloseTo(formula.applyAsDouble(LOGITS), offset(1e-10));
        assertThat(LossInternals.value(loss, batch(LOGITS), backend)).isEqualTo(result.value());
        double step = 1e-5;
        for (int k = 0; k < LOGITS.length(); k += 7) {
            INDArray up = LOGITS.dup('c');
            INDArray down = LOGITS.dup('c');
            up.putScalar(k, up.getDouble(k) + step);
            down.putScalar(k, down.getDouble(k) - step);
            double slope = (formula.applyAsDouble(up) - formula.applyAsDouble(down)) / (2 * step);
            assertThat(result.gradient().getDouble(k)).isCloseTo(slope, offset(1e-7));
        }
        assertThat(LossInternals.value(loss, batch(LOGITS.castTo(DataType.FLOAT)), backend))
                .isCloseTo(result.value(), offset(1e-5));
    }

    /** Float and double take different sweeps, and so does a single channel. */
    @Test
    void oneChannelReadsDistances() {
        INDArray logits = LOGITS.reshape(N * C, 1, S);
        INDArray distances = PHI.reshape(N * C, 1, S);
        double expected = 0;
        for (int k = 0; k < logits.length(); k++) {
            expected += PHI.getDouble(k) / (1 + Math.exp(-LOGITS.getDouble(k))) / logits.length();
        }
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            SegmentationBatch batch = SegmentationBatch.predictions(logits.castTo(type))
                    .labels(Nd4j.zeros(DataType.INT32, N * C, S)).activation(Activation.SIGMOID).distances(distances);
            for (LossBackend backend : List.of(new ReferenceBackend(), new CpuBackend())) {
                assertThat(LossInternals.value(Losses.boundary(), batch, backend)).isCloseTo(expected, offset(1e-6));
            }
        }
    }

    /** A pixel counts by the weight of the mask, and not at all where its label is ignored. */
    @Test
    void ignoredLabelsAndAMaskGoTogether() {
        INDArray perPixel = Nd4j.createFromArray(new Random(5).doubles(N * S, 0.5, 2).toArray()).reshape(N, S);
        perPixel.putScalar(3, 0);
        INDArray perOutput = Nd4j.createFromArray(new Random(6).doubles(N * C * S, 0.5, 2).toArray())
                .reshape(N, C, S);
        for (INDArray mask : List.of(perPixel, perPixel.reshape(N, 1, S), perOutput,
                Nd4j.createFromArray(0.5, 2).reshape(N), Nd4j.createFromArray(0.5, 2).reshape(N, 1))) {
            double[][][] p = probabilities(LOGITS);
            double sum = 0;
            double all = 0;
            for (int n = 0; n < N; n++) {
                for (int s = 0; s < S; s++) {
                    for (int c = 0; c < C && LABELS.getInt(n, s) != 2; c++) {
                        double weight = mask.length() == N ? mask.getDouble(n)
                                : mask.length() == N * S ? mask.getDouble(n * S + s) : mask.getDouble(n, c, s);
                        sum += weight * PHI.getDouble(n, c, s) * p[n][c][s];
                        all += weight / C;
                    }
                }
            }
            double expected = 0;
            if (mask != perOutput) {
                expected = sum / all / C;
                SegmentationBatch last = SegmentationBatch.predictions(LOGITS.permute(0, 2, 1).dup('c'))
                        .labels(LABELS).channelsLast().activation(Activation.SOFTMAX).mask(mask)
                        .distances(PHI.permute(0, 2, 1));
                assertThat(Losses.boundary().ignoreIndex(2).value(last)).isCloseTo(expected, offset(1e-6));
            } else {
                // The weights of a class are those of its own outputs.
                for (int c = 0; c < C; c++) {
                    double own = 0;
                    double weights = 0;
                    for (int k = 0; k < N * S; k++) {
                        if (LABELS.getInt(k / S, k % S) != 2) {
                            own += mask.getDouble(k / S, c, k % S) * PHI.getDouble(k / S, c, k % S)
                                    * p[k / S][c][k % S];
                            weights += mask.getDouble(k / S, c, k % S);
                        }
                    }
                    expected += own / weights / C;
                }
            }
            assertThat(Losses.boundary().ignoreIndex(2).value(batch(LOGITS).mask(mask)))
                    .isCloseTo(expected, offset(1e-6));
        }
    }

    @Test
    void theyAreAddedToOtherLosses() {
        SegmentationLoss sum = Losses.dice().plus(Losses.boundary().times(0.1)).plus(Losses.lovaszSoftmax())
                .plus(Losses.skeletonRecall());
        LossResult result = sum.valueAndGradient(batch(LOGITS));
        INDArray expected = Nd4j.zeros(DataType.DOUBLE, N, C, S);
        double value = 0;
        for (SegmentationLoss part : List.of(Losses.dice(), Losses.boundary().times(0.1), Losses.lovaszSoftmax(),
                Losses.skeletonRecall())) {
            LossResult own = part.valueAndGradient(batch(LOGITS));
            value += own.value();
            expected.addi(own.gradient());
            assertThat(result.terms().values()).anySatisfy(term -> assertThat(term)
                    .isCloseTo(own.value(), offset(1e-12)));
        }
        assertThat(result.value()).isCloseTo(value, offset(1e-12));
        assertThat(result.gradient().equalsWithEps(expected, 1e-12)).isTrue();
        INDArray inPlace = LOGITS.dup('c');
        assertThat(sum.valueAndGradient(batch(inPlace), 1, inPlace)).isEqualTo(result.value());
        assertThat(inPlace.equalsWithEps(expected, 1e-12)).isTrue();
        double[] each = Losses.boundary().perImage(true).valuePerExample(batch(LOGITS));
        assertThat((each[0] + each[1]) / 2).isCloseTo(boundary(LOGITS, null), offset(1e-12));
    }

    @Test
    void whatIsMissingOrWrongIsNamed() {
        SegmentationBatch bare = SegmentationBatch.predictions(LOGITS).labels(LABELS).activation(Activation.SOFTMAX);
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.boundary().value(bare))
                .withMessageContaining("needs signed distance maps");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.skeletonRecall().valueAndGradient(bare))
                .withMessageContaining("needs the skeletons");
        INDArray broken = PHI.dup('c');
        broken.putScalar(new int[] {1, 2, 3}, Double.NaN);
        broken.putScalar(new int[] {1, 0, 7}, Double.POSITIVE_INFINITY);
        for (LossBackend backend : backends()) {
            assertThatIllegalArgumentException().isThrownBy(() -> LossInternals.value(Losses.boundary(),
                    bare.distances(broken), backend)).withMessageContaining("2 distances are not finite")
                    .withMessageContaining("the first is NaN at example 1, pixel 3");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.boundary().value(bare.distances(LABELS)))
                .withMessageContaining("distances are INT");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.boundary().ignoreIndex(1).value(batch(LOGITS)
                .mask(Nd4j.ones(DataType.FLOAT, N + 1)))).withMessageContaining("mask [3]");
        SegmentationLoss sum = Losses.dice().plus(Losses.boundary());
        assertThat(sum.mergesExactly()).isTrue();
        assertThat(sum.plus(Losses.lovaszSoftmax()).mergesExactly()).isFalse();
        assertThat(sum.needsDistances()).isTrue();
        assertThat(sum.needsSkeleton()).isFalse();
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> sum.plus(Losses.topKCrossEntropy(0.1)).sums(batch(LOGITS)))
                .withMessageContaining("top-k").withMessageContaining("cannot be divided");
        assertThatIllegalArgumentException().isThrownBy(() -> sum.sums(bare))
                .withMessageContaining("needs signed distance maps");
        ClassSums sums = Losses.dice().sums(batch(LOGITS));
        String missing = "a loss with boundary loss needs sums over distances, but there is only ClassSums[batch,"
                + " 3 classes, ignoreIndex null, threshold null;]";
        assertThatIllegalArgumentException().isThrownBy(() -> sum.value(sums)).withMessage(missing);
        assertThatIllegalArgumentException().isThrownBy(() -> sum.gradient(batch(LOGITS), sums, 0))
                .withMessage(missing);
        assertThatIllegalArgumentException().isThrownBy(() -> sums.merge(sum.sums(batch(LOGITS))))
                .withMessageContaining("cannot be merged").withMessageContaining("sums over distances");
        assertThatIllegalArgumentException().isThrownBy(() -> Losses.skeletonRecall().perImage(true)
                .value(Losses.skeletonRecall().sums(batch(LOGITS)))).withMessageContaining("each image");
    }

    @Test
    void nothingIsWrittenOfABatchWithoutMaps() {
        SegmentationBatch bare = SegmentationBatch.predictions(LOGITS).labels(LABELS).activation(Activation.SOFTMAX);
        SegmentationLoss sum = Losses.dice().plus(Losses.boundary()).plus(Losses.skeletonRecall());
        ClassSums sums = sum.sums(batch(LOGITS));
        INDArray gradient = Nd4j.ones(DataType.DOUBLE, N, C, S);
        for (SegmentationBatch lacking : List.of(bare, bare.distances(PHI), bare.skeleton(SKELETON),
                bare.distances(PHI).skeleton(SKELETON.reshape(N * C, 1, S)))) {
            assertThatIllegalArgumentException().isThrownBy(() -> sum.valueAndGradient(lacking, 1, gradient));
            assertThatIllegalArgumentException().isThrownBy(() -> sum.gradient(lacking, sums, 0, 1, gradient));
            assertThat(gradient).isEqualTo(Nd4j.ones(DataType.DOUBLE, N, C, S));
        }
    }

    private static SegmentationBatch example(INDArray logits, int n) {
        INDArrayIndex[] here = {NDArrayIndex.interval(n, n + 1), NDArrayIndex.all(), NDArrayIndex.all()};
        return SegmentationBatch.predictions(logits).labels(LABELS.getRow(n, true)).activation(Activation.SOFTMAX)
                .distances(PHI.get(here)).skeleton(SKELETON.get(here));
    }

    /** Sums of parts over all maps, as messages, give value, terms and gradient of the whole batch. */
    @Test
    void sumsOfPartsGiveTheLossOfTheWholeBatch() {
        for (SegmentationLoss loss : List.of(Losses.boundary(), Losses.skeletonRecall().ignoreIndex(2),
                Losses.dice().plus(Losses.boundary().ignoreIndex(1).times(0.3)).plus(Losses.skeletonRecall()),
                Losses.crossEntropy().plus(Losses.boundary()).plus(Losses.boundary().perImage(true).times(2)),
                Losses.skeletonRecall().perImage(true).classWeights(1, 2).plus(Losses.jaccard()))) {
            for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
                INDArray logits = LOGITS.castTo(type);
                LossResult whole = loss.valueAndGradient(batch(logits));
                INDArray one = logits.get(NDArrayIndex.interval(0, 1)).dup('c');
                INDArray other = logits.get(NDArrayIndex.interval(1, 2)).dup('c');
                ClassSums first = loss.sums(example(one, 0));
                ClassSums second = ClassSums.ofBytes(loss.sums(example(other, 1)).toBytes());
                assertThat(second).isEqualTo(loss.sums(example(other, 1))).isNotEqualTo(first);
                ClassSums merged = first.merge(second);
                assertThat(JavaSerialisation.roundTrip(merged)).isEqualTo(merged);
                assertThat(loss.value(merged)).as(loss.name()).isCloseTo(whole.value(), offset(1e-12));
                assertThat(loss.terms(merged).keySet()).isEqualTo(whole.terms().keySet());
                loss.terms(merged).forEach((name, value) -> assertThat(value).as(name)
                        .isCloseTo(whole.terms().get(name), offset(1e-12)));
                INDArray ofSecond = loss.gradient(example(other, 1), merged, 1);
                INDArray parts = Nd4j.concat(0, loss.gradient(example(one, 0), merged, 0), ofSecond);
                assertThat(parts.equalsWithEps(whole.gradient(), type == DataType.DOUBLE ? 1e-14 : 1e-8))
                        .as(loss.name()).isTrue();
                loss.gradient(example(other, 1), merged, 1, 1, other);
                assertThat(other).isEqualTo(ofSecond);
            }
        }
    }

    /** A message that says it has more or less than it holds is refused, whatever its kinds of sums are. */
    @Test
    void messagesThatWereCutAreRefused() {
        SegmentationLoss loss = Losses.boundary().plus(Losses.skeletonRecall()).plus(Losses.dice().perImage(true));
        byte[] message = loss.sums(batch(LOGITS)).toBytes();
        assertThat(ClassSums.ofBytes(message)).isEqualTo(loss.sums(batch(LOGITS)))
                .hasToString("ClassSums[2 images, 3 classes, ignoreIndex null, threshold null;, sums over distances and"
                        + " skeletons]");
        assertThat(ClassSums.ofBytes(message).row(1).rows()).isEqualTo(1);
        for (int length = 0; length < message.length; length++) {
            byte[] cut = Arrays.copyOf(message, length);
            assertThatIllegalArgumentException().isThrownBy(() -> ClassSums.ofBytes(cut));
        }
        message[5] ^= 16;
        assertThatIllegalArgumentException().isThrownBy(() -> ClassSums.ofBytes(message));
    }
}
