package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.evaluation.SurfaceEvaluation.Metric;

/**
 * Values of the test tables of Project-MONAI/MONAI d388d1c: tests/metrics/test_hausdorff_distance.py,
 * test_surface_distance.py and test_surface_dice.py, those that are Euclidean and do not use subvoxels.
 */
class MonaiSurfacesTest {

    private static final int SIZE = 99;
    private static final double[] ONES = {1, 1, 1};
    private static final double[] SPACING = {0.85, 1.2, 0.9};

    /** A ball in a cube of 99 voxels along each axis, centre and radius in the unit of the spacing. */
    private static boolean[] ball(double radius, int y, int x, int z, double[] spacing) {
        boolean[] mask = new boolean[SIZE * SIZE * SIZE];
        for (int p = 0; p < mask.length; p++) {
            double dy = p / SIZE / SIZE * spacing[0] - y;
            double dx = p / SIZE % SIZE * spacing[1] - x;
            double dz = p % SIZE * spacing[2] - z;
            mask[p] = dx * dx + dy * dy + dz * dz <= radius * radius;
        }
        return mask;
    }

    private static MaskSurfaces surfaces(boolean[] predicted, boolean[] truth, double[] spacing) {
        return MaskSurfaces.ofPrediction(predicted).andTruth(truth, new int[] {SIZE, SIZE, SIZE}, spacing);
    }

    @ParameterizedTest
    @CsvSource({
        "20, 49 49 49, 20, 49 49 49, false, 100, 0, 0",
        "20, 20 20 20, 20, 19 19 19, false, 100, 1.7320508075688772, 1.7320508075688772",
        "33, 19 33 22, 33, 20 33 22, false, 100, 1, 1",
        "20, 20 33 22, 40, 20 33 22, false, 100, 20.09975124224178, 20.223748416156685",
        "20, 20 33 22, 40, 20 33 22, false, 95, 19.924858845171276, 20.09975124224178",
        "20, 20 20 20, 20, 19 19 19, true, 100, 2.0808651447296143, 2.2671568",
        "15, 20 33 22, 30, 20 33 22, true, 100, 15.439640998840332, 15.62594"})
    void hausdorffDistances(double radius, String centre, double trueRadius, String trueCentre, boolean spaced,
                            double percentile, double directed, double symmetric) {
        MaskSurfaces surfaces = surfaces(ball(radius, centre, spaced), ball(trueRadius, trueCentre, spaced),
                spaced ? SPACING : ONES);
        assertThat(surfaces.directedHausdorff(percentile)).isCloseTo(directed, within(1e-6 * directed));
        assertThat(surfaces.hausdorff(percentile)).isCloseTo(symmetric, within(1e-6 * symmetric));
    }

    @ParameterizedTest
    @CsvSource({
        "20, 49 49 49, 20, 49 49 49, false, 0, 0",
        "33, 19 33 22, 33, 20 33 22, false, 0.350217, 0.3483278807706289",
        "20, 20 33 22, 40, 20 33 22, false, 15.117741, 12.040033513150455",
        "33, 42 45 52, 33, 43 45 52, true, 0.4951, 0.4951"})
    void averageSurfaceDistances(double radius, String centre, double trueRadius, String trueCentre, boolean spaced,
                                 double symmetric, double directed) {
        MaskSurfaces surfaces = surfaces(ball(radius, centre, spaced), ball(trueRadius, trueCentre, spaced),
                spaced ? SPACING : ONES);
        // The last row of the table is written with four digits; MONAI compares by 1e-5 of the value.
        assertThat(surfaces.averageSymmetricDistance()).isCloseTo(symmetric, within(1e-5 * symmetric));
        assertThat(surfaces.averageDistance()).isCloseTo(directed, within(1e-5 * directed));
    }

    private static boolean[] ball(double radius, String centre, boolean spaced) {
        String[] at = centre.split(" ");
        return ball(radius, Integer.parseInt(at[0]), Integer.parseInt(at[1]), Integer.parseInt(at[2]),
                spaced ? SPACING : ONES);
    }

    @Test
    void missingMasksAreInfinitelyFar() {
        boolean[] ball = ball(40, 20, 33, 22, ONES);
        boolean[] none = new boolean[ball.length];
        for (MaskSurfaces surfaces : new MaskSurfaces[] {surfaces(none, ball, ONES), surfaces(ball, none, ONES)}) {
            assertThat(surfaces.hausdorff()).isInfinite();
            assertThat(surfaces.directedHausdorff(100)).isInfinite();
            assertThat(surfaces.averageSymmetricDistance()).isInfinite();
            assertThat(surfaces.averageDistance()).isInfinite();
        }
        assertThat(surfaces(none, none, SPACING).hausdorff()).isNaN();
        assertThat(surfaces(none, none, SPACING).averageDistance()).isNaN();
    }

    private static INDArray mask(IntPredicate isOne, int... sizes) {
        int[] mask = new int[sizes[0] * sizes[1] * (sizes.length > 2 ? sizes[2] : 1)];
        for (int p = 0; p < mask.length; p++) {
            mask[p] = isOne.test(p) ? 1 : 0;
        }
        long[] shape = sizes.length > 2 ? new long[] {1, sizes[0], sizes[1], sizes[2]}
                : new long[] {1, sizes[0], sizes[1]};
        return Nd4j.createFromArray(mask).reshape(shape);
    }

