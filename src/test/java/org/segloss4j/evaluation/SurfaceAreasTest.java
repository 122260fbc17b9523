package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.internal.morphology.Grid;
import org.segloss4j.internal.morphology.SurfaceElements;

/** Surfaces by area: by hand, by the tests of google-deepmind/surface-distance, and by what that code computes. */
class SurfaceAreasTest {

    /** Pixels [from, to) along each axis are set. */
    private static boolean[] box(int[] sizes, int[] from, int[] to) {
        Grid grid = Grid.of(sizes);
        boolean[] mask = new boolean[grid.length()];
        for (int p = 0; p < mask.length; p++) {
            mask[p] = true;
            for (int axis = 0; axis < sizes.length; axis++) {
                int at = grid.coordinate(p, axis);
                mask[p] &= at >= from[axis] && at < to[axis];
            }
        }
        return mask;
    }

    private static MaskSurfaces surfaces(boolean[] predicted, boolean[] truth, int[] sizes, double... spacing) {
        return MaskSurfaces.ofPrediction(predicted).byArea().andTruth(truth, sizes, spacing);
    }

    private static double area(boolean[] mask, Grid grid) {
        double sum = 0;
        for (double area : SurfaceElements.of(mask, grid).areas()) {
            sum += area;
        }
        return sum;
    }

    /** A rectangle of h by w pixels loses half a pixel of each side at either end, and gains four diagonals. */
    @Test
    void lengthOfARectangle() {
        for (int[] size : new int[][] {{1, 1}, {1, 4}, {3, 2}, {5, 7}}) {
            double diagonal = Math.hypot(0.7, 2) / 2;
            assertThat(area(box(new int[] {9, 9}, new int[] {1, 2}, new int[] {1 + size[0], 2 + size[1]}),
                    new Grid(new int[] {9, 9}, new double[] {0.7, 2}))).isCloseTo(
                    2 * 0.7 * (size[0] - 1) + 2 * 2 * (size[1] - 1) + 4 * diagonal, within(1e-12));
        }
    }

    /** At the border of the image the mask ends, too. */
    @Test
    void areaOfABox() {
        double[] step = {3, 2, 0.5};
        for (int[] size : new int[][] {{1, 1, 1}, {2, 1, 1}, {4, 3, 2}, {5, 5, 5}}) {
            double expected = 0;
            double corner = 0;
            for (int axis = 0; axis < 3; axis++) {
                int b = (axis + 1) % 3;
                int c = (axis + 2) % 3;
                expected += 2 * (size[b] - 1) * step[b] * (size[c] - 1) * step[c];
                // The edges along this axis are cut off between the middles of the steps across.
                expected += 4 * (size[axis] - 1) * step[axis] * Math.hypot(step[b], step[c]) / 2;
                corner += step[b] * step[b] * step[c] * step[c];
            }
            // Each corner is a triangle between three middles.
            expected += 8 * Math.sqrt(corner) / 8;
            assertThat(area(box(new int[] {5, 5, 5}, new int[3], size), new Grid(new int[] {5, 5, 5}, step)))
                    .isCloseTo(expected, within(1e-12));
        }
    }

    /** What is inside and outside may be swapped: a hole has the surface of a body. */
    @Test
    void areaOfAHole() {
        int[] sizes = {12, 11, 10};
        Grid grid = new Grid(sizes, new double[] {1, 2, 0.3});
        boolean[] body = scattered(sizes, 3, 0.4);
        boolean[] outside = new boolean[body.length];
        for (int p = 0; p < body.length; p++) {
            boolean isInside = true;
            for (int axis = 0; axis < 3; axis++) {
                int at = grid.coordinate(p, axis);
                isInside &= at > 0 && at < sizes[axis] - 1;
            }
            body[p] &= isInside;
            outside[p] = !body[p];
        }
        boolean[] full = box(sizes, new int[3], sizes);
        assertThat(area(outside, grid) - area(full, grid)).isCloseTo(area(body, grid), within(1e-9));
    }

