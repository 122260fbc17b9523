package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.JavaSerialisation;
import org.segloss4j.evaluation.SurfaceEvaluation.Metric;

/** Surface metrics of whole data sets: forms of input, absent classes, merging, storage. */
class SurfaceEvaluationTest {

    private static final int VOID = 255;

    /** Class indices [n, h, w] of random blobs. */
    private static INDArray blobs(int n, int h, int w, int classes) {
        INDArray smooth = Nd4j.rand(DataType.DOUBLE, n, h, w);
        INDArray labels = Nd4j.create(DataType.INT32, n, h, w);
        for (int k = 0; k < n; k++) {
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    labels.putScalar(k, y, x, (int) (smooth.getDouble(k, y / 3, x / 4) * classes));
                }
            }
        }
        return labels;
    }

    private static INDArray oneHot(INDArray indexes, int classes) {
        INDArray hot = Nd4j.create(DataType.FLOAT, indexes.size(0), classes, indexes.size(1), indexes.size(2));
        for (int c = 0; c < classes; c++) {
            hot.get(NDArrayIndex.all(), NDArrayIndex.point(c)).assign(indexes.eq(c).castTo(DataType.FLOAT));
        }
        return hot;
    }

    private static boolean[] mask(INDArray indexes, int n, int c) {
        int[] values = indexes.slice(n).dup('c').ravel().toIntVector();
        boolean[] mask = new boolean[values.length];
        for (int p = 0; p < mask.length; p++) {
            mask[p] = values[p] == c;
        }
        return mask;
    }

    @Test
    void isTheMeanOfTheImagesOfEachClass() {
        INDArray truth = blobs(3, 11, 17, 4);
        INDArray predicted = blobs(3, 11, 17, 4);
        SurfaceEvaluation evaluation = new SurfaceEvaluation(4).spacing(1.5, 0.7).tolerance(1.2).percentile(90)
                .boundaryRatio(0.1);
        evaluation.evalIndices(truth, predicted);
        assertThat(evaluation.images()).isEqualTo(3);
        for (int c = 0; c < 4; c++) {
            double dice = 0;
            double distance = 0;
            double percentile = 0;
            double average = 0;
            double boundary = 0;
            for (int n = 0; n < 3; n++) {
                MaskSurfaces surfaces = MaskSurfaces.ofPrediction(mask(predicted, n, c))
                        .andTruth(mask(truth, n, c), new int[] {11, 17}, 1.5, 0.7);
                dice += surfaces.surfaceDice(1.2) / 3;
                distance += surfaces.hausdorff() / 3;
                percentile += surfaces.hausdorff(90) / 3;
                average += surfaces.averageSymmetricDistance() / 3;
                boundary += surfaces.boundaryIou(0.1) / 3;
            }
            assertThat(evaluation.mean(Metric.SURFACE_DICE, c)).isCloseTo(dice, within(1e-12));
            assertThat(evaluation.mean(Metric.HAUSDORFF, c)).isCloseTo(distance, within(1e-12));
            assertThat(evaluation.mean(Metric.HAUSDORFF_PERCENTILE, c)).isCloseTo(percentile, within(1e-12));
            assertThat(evaluation.mean(Metric.AVERAGE_SYMMETRIC_DISTANCE, c)).isCloseTo(average, within(1e-12));
            assertThat(evaluation.mean(Metric.BOUNDARY_IOU, c)).isCloseTo(boundary, within(1e-12));
            assertThat(evaluation.images(c)).isEqualTo(3);
            assertThat(evaluation.missing(c)).isZero();
        }
    }

    @Test
    void allFormsOfInputAreTheSame() {
        INDArray truth = blobs(2, 9, 8, 3);
        INDArray predicted = blobs(2, 9, 8, 3);
        SurfaceEvaluation expected = new SurfaceEvaluation(3);
        expected.evalIndices(truth, predicted);
        INDArray scores = oneHot(predicted, 3).muli(2).subi(Nd4j.rand(DataType.FLOAT, 2, 3, 9, 8));
        SurfaceEvaluation evaluation = new SurfaceEvaluation(3);
        evaluation.eval(truth.reshape(2, 1, 9, 8), scores, null, List.of());
        assertThat(evaluation).isEqualTo(expected).hasSameHashCodeAs(expected);
        evaluation = new SurfaceEvaluation(3);
        evaluation.eval(oneHot(truth, 3), scores, Nd4j.ones(2, 1, 9, 8), List.of());
        assertThat(evaluation).isEqualTo(expected);
        SurfaceEvaluation last = new SurfaceEvaluation(3).channelsLast();
        last.eval(truth.reshape(2, 9, 8, 1), scores.permute(0, 2, 3, 1).dup('c'), null, List.of());
        assertThat(last.mean(Metric.HAUSDORFF)).isEqualTo(expected.mean(Metric.HAUSDORFF));
        INDArray volume = Nd4j.concat(1, truth.reshape(2, 1, 9, 8), truth.reshape(2, 1, 9, 8));
        SurfaceEvaluation volumes = new SurfaceEvaluation(3);
        volumes.eval(volume, Nd4j.concat(2, scores.reshape(2, 3, 1, 9, 8), scores.reshape(2, 3, 1, 9, 8)), null,
                List.of());
        assertThat(volumes.mean(Metric.HAUSDORFF)).isEqualTo(flat(truth, predicted).mean(Metric.HAUSDORFF));
    }

    /** Volumes of two equal slices: all of their voxels are edges. */
    private static SurfaceEvaluation flat(INDArray truth, INDArray predicted) {
        SurfaceEvaluation evaluation = new SurfaceEvaluation(3);
        evaluation.evalIndices(Nd4j.concat(1, truth.reshape(2, 1, 9, 8), truth.reshape(2, 1, 9, 8)),
                Nd4j.concat(1, predicted.reshape(2, 1, 9, 8), predicted.reshape(2, 1, 9, 8)));
        return evaluation;
    }

    @Test
    void aSingleChannelIsTwoClasses() {
        INDArray truth = blobs(2, 9, 8, 2);
        INDArray probabilities = Nd4j.rand(DataType.FLOAT, 2, 1, 9, 8);
        SurfaceEvaluation expected = new SurfaceEvaluation(2).threshold(0.3);
        expected.evalIndices(truth, probabilities.gt(0.3f).castTo(DataType.INT32));
        SurfaceEvaluation evaluation = new SurfaceEvaluation(2).threshold(0.3);
        evaluation.eval(truth.reshape(2, 1, 9, 8), probabilities, null, List.of());
        assertThat(evaluation).isEqualTo(expected);
    }

    @Test
    void voidPixelsAreInNoMask() {
        INDArray truth = blobs(2, 10, 12, 3);
        INDArray predicted = blobs(2, 10, 12, 3);
        INDArray withVoid = truth.dup();
        INDArray weights = Nd4j.ones(DataType.FLOAT, 2, 1, 10, 12);
        INDArray asClass = truth.dup();
        INDArray bothVoid = predicted.dup();
        for (int n = 0; n < 2; n++) {
            for (int y = 3; y < 6; y++) {
                for (int x = 2; x < 9; x++) {
                    withVoid.putScalar(n, y, x, VOID);
                    asClass.putScalar(n, y, x, 3);
                    bothVoid.putScalar(n, y, x, 3);
                    weights.putScalar(new int[] {n, 0, y, x}, 0);
                }
            }
        }
        // A fourth class in both takes the place of the void; it alone has other scores.
        SurfaceEvaluation expected = new SurfaceEvaluation(4);
        expected.evalIndices(asClass, bothVoid);
        SurfaceEvaluation ignoring = new SurfaceEvaluation(3).ignoreIndex(VOID);
        ignoring.evalIndices(withVoid, predicted);
        SurfaceEvaluation masked = new SurfaceEvaluation(3).ignoreIndex(VOID);
        masked.eval(truth.reshape(2, 1, 10, 12), oneHot(predicted, 3), weights, List.of());
        assertThat(masked).isEqualTo(ignoring);
        SurfaceEvaluation ignoredClass = new SurfaceEvaluation(4).ignoreIndex(3);
        ignoredClass.evalIndices(asClass, predicted);
        for (Metric metric : Metric.values()) {
            for (int c = 0; c < 3; c++) {
                assertThat(ignoring.mean(metric, c)).isEqualTo(expected.mean(metric, c));
                assertThat(ignoredClass.mean(metric, c)).isEqualTo(expected.mean(metric, c));
            }
            assertThat(ignoredClass.mean(metric, 3)).isNaN();
        }
    }

    @Test
    void missingClassesAreInfiniteAndCounted() {
        INDArray none = Nd4j.zeros(DataType.INT32, 1, 6, 6);
        INDArray one = none.dup();
        one.putScalar(0, 2, 2, 1);
        INDArray moved = none.dup();
        moved.putScalar(0, 2, 5, 1);
        SurfaceEvaluation evaluation = new SurfaceEvaluation(3);
        evaluation.evalIndices(one, moved);
        evaluation.evalIndices(one, none);
        evaluation.evalIndices(none, none);
        assertThat(evaluation.images()).isEqualTo(3);
        assertThat(evaluation.images(1)).isEqualTo(2);
        assertThat(evaluation.missing(1)).isEqualTo(1);
        assertThat(evaluation.mean(Metric.HAUSDORFF, 1)).isInfinite();
        assertThat(evaluation.finiteMean(Metric.HAUSDORFF, 1)).isEqualTo(3);
        assertThat(evaluation.mean(Metric.SURFACE_DICE, 1)).isZero();
        assertThat(evaluation.mean(Metric.HAUSDORFF)).isInfinite();
        assertThat(evaluation.meanOfImages(Metric.HAUSDORFF)).isInfinite();
        assertThat(evaluation.mean(Metric.HAUSDORFF, 2)).isNaN();
        assertThat(evaluation.images(2)).isZero();
        assertThat(evaluation.stats()).contains("infinite").contains("images").doesNotContain("NaN");
        assertThat(new SurfaceEvaluation(2).mean(Metric.HAUSDORFF)).isNaN();
        assertThat(new SurfaceEvaluation(2).meanOfImages(Metric.BOUNDARY_IOU)).isNaN();
    }

    @Test
    void partsMergeIntoTheWhole() {
        INDArray truth = blobs(5, 8, 9, 3);
        INDArray predicted = blobs(5, 8, 9, 3);
        SurfaceEvaluation whole = new SurfaceEvaluation(3).tolerance(2);
        whole.evalIndices(truth, predicted);
        SurfaceEvaluation merged = whole.newInstance();
        for (int n = 0; n < 5; n++) {
            SurfaceEvaluation part = whole.newInstance();
            part.evalIndices(truth.slice(n).reshape(1, 8, 9), predicted.slice(n).reshape(1, 8, 9));
            merged.merge(part);
        }
        assertThat(merged).isEqualTo(whole);
        merged.reset();
        assertThat(merged).isEqualTo(whole.newInstance());
        assertThatIllegalArgumentException().isThrownBy(() -> whole.merge(new SurfaceEvaluation(4)))
                .withMessage("an evaluation of 4 classes cannot be merged into one of 3");
        assertThatIllegalArgumentException().isThrownBy(() -> whole.merge(new SurfaceEvaluation(3)))
                .withMessageContaining("tolerances [1.0]").withMessageContaining("tolerances [2.0]");
    }

    @Test
    void jsonAndStreamsGiveTheSame() throws Exception {
        SurfaceEvaluation evaluation = new SurfaceEvaluation(3).tolerance(1, 2, 3).spacing(0.8, 1.1).percentile(99)
                .ignoreIndex(VOID).includeBackground(false).threshold(0.4).boundaryRatio(0.03);
        evaluation.evalIndices(blobs(2, 8, 9, 3), blobs(2, 8, 9, 3));
        INDArray none = Nd4j.zeros(DataType.INT32, 1, 4, 4);
        evaluation.evalIndices(none.add(1), none);
        assertThat(SurfaceEvaluation.fromJson(evaluation.toJson(), SurfaceEvaluation.class)).isEqualTo(evaluation);
        assertThat(SurfaceEvaluation.fromYaml(evaluation.toYaml(), SurfaceEvaluation.class)).isEqualTo(evaluation);
        assertThat(JavaSerialisation.roundTrip(evaluation)).isEqualTo(evaluation);
        SurfaceEvaluation plain = new SurfaceEvaluation(2);
        assertThat(SurfaceEvaluation.fromJson(plain.toJson(), SurfaceEvaluation.class)).isEqualTo(plain);
        String wrong = plain.toJson().replaceFirst("\"images\" : 0", "\"images\" : -1");
        assertThatThrownBy(() -> SurfaceEvaluation.fromJson(wrong, SurfaceEvaluation.class))
                .hasStackTraceContaining("-1 images were counted");
    }

    @Test
    void metricsAreAskedForByName() {
        SurfaceEvaluation evaluation = new SurfaceEvaluation(3);
        evaluation.evalIndices(blobs(2, 8, 9, 3), blobs(2, 8, 9, 3));
        for (Metric metric : Metric.values()) {
            assertThat(evaluation.getValue(metric)).isEqualTo(evaluation.mean(metric));
            assertThat(metric.minimize())
                    .isEqualTo(metric != Metric.SURFACE_DICE && metric != Metric.BOUNDARY_IOU);
            assertThat(metric.getEvaluationClass()).isEqualTo(SurfaceEvaluation.class);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.getValue(Evaluation.Metric.F1))
                .withMessageContaining("is no metric of SurfaceEvaluation");
    }

    @Test
    void badInputIsNamedAndNothingIsAdded() {
        SurfaceEvaluation evaluation = new SurfaceEvaluation(3);
        INDArray labels = blobs(2, 8, 9, 3);
        INDArray bad = labels.dup();
        bad.putScalar(1, 2, 3, 7);
        SurfaceEvaluation empty = new SurfaceEvaluation(3);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.evalIndices(bad, labels))
                .withMessageContaining("1 label is outside 0..2; the first is 7 at example 1, pixel 21");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.evalIndices(labels, bad))
                .withMessageContaining("at example 1, pixel 21");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> evaluation.evalIndices(labels, labels.reshape(2, 9, 8)))
                .withMessage("true classes [2, 8, 9] do not match predicted classes [2, 9, 8]");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.eval(labels.reshape(2, 72),
                        Nd4j.rand(2, 3, 72), null, List.of()))
                .withMessageContaining("predictions [2, 3, 72] are no images [N, C, H, W]");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.eval(labels, Nd4j.rand(2, 4, 8, 9), null,
                        List.of()))
                .withMessage("predictions have 4 channels, but 3 classes are evaluated");
        INDArray nan = Nd4j.rand(2, 3, 8, 9).putScalar(new int[] {1, 0, 0, 0}, Double.NaN);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.eval(labels, nan, null, List.of()))
                .withMessageContaining("1 prediction is not a number");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SurfaceEvaluation(3).spacing(1, 1, 1).evalIndices(labels, labels))
                .withMessageContaining("does not fit the sizes [8, 9]");
        assertThat(evaluation).isEqualTo(empty);
        assertThatIllegalArgumentException().isThrownBy(() -> new SurfaceEvaluation(1))
                .withMessageContaining("classes is 1");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.tolerance(1, 2))
                .withMessage("2 tolerances for 3 classes: give one, or one for each");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.spacing(1))
                .withMessageContaining("needs two numbers for images or three for volumes");
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.mean(Metric.HAUSDORFF, 3))
                .withMessage("class 3 is outside 0..2");
        evaluation.evalIndices(labels, labels);
        assertThatIllegalArgumentException().isThrownBy(() -> evaluation.percentile(99))
                .withMessage("2 images have been measured by other settings; set them before the first image");
    }
}
