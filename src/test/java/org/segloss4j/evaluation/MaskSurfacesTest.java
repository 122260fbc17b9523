package org.segloss4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Surface metrics are those of plain loops over all pairs of edge pixels. MONAI's own numbers: MonaiSurfacesTest. */
class MaskSurfacesTest {

    /** A mask that is read by its coordinates; false outside of the image. */
    private record Volume(boolean[] mask, int depth, int height, int width) {

        boolean at(int z, int y, int x) {
            return z >= 0 && z < depth && y >= 0 && y < height && x >= 0 && x < width
                    && mask[(z * height + y) * width + x];
        }

        /** The coordinates of the edge pixels. */
        List<int[]> edge(boolean flat) {
            List<int[]> edge = new ArrayList<>();
            for (int z = 0; z < depth; z++) {
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        boolean inner = at(z, y - 1, x) && at(z, y + 1, x) && at(z, y, x - 1) && at(z, y, x + 1)
                                && (flat || at(z - 1, y, x) && at(z + 1, y, x));
                        if (at(z, y, x) && !inner) {
                            edge.add(new int[] {z, y, x});
                        }
                    }
                }
            }
            return edge;
        }

        /** Whether a pixel is set and has one that is not set, or the outside, in a square or cube around it. */
        boolean isBoundary(int z, int y, int x, int reach, boolean flat) {
            for (int dz = flat ? 0 : -reach; dz <= (flat ? 0 : reach); dz++) {
                for (int dy = -reach; dy <= reach; dy++) {
                    for (int dx = -reach; dx <= reach; dx++) {
                        if (!at(z + dz, y + dy, x + dx)) {
                            return at(z, y, x);
                        }
                    }
                }
            }
            return false;
        }
    }

    private static double[] distances(List<int[]> from, List<int[]> to, double[] spacing) {
        double[] distances = new double[from.size()];
        for (int k = 0; k < distances.length; k++) {
            double least = Double.POSITIVE_INFINITY;
            for (int[] other : to) {
                double sum = 0;
                for (int axis = 0; axis < 3; axis++) {
                    double step = spacing[axis] * (from.get(k)[axis] - other[axis]);
                    sum += step * step;
                }
                least = Math.min(least, Math.sqrt(sum));
            }
            distances[k] = least;
        }
        Arrays.sort(distances);
        return distances;
    }

    /** The number that a share of the others lies below, on the line between its neighbours in the order. */
    private static double quantile(double[] sorted, double share) {
        double rank = share * (sorted.length - 1);
        double below = sorted[(int) Math.floor(rank)];
        double above = sorted[(int) Math.ceil(rank)];
        return below + (rank - Math.floor(rank)) * (above - below);
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1, .5", "0, 1, 23, .6", "0, 23, 1, .6", "0, 9, 13, .2", "0, 12, 11, .8", "0, 2, 2, .5",
        "1, 1, 1, .5", "1, 7, 8, .7", "6, 1, 9, .5", "5, 7, 6, .3", "4, 6, 7, .9", "11, 1, 1, .7"})
    void areThoseOfAllPairs(int depth, int height, int width, double share) {
        boolean flat = depth == 0;
        Random random = new Random(depth * 31L + height * 7L + width);
        int[] sizes = flat ? new int[] {height, width} : new int[] {depth, height, width};
        for (int round = 0; round < 6; round++) {
            double[] spacing = {1, 0.5 + random.nextDouble(), 0.5 + 2 * random.nextDouble()};
            int pixels = Math.max(1, depth) * height * width;
            boolean[] predicted = random(random, pixels, share);
            boolean[] truth = random(random, pixels, round < 3 ? share : share / 4);
            predicted[0] = true;
            truth[pixels - 1] = true;
            MaskSurfaces surfaces = MaskSurfaces.ofPrediction(predicted).andTruth(truth, sizes,
                    flat ? new double[] {spacing[1], spacing[2]} : spacing);
            Volume p = new Volume(predicted, Math.max(1, depth), height, width);
            Volume t = new Volume(truth, Math.max(1, depth), height, width);
            double[] fromP = distances(p.edge(flat), t.edge(flat), spacing);
            double[] fromT = distances(t.edge(flat), p.edge(flat), spacing);
            double[] both = new double[fromP.length + fromT.length];
            System.arraycopy(fromP, 0, both, 0, fromP.length);
            System.arraycopy(fromT, 0, both, fromP.length, fromT.length);
            assertThat(surfaces.isOneSided()).isFalse();
            for (double percent : new double[] {1, 50, 95, 99.5, 100}) {
                assertThat(surfaces.hausdorff(percent)).isCloseTo(Math.max(quantile(fromP, percent / 100),
                        quantile(fromT, percent / 100)), within(1e-9));
                assertThat(surfaces.directedHausdorff(percent))
                        .isCloseTo(quantile(fromP, percent / 100), within(1e-9));
            }
            assertThat(surfaces.hausdorff()).isCloseTo(Arrays.stream(both).max().orElseThrow(), within(1e-12));
            assertThat(surfaces.averageSymmetricDistance())
                    .isCloseTo(Arrays.stream(both).average().orElseThrow(), within(1e-12));
            assertThat(surfaces.averageDistance())
                    .isCloseTo(Arrays.stream(fromP).average().orElseThrow(), within(1e-12));
            for (double tolerance : new double[] {0, 0.7, 1, 2.2}) {
                assertThat(surfaces.surfaceDice(tolerance)).isCloseTo(
                        Arrays.stream(both).filter(d -> d <= tolerance).count() / (double) both.length, within(1e-12));
            }
            for (int reach = 1; reach < 4; reach++) {
                assertThat(surfaces.boundaryIouOfWidth(reach)).isEqualTo(boundaryIou(p, t, reach, flat));
            }
        }
    }

    private static double boundaryIou(Volume p, Volume t, int reach, boolean flat) {
        double intersection = 0;
        double union = 0;
        for (int z = 0; z < p.depth(); z++) {
            for (int y = 0; y < p.height(); y++) {
                for (int x = 0; x < p.width(); x++) {
                    boolean a = p.isBoundary(z, y, x, reach, flat);
                    boolean b = t.isBoundary(z, y, x, reach, flat);
                    intersection += a && b ? 1 : 0;
                    union += a || b ? 1 : 0;
                }
            }
        }
        return intersection / union;
    }

    private static boolean[] random(Random random, int pixels, double share) {
        boolean[] mask = new boolean[pixels];
        for (int k = 0; k < pixels; k++) {
            mask[k] = random.nextDouble() < share;
        }
        return mask;
    }

    @Test
    void emptyMasksAreToldFromAbsentOnes() {
        boolean[] none = new boolean[12];
        boolean[] all = new boolean[12];
        Arrays.fill(all, true);
        int[] sizes = {3, 4};
        MaskSurfaces empty = MaskSurfaces.ofPrediction(none).andTruth(none, sizes);
        assertThat(new double[] {empty.surfaceDice(1), empty.hausdorff(), empty.hausdorff(95),
            empty.directedHausdorff(95), empty.averageDistance(), empty.averageSymmetricDistance(),
            empty.boundaryIou(0.02)}).containsOnly(Double.NaN);
        for (MaskSurfaces one : List.of(MaskSurfaces.ofPrediction(none).andTruth(all, sizes),
                MaskSurfaces.ofPrediction(all).andTruth(none, sizes))) {
            assertThat(one.isOneSided()).isTrue();
            assertThat(new double[] {one.hausdorff(), one.hausdorff(95), one.directedHausdorff(95),
                one.averageDistance(), one.averageSymmetricDistance()}).containsOnly(Double.POSITIVE_INFINITY);
            assertThat(new double[] {one.surfaceDice(1e9), one.boundaryIou(0.02)}).containsOnly(0);
        }
        MaskSurfaces full = MaskSurfaces.ofPrediction(all).andTruth(all, sizes);
        assertThat(new double[] {full.hausdorff(), full.averageSymmetricDistance()}).containsOnly(0);
        assertThat(new double[] {full.surfaceDice(0), full.boundaryIou(0.02)}).containsOnly(1);
    }

    /** 3 · 0.1 is more than 0.3 in double. */
    @Test
    void aToleranceOfWholeStepsHoldsThem() {
        boolean[] predicted = {true, false, false, false};
        boolean[] truth = {false, false, false, true};
        MaskSurfaces surfaces = MaskSurfaces.ofPrediction(predicted).andTruth(truth, new int[] {1, 4}, 0.1, 0.1);
        assertThat(surfaces.hausdorff()).isGreaterThan(0.3);
        assertThat(surfaces.surfaceDice(0.3)).isEqualTo(1);
        assertThat(surfaces.surfaceDice(0.29999)).isZero();
    }

    /**
     * The values of {@code mask_to_boundary} of bowenc0221/boundary-iou-api 37d2558, with the erosion of scipy 1.17.1
     * in place of that of OpenCV: two discs, of which the second one may leave the image. The last width is 2.5, which
     * is rounded to 2.
     */
    @ParameterizedTest
    @CsvSource({"48, 64, 0.02, 0.1746031746031746", "48, 64, 0.05, 0.2935323383084577",
        "20, 30, 0.02, 0.11940298507462686", "125, 25, 0.02, 0.24382716049382716",
        "24, 24, 0.04, 0.11278195488721804", "30, 40, 0.05, 0.1746031746031746"})
    void boundaryIouIsThatOfItsAuthors(int height, int width, double ratio, double expected) {
        boolean[] predicted = disc(height, width, height / 2, width / 2, 9);
        boolean[] truth = disc(height, width, height / 2 + 2, width / 2 + 3, 12);
        assertThat(MaskSurfaces.ofPrediction(predicted).andTruth(truth, new int[] {height, width}, 3, 0.5)
                .boundaryIou(ratio)).isCloseTo(expected, within(1e-12));
    }

    private static boolean[] disc(int height, int width, int y, int x, int radius) {
        boolean[] mask = new boolean[height * width];
        for (int p = 0; p < mask.length; p++) {
            int dy = p / width - y;
            int dx = p % width - x;
            mask[p] = dy * dy + dx * dx <= radius * radius;
        }
        return mask;
    }

    @Test
    void badInputIsNamed() {
        boolean[] mask = new boolean[6];
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSurfaces.ofPrediction(mask).andTruth(new boolean[5], new int[] {2, 3}))
                .withMessage("a predicted mask of 6 pixels and a true one of 5 do not fit the sizes [2, 3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSurfaces.ofPrediction(mask).andTruth(mask, new int[] {6}))
                .withMessage("sizes are [6], but must be [H, W] or [D, H, W]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MaskSurfaces.ofPrediction(mask).andTruth(mask, new int[] {2, 3}, 1))
                .withMessageContaining("it needs one number for each axis");
        MaskSurfaces surfaces = MaskSurfaces.ofPrediction(mask).andTruth(mask, new int[] {2, 3});
        for (double bad : new double[] {0, 100.5, -1, Double.NaN}) {
            assertThatIllegalArgumentException().isThrownBy(() -> surfaces.hausdorff(bad))
                    .withMessage("percentile is " + bad + ", but must be above 0 and at most 100");
        }
        for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException().isThrownBy(() -> surfaces.surfaceDice(bad))
                    .withMessage("tolerance is " + bad + ", but must be finite and at least 0");
        }
        for (double bad : new double[] {0, 1.1, Double.NaN}) {
            assertThatIllegalArgumentException().isThrownBy(() -> surfaces.boundaryIou(bad))
                    .withMessageContaining("boundary ratio is " + bad);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> surfaces.boundaryIouOfWidth(0))
                .withMessage("boundary width is 0, but must be at least 1");
    }
}