    /** test_on_2_pixels_2mm_away and test_two_cubes_shifted_by_one_pixel of the original. */
    @Test
    void agreesWithTheTestsOfTheOriginal() {
        int[] sizes = {128, 128};
        MaskSurfaces two = surfaces(box(sizes, new int[] {50, 72}, new int[] {51, 73}),
                box(sizes, new int[] {50, 70}, new int[] {51, 71}), sizes, 2, 1);
        check(two, 1.5, 2, 0.5);
        int[] volume = {60, 70, 80};
        check(surfaces(box(volume, new int[] {50, 60, 72}, new int[] {51, 61, 73}),
                box(volume, new int[] {50, 60, 70}, new int[] {51, 61, 71}), volume, 3, 2, 1), 1.5, 2, 0.5);
        int[] cube = {100, 100, 100};
        boolean[] predicted = box(cube, new int[3], new int[] {51, 100, 100});
        boolean[] truth = box(cube, new int[3], new int[] {50, 100, 100});
        MaskSurfaces shifted = surfaces(predicted, truth, cube, 2, 1, 1);
        check(shifted, 0.339, 2, 0.836);
        assertThat(surfaces(truth, predicted, cube, 2, 1, 1).averageDistance()).isCloseTo(0.322, within(5e-4));
    }

    private static void check(MaskSurfaces surfaces, double average, double hausdorff, double diceAtOne) {
        assertThat(surfaces.averageDistance()).isCloseTo(average, within(5e-4));
        assertThat(surfaces.hausdorff()).isEqualTo(hausdorff);
        assertThat(surfaces.hausdorff(95)).isEqualTo(hausdorff);
        assertThat(surfaces.surfaceDice(1)).isCloseTo(diceAtOne, within(5e-4));
    }

    /** Pixels that are spread by a hash of their index. */
    private static boolean[] scattered(int[] sizes, long seed, double share) {
        boolean[] mask = new boolean[Grid.of(sizes).length()];
        for (int p = 0; p < mask.length; p++) {
            long hash = p * 2654435761L + seed * 40503 & 0xFFFFFFFFL;
            hash = (hash ^ hash >> 15) * 2246822519L & 0xFFFFFFFFL;
            mask[p] = hash >> 16 < (long) (share * 65536);
        }
        return mask;
    }

