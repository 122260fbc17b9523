package org.segloss4j.internal.morphology;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Edges, boundaries and dilations are those of plain loops over the neighbours of each element. */
class BoundariesTest {

    @ParameterizedTest
    @MethodSource("org.segloss4j.internal.morphology.Masks#all")
    void areThoseOfTheNeighbours(Masks.Case masked) {
        boolean[] edge = Boundaries.edge(masked.mask(), masked.grid());
        boolean[] dilated = Boundaries.dilated(masked.mask(), masked.grid());
        for (int p = 0; p < edge.length; p++) {
            int[] at = Masks.coordinates(masked.grid(), p);
            boolean all = true;
            boolean any = false;
            for (int axis = 0; axis < at.length; axis++) {
                for (int step = -1; step <= 1; step += 2) {
                    at[axis] += step;
                    all &= Masks.isSet(masked, at);
                    any |= Masks.isSet(masked, at);
                    at[axis] -= step;
                }
            }
            assertThat(edge[p]).as("edge at " + p).isEqualTo(masked.mask()[p] && !all);
            assertThat(dilated[p]).as("dilation at " + p).isEqualTo(masked.mask()[p] || any);
        }
    }

    @ParameterizedTest
    @MethodSource("org.segloss4j.internal.morphology.Masks#all")
    void innerBoundariesAreWhatErosionsRemove(Masks.Case masked) {
        boolean[] eroded = masked.mask();
        for (int width = 1; width <= 3; width++) {
            eroded = eroded(new Masks.Case(eroded, masked.grid()));
            boolean[] inner = Boundaries.inner(masked.mask(), masked.grid(), width);
            for (int p = 0; p < inner.length; p++) {
                assertThat(inner[p]).as("width " + width + " at " + p).isEqualTo(masked.mask()[p] && !eroded[p]);
            }
        }
    }

    /** One erosion by the square, or cube, of three elements. */
    private static boolean[] eroded(Masks.Case masked) {
        boolean[] eroded = new boolean[masked.mask().length];
        int cube = (int) Math.pow(3, masked.grid().rank());
        for (int p = 0; p < eroded.length; p++) {
            boolean all = true;
            for (int k = 0; k < cube; k++) {
                int[] at = Masks.coordinates(masked.grid(), p);
                for (int axis = 0, rest = k; axis < at.length; axis++, rest /= 3) {
                    at[axis] += rest % 3 - 1;
                }
                all &= Masks.isSet(masked, at);
            }
            eroded[p] = all;
        }
        return eroded;
    }
}