    /** Two images: half planes that lie 10 pixels apart, and one without class 1 on either side. */
    private static SurfaceEvaluation halfPlanes(double tolerance, double... spacing) {
        SurfaceEvaluation evaluation = new SurfaceEvaluation(2).tolerance(tolerance);
        if (spacing.length > 0) {
            evaluation.spacing(spacing);
        }
        evaluation.evalIndices(mask(p -> p % 640 >= 60, 480, 640), mask(p -> p % 640 >= 50, 480, 640));
        return evaluation;
    }

    @Test
    void surfaceDiceOfHalfPlanes() {
        double background = 1 - (478 + 480 + 9 * 2) / (480 * 4 + 48 * 2 + 58 * 2.0);
        double foreground = 1 - (478 + 480 + 9 * 2) / (480 * 4 + 588 * 2 + 578 * 2.0);
        for (double[] spacing : new double[][] {{}, {0.85, 1.2}}) {
            SurfaceEvaluation exact = halfPlanes(0, spacing);
            assertThat(exact.mean(Metric.SURFACE_DICE, 0)).isCloseTo(background, within(1e-12));
            assertThat(exact.mean(Metric.SURFACE_DICE, 1)).isCloseTo(foreground, within(1e-12));
            exact.evalIndices(mask(p -> false, 480, 640), mask(p -> false, 480, 640));
            assertThat(exact.mean(Metric.SURFACE_DICE, 0)).isCloseTo((background + 1) / 2, within(1e-12));
            assertThat(exact.mean(Metric.SURFACE_DICE, 1)).isCloseTo(foreground, within(1e-12));
            assertThat(exact.meanOfImages(Metric.SURFACE_DICE))
                    .isCloseTo(((background + foreground) / 2 + 1) / 2, within(1e-12));
        }
        double last = -1;
        for (double tolerance : new double[] {0, 1, 9, 10, 11}) {
            double dice = halfPlanes(tolerance, 0.85, 1.2).mean(Metric.SURFACE_DICE, 1);
            assertThat(dice).isGreaterThan(last).isLessThan(1);
            last = dice;
        }
        assertThat(halfPlanes(12, 0.85, 1.2).mean(Metric.SURFACE_DICE)).isEqualTo(1);
        assertThat(halfPlanes(10).mean(Metric.SURFACE_DICE)).isEqualTo(1);
        assertThat(halfPlanes(9).mean(Metric.SURFACE_DICE)).isLessThan(1);
    }

    @Test
    void surfaceDiceOfHalfSpaces() {
        SurfaceEvaluation evaluation = new SurfaceEvaluation(2).tolerance(0);
        evaluation.evalIndices(mask(p -> p % 80 >= 30, 200, 110, 80), mask(p -> p % 80 >= 20, 200, 110, 80));
        int wrong = 200 * 110 + 198 * 108 + 9 * 200 * 2 + 9 * 108 * 2;
        assertThat(evaluation.mean(Metric.SURFACE_DICE, 1)).isCloseTo(
                1 - wrong / (200 * 110 * 4 + (58 + 48) * 200 * 2 + (58 + 48) * 108 * 2.0), within(1e-12));
        assertThat(evaluation.mean(Metric.SURFACE_DICE, 0)).isCloseTo(
                1 - wrong / (200 * 110 * 4 + (28 + 18) * 200 * 2 + (28 + 18) * 108 * 2.0), within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 12, 6", "2.8, 5.5, 3, 4", "3, 6, 1, 2"})
    void surfaceDiceOfShortLines(double background, double foreground, int wrong, int wrongOnes) {
        INDArray predicted = mask(p -> p % 10 == 1 && p / 10 >= 1 && p / 10 < 4, 10, 10);
        INDArray truth = mask(p -> p % 10 == 6 && p / 10 >= 5 && p / 10 < 8, 10, 10);
        SurfaceEvaluation evaluation = new SurfaceEvaluation(2).tolerance(background, foreground);
        evaluation.evalIndices(truth, predicted);
        assertThat(evaluation.mean(Metric.SURFACE_DICE, 0)).isCloseTo(1 - wrong / (36 * 2 + 8 + 4.0), within(1e-12));
        assertThat(evaluation.mean(Metric.SURFACE_DICE, 1)).isCloseTo(1 - wrongOnes / 6.0, within(1e-12));
    }

    @Test
    void surfaceDiceOfAbsentClasses() {
        INDArray square = mask(p -> p / 80 >= 10 && p / 80 < 20 && p % 80 >= 10 && p % 80 < 20, 80, 80);
        SurfaceEvaluation evaluation = new SurfaceEvaluation(4);
        evaluation.evalIndices(square.mul(2), square);
        assertThat(evaluation.mean(Metric.SURFACE_DICE, 0)).isEqualTo(1);
        assertThat(evaluation.mean(Metric.SURFACE_DICE, 1)).isZero();
        assertThat(evaluation.mean(Metric.SURFACE_DICE, 2)).isZero();
        assertThat(evaluation.mean(Metric.SURFACE_DICE, 3)).isNaN();
        assertThat(evaluation.meanOfImages(Metric.SURFACE_DICE)).isCloseTo(1 / 3.0, within(1e-15));
        SurfaceEvaluation foreground = new SurfaceEvaluation(4).includeBackground(false);
        foreground.evalIndices(square.mul(2).castTo(DataType.UINT8), square);
        assertThat(foreground.meanOfImages(Metric.SURFACE_DICE)).isZero();
        assertThat(foreground.mean(Metric.SURFACE_DICE, 0)).isNaN();
    }
}