    /** What the code of surface-distance 57c1e2c computes of such masks. */
    static Stream<Arguments> recorded() {
        return Stream.of(
                Arguments.of(new int[] {9, 7}, new double[] {1, 1}, 0.5, 1.5, new double[] {0.9933798431950576, 2, 1,
                    0, 0.15685424949238017, 0.3356826993110951, 0.25524907743812053}),
                Arguments.of(new int[] {12, 17}, new double[] {0.8, 2.5}, 0.7, 1.2, new double[] {0.9622418814877789,
                    2.4000000000000004, 1.6, 0, 0.15593785532618235, 0.24628543131192226, 0.2029246248003702}),
                Arguments.of(new int[] {17, 5}, new double[] {3, 1}, 0.2, 1.5, new double[] {0.8158782937865243,
                    4.242640687119285, 3.1622776601683795, 1, 0.5513473482615106, 0.7870826643701173,
                    0.6798121701740211}),
                Arguments.of(new int[] {6, 5, 7}, new double[] {1, 1, 1}, 0.5, 1.5, new double[] {1,
                    1.4142135623730951, 1, 0, 0.030299169311996846, 0.05831009800497074, 0.04436862935026436}),
                Arguments.of(new int[] {8, 9, 10}, new double[] {3, 2, 1}, 0.7, 1.5, new double[] {0.9973489431463703,
                    2, 0, 0, 0.03032338271670527, 0.04049386005863368, 0.035607374381830606}),
                Arguments.of(new int[] {5, 9, 6}, new double[] {0.7, 1.3, 2.9}, 0.25, 1.05, new double[] {
                    0.9084454824712399, 2.6925824035672523, 1.3, 0, 0.20730410753684173, 0.2897528798118681,
                    0.25082811213458006}));
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void isWhatTheOriginalComputes(int[] sizes, double[] spacing, double share, double tolerance, double[] expected) {
        boolean[] truth = scattered(sizes, 1, share);
        boolean[] predicted = scattered(sizes, 2, share);
        MaskSurfaces one = surfaces(predicted, truth, sizes, spacing);
        MaskSurfaces other = surfaces(truth, predicted, sizes, spacing);
        assertThat(new double[] {one.surfaceDice(tolerance), one.hausdorff(), one.hausdorff(95), one.hausdorff(60),
            other.averageDistance(), one.averageDistance(), one.averageSymmetricDistance()})
                .containsExactly(expected, within(1e-12));
        assertThat(other.surfaceDice(tolerance)).isCloseTo(expected[0], within(1e-12));
        assertThat(one.directedHausdorff(95)).isLessThanOrEqualTo(expected[2]);
    }

    @Test
    void anEvaluationTakesThemIfItIsAsked() {
        int[] sizes = {12, 17};
        boolean[] truth = scattered(sizes, 1, 0.7);
        boolean[] predicted = scattered(sizes, 2, 0.7);
        SurfaceEvaluation evaluation = new SurfaceEvaluation(2).byArea().spacing(0.8, 2.5).tolerance(1.2);
        evaluation.evalIndices(indices(truth), indices(predicted));
        assertThat(evaluation.mean(SurfaceEvaluation.Metric.SURFACE_DICE, 1)).isCloseTo(0.9622418814877789,
                within(1e-12));
        assertThat(evaluation.mean(SurfaceEvaluation.Metric.HAUSDORFF_PERCENTILE, 1)).isCloseTo(1.6, within(1e-12));
        assertThat(SurfaceEvaluation.fromJson(evaluation.toJson(), SurfaceEvaluation.class)).isEqualTo(evaluation);
        SurfaceEvaluation edges = new SurfaceEvaluation(2).spacing(0.8, 2.5).tolerance(1.2);
        edges.evalIndices(indices(truth), indices(predicted));
        assertThat(edges.mean(SurfaceEvaluation.Metric.SURFACE_DICE, 1)).isNotCloseTo(0.9622418814877789,
                within(1e-3));
        assertThat(edges.toJson()).as("as earlier versions wrote it").doesNotContain("byArea");
        assertThat(evaluation.stats()).endsWith("surfaces count by area\n");
        assertThat(edges.stats()).doesNotContain("area");
        String before = edges.toJson();
        assertThatThrownBy(() -> edges.merge(evaluation)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("byArea true").hasMessageContaining("byArea false");
        assertThat(edges.toJson()).isEqualTo(before);
        assertThatThrownBy(edges::byArea).isInstanceOf(IllegalArgumentException.class);
        assertThat(evaluation.byArea().newInstance().stats()).as("may be said twice").contains("by area");
    }

    private static INDArray indices(boolean[] mask) {
        int[] classes = new int[mask.length];
        for (int p = 0; p < mask.length; p++) {
            classes[p] = mask[p] ? 1 : 0;
        }
        return Nd4j.createFromArray(classes).castTo(DataType.INT32).reshape(1, 12, 17);
    }

    @Test
    void emptyMasksHaveTheValuesOfEdges() {
        int[] sizes = {4, 4, 4};
        boolean[] none = new boolean[64];
        boolean[] some = box(sizes, new int[] {1, 1, 1}, new int[] {3, 3, 3});
        assertThat(surfaces(none, none, sizes).surfaceDice(1)).isNaN();
        assertThat(surfaces(none, some, sizes).surfaceDice(1)).isZero();
        assertThat(surfaces(some, none, sizes).hausdorff()).isInfinite();
        assertThat(surfaces(some, none, sizes).averageSymmetricDistance()).isInfinite();
        assertThat(surfaces(some, some, sizes).surfaceDice(0)).isEqualTo(1);
    }
}
