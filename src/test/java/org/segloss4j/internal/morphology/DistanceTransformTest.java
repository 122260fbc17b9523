package org.segloss4j.internal.morphology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Distances are those of plain loops over all pairs of elements. */
class DistanceTransformTest {

    @ParameterizedTest
    @MethodSource("org.segloss4j.internal.morphology.Masks#all")
    void isThatOfAllPairs(Masks.Case masked) {
        double[] squared = DistanceTransform.squared(masked.mask(), masked.grid());
        boolean whole = Arrays.stream(masked.grid().spacing()).allMatch(step -> step == 1);
        for (int p = 0; p < squared.length; p++) {
            double expected = nearest(masked, p);
            if (whole || Double.isInfinite(expected)) {
                assertThat(squared[p]).as("element " + p).isEqualTo(expected);
            } else {
                assertThat(squared[p]).as("element " + p).isCloseTo(expected, within(1e-13 * expected));
            }
        }
    }

    private static double nearest(Masks.Case masked, int p) {
        int[] from = Masks.coordinates(masked.grid(), p);
        double least = Double.POSITIVE_INFINITY;
        for (int q = 0; q < masked.mask().length; q++) {
            if (masked.mask()[q]) {
                int[] to = Masks.coordinates(masked.grid(), q);
                double sum = 0;
                for (int axis = 0; axis < from.length; axis++) {
                    double step = (from[axis] - to[axis]) * masked.grid().spacing()[axis];
                    sum += step * step;
                }
                least = Math.min(least, sum);
            }
        }
        return least;
    }

    /** Squares of distances beyond 4096 are no longer exact in float. */
    @Test
    void isExactOverLongLines() {
        boolean[] mask = new boolean[3 * 100_003];
        mask[5] = true;
        mask[3 * 100_003 - 1] = true;
        double[] squared = DistanceTransform.squared(mask, Grid.of(3, 100_003));
        Random random = new Random(1);
        for (int k = 0; k < 1000; k++) {
            int p = random.nextInt(mask.length);
            long y = p / 100_003;
            long x = p % 100_003;
            long first = y * y + (x - 5) * (x - 5);
            long last = (2 - y) * (2 - y) + (100_002 - x) * (100_002 - x);
            assertThat(squared[p]).isEqualTo(Math.min(first, last));
        }
    }

    @Test
    void refusesWhatIsNoGrid() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Grid(new int[] {2, 3}, new double[] {1}))
                .withMessage("spacing [1.0] does not fit the sizes [2, 3]: it needs one number for each axis");
        for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException().isThrownBy(() -> new Grid(new int[] {2, 3}, new double[] {1, bad}))
                    .withMessage("spacing [1.0, " + bad + "] holds " + bad + ", but must be positive and finite");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Grid.of(2, 0)).withMessageContaining("hold no element");
        assertThatIllegalArgumentException().isThrownBy(() -> Grid.of(1 << 16, 1 << 16))
                .withMessageContaining("more than 2^31 elements");
    }
}
