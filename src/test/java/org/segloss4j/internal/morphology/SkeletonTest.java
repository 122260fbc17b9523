package org.segloss4j.internal.morphology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Skeletons are thin, keep how the mask hangs together, and are those of scikit-image. */
class SkeletonTest {

    /** An image and, as #, its skeleton by {@code skeletonize(method="lee")} of scikit-image 0.26.0. */
    private static final String IMAGE = """
            .........oo.......oooooooo..............
            .........#o......oooooooooo.............
            .........#oo.....oooooooooooo...........
            .........o#ooo..ooooo###oooooo..........
            .........oo###oooooo#ooooooo............
            o.........oooo####o#ooooooo.............
            ooo........oo...oo#ooooooo..............
            oooo............oo#ooooo................
            ooooo...........oo#oooo.....oo..........
            o#oooo.....ooo.oo#ooooo....ooo..........
            oooooo....ooooooo#oooo....ooooo...o.....
            oooooo....oooooo#ooo......ooooo..ooo....
            oo........ooooo#oo........ooooo..o#o....
            ..........oo###ooo........o###oooo#o....
            #.........oooooooo......oo#ooo####o#oooo
            #.........oooooooo......##oooooooooo####
            """;

    /** The five slices of a volume, of 9 lines each, with the skeleton by the same function. */
    private static final String VOLUME = """
            ...ooooo.....oooooo..ooo
            ...ooooo....ooooooo..ooo
            ...oo###....ooooooo....o
            ..oo#ooo#oooooooooo...oo
            oooooo...#ooooooooo..ooo
            ooooo....o#oooo...oo.ooo
            ooooo...oooooo....oooooo
            ooooo..ooooooo...ooooooo
            oooo....oooooo...oooooo.
            ....ooo......ooooo..oooo
            ....o#o......oooooo.oooo
            ...ooooo....oo###oo..ooo
            .ooooo....ooo#ooo#o..ooo
            ooo#o.....ooo#ooo#o..ooo
            ooooo.....oooooooooo.ooo
            ooooo....oo#ooo..ooooooo
            ooooo...oooooo...ooooooo
            ooooo...ooooo....oooooo.
            ....oooo.....ooooo..oooo
            .....o#o....ooooooo###oo
            oooo....o..o#ooooo#ooo#o
            o#ooo......oooooooo..o#o
            oo#oo......ooooooooooooo
            ooooo......o#ooooo#ooooo
            ooooo.....o#ooooooo#oooo
            oooooo....ooo......ooooo
            .oooo....oooo......oooo.
            ooo..ooooo.oooo....ooooo
            o#o...o##o.ooooooo..oooo
            o#o....ooo.#oo.ooo..oooo
            oooo.......oo...oo...ooo
            oooo......ooo....oo.oo#o
            ooooo.....oooo...o#ooo#o
            oooooo....oooo..ooooo#oo
            oooooo....oo#o..o..o#ooo
            .ooooo....oooo.....ooooo
            ooo..ooooooooo.....oooo.
            ooo...ooo##ooo......ooo.
            oo.....ooo..oo..o....ooo
            ooo........oo........ooo
            .ooo......ooo.....o.oooo
            ooooo.....oooo...ooooooo
            oooooo....oooo..o#oooooo
            ooooooo...ooo#..#o.ooooo
            .oooooo...oooo##oo.ooooo
            """;

    private static boolean[] mask(String picture) {
        return Masks.picture(picture.replace('o', '#')).mask();
    }

    private static boolean[] skeleton(String picture) {
        return Masks.picture(picture).mask();
    }

    @Test
    void ofAnImageIsThatOfScikitImage() {
        boolean[] thinned = Skeleton.of(mask(IMAGE), Grid.of(16, 40));
        assertThat(Masks.picture(thinned, 40)).isEqualTo(Masks.picture(skeleton(IMAGE), 40));
    }

    @Test
    void ofAVolumeIsThatOfScikitImage() {
        boolean[] thinned = Skeleton.of(mask(VOLUME), Grid.of(5, 9, 24));
        assertThat(Masks.picture(thinned, 24)).isEqualTo(Masks.picture(skeleton(VOLUME), 24));
    }

    /** A block of eight vanishes by scikit-image 0.26.0; a part of the mask should be seen in its skeleton. */
    @Test
    void smallPartsKeepAnElement() {
        boolean[] block = new boolean[4 * 4 * 4];
        for (int k = 0; k < 8; k++) {
            block[(1 + k / 4) * 16 + (1 + k / 2 % 2) * 4 + 1 + k % 2] = true;
        }
        boolean[] thinned = Skeleton.of(block, Grid.of(4, 4, 4));
        assertThat(Masks.parts(thinned, Grid.of(4, 4, 4), true)).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("org.segloss4j.internal.morphology.Masks#all")
    void partsAndHolesOfRandomMasksStay(Masks.Case masked) {
        if (masked.grid().rank() == 1) {
            assertThatIllegalArgumentException().isThrownBy(() -> Skeleton.of(masked.mask(), masked.grid()))
                    .withMessageContaining("needs two or three axes, not 1");
            return;
        }
        boolean[] thinned = Skeleton.of(masked.mask(), masked.grid());
        for (int p = 0; p < thinned.length; p++) {
            assertThat(masked.mask()[p] || !thinned[p]).as("is part of the mask at " + p).isTrue();
        }
        assertThat(Masks.parts(thinned, masked.grid(), true))
                .isEqualTo(Masks.parts(masked.mask(), masked.grid(), true));
        assertThat(holes(thinned, masked.grid())).isEqualTo(holes(masked.mask(), masked.grid()));
    }

    /** The parts of what is not set, in a margin that joins all that lies outside. */
    private static int holes(boolean[] mask, Grid grid) {
        int[] sizes = grid.sizes().clone();
        for (int axis = 0; axis < sizes.length; axis++) {
            sizes[axis] += 2;
        }
        Grid wide = Grid.of(sizes);
        boolean[] outside = new boolean[wide.length()];
        Masks.Case masked = new Masks.Case(mask, grid);
        for (int p = 0; p < outside.length; p++) {
            int[] at = Masks.coordinates(wide, p);
            for (int axis = 0; axis < at.length; axis++) {
                at[axis]--;
            }
            outside[p] = !Masks.isSet(masked, at);
        }
        return Masks.parts(outside, wide, false);
    }

    @Test
    void aSecondThinningChangesNothing() {
        Random random = new Random(3);
        boolean[] mask = new boolean[20 * 30];
        for (int p = 0; p < mask.length; p++) {
            mask[p] = random.nextDouble() < 0.7;
        }
        boolean[] once = Skeleton.of(mask, Grid.of(20, 30));
        assertThat(Skeleton.of(once, Grid.of(20, 30))).isEqualTo(once);
    }
}
