package org.segloss4j.internal.morphology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Components are those that a search from each element finds. */
class ConnectedComponentsTest {

    @ParameterizedTest
    @MethodSource("org.segloss4j.internal.morphology.Masks#all")
    void areThePartsOfAMaskAndOfItsComplement(Masks.Case masked) {
        long[] values = IntStream.range(0, masked.mask().length).mapToLong(p -> masked.mask()[p] ? 7 : -1).toArray();
        int[] components = ConnectedComponents.of(values, masked.grid());
        boolean[] complement = new boolean[values.length];
        for (int p = 0; p < values.length; p++) {
            complement[p] = !masked.mask()[p];
            assertThat(components[p]).as("the first element of its component").isLessThanOrEqualTo(p);
            assertThat(values[components[p]]).isEqualTo(values[p]);
            assertThat(components[components[p]]).isEqualTo(components[p]);
        }
        assertThat(Arrays.stream(components).distinct().count())
                .isEqualTo(Masks.parts(masked.mask(), masked.grid(), true)
                        + Masks.parts(complement, masked.grid(), true));
    }

    @Test
    void touchingValuesHaveTheSameComponent() {
        Random random = new Random(4);
        Grid grid = Grid.of(4, 5, 6);
        long[] values = random.longs(grid.length(), 0, 3).toArray();
        int[] components = ConnectedComponents.of(values, grid);
        for (int p = 0; p < values.length; p++) {
            int[] a = Masks.coordinates(grid, p);
            for (int q = 0; q < p; q++) {
                int[] b = Masks.coordinates(grid, q);
                boolean touches = IntStream.range(0, 3).allMatch(axis -> Math.abs(a[axis] - b[axis]) <= 1);
                assertThat(touches && values[p] == values[q] && components[p] != components[q]).isFalse();
            }
        }
    }

    /** A spiral, whose arms are found to be one only where they meet. */
    @Test
    void longWaysRoundAreFollowed() {
        Masks.Case spiral = Masks.picture("""
                #########
                ........#
                #######.#
                #.....#.#
                #.###.#.#
                #.#...#.#
                #.#####.#
                #.......#
                #########
                """);
        long[] values = IntStream.range(0, 81).mapToLong(p -> spiral.mask()[p] ? 1 : 0).toArray();
        assertThat(Arrays.stream(ConnectedComponents.of(values, spiral.grid())).distinct().count()).isEqualTo(2);
    }
}
