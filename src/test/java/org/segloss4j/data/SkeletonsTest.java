package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Tubed skeletons of labels. */
class SkeletonsTest {

    /** A bar of two classes, 5 pixels high. */
    private static final int[][] BAR = {
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0},
        {0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0},
        {0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0},
        {0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0},
        {0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0},
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}};

    private static INDArray bar() {
        return Nd4j.createFromArray(new int[][][] {BAR});
    }

    /** The line is that of {@code skeletonize(method="lee")}, scikit-image 0.26.0. */
    @Test
    void classesShareOneLine() {
        INDArray line = Skeletons.ofClasses(3).dilations(0).labels(bar());
        assertThat(line.dataType()).isEqualTo(DataType.INT32);
        assertThat(line).isEqualTo(Nd4j.createFromArray(new int[][][] {{
            {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
            {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
            {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
            {0, 0, 1, 1, 1, 1, 2, 2, 2, 0, 0},
            {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
            {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
            {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}}));
    }

    @Test
    void twoDilationsStayInTheMask() {
        INDArray tube = Skeletons.ofClasses(3).labels(bar()).slice(0);
        INDArray line = Skeletons.ofClasses(3).dilations(0).labels(bar()).slice(0);
        for (int y = 0; y < 7; y++) {
            for (int x = 0; x < 11; x++) {
                boolean near = false;
                for (int v = 0; v < 7; v++) {
                    for (int u = 0; u < 11; u++) {
                        near |= line.getInt(v, u) > 0 && Math.abs(v - y) + Math.abs(u - x) <= 2;
                    }
                }
                assertThat(tube.getInt(y, x)).as(y + ", " + x).isEqualTo(near ? BAR[y][x] : 0);
            }
        }
    }

    @Test
    void mapsAreTheLabelsOneHotButForTheBackground() {
        INDArray maps = Skeletons.ofClasses(3).maps(bar()).slice(0);
        INDArray tube = Skeletons.ofClasses(3).labels(bar()).slice(0);
        assertThat(maps.shape()).containsExactly(3, 7, 11);
        assertThat(maps.slice(0).sumNumber().doubleValue()).isZero();
        for (int c = 1; c < 3; c++) {
            assertThat(maps.slice(c)).isEqualTo(tube.eq(c).castTo(DataType.FLOAT));
        }
        INDArray packed = Skeletons.ofClasses(3).packed(bar()).slice(0);
        assertThat(packed.slice(0)).isEqualTo(bar().slice(0).castTo(DataType.FLOAT));
        assertThat(packed.slice(2)).isEqualTo(maps.slice(1));
        INDArray foreground = bar().gt(0).castTo(DataType.INT32);
        assertThat(Skeletons.ofClasses(1).maps(foreground).slice(0).slice(0))
                .isEqualTo(tube.gt(0).castTo(DataType.FLOAT));
    }

    @Test
    void voidPixelsAreNoPartOfTheMask() {
        INDArray labels = bar();
        INDArray withVoid = labels.dup();
        for (int y = 0; y < 7; y++) {
            withVoid.putScalar(0, y, 0, 255);
        }
        assertThat(Skeletons.ofClasses(3).ignoreIndex(255).maps(withVoid))
                .isEqualTo(Skeletons.ofClasses(3).maps(labels));
    }

    @Test
    void slicesOfAVolumeCanBeImages() {
        int[] plain = {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
        INDArray volume = Nd4j.create(DataType.INT32, 1, 3, 7, 11);
        for (int z = 0; z < 3; z++) {
            for (int y = 1; y < 6; y++) {
                for (int x = 0; x < 11; x++) {
                    volume.putScalar(new int[] {0, z, y, x}, plain[x]);
                }
            }
        }
        INDArray slices = Skeletons.ofClasses(2).dilations(0).sliceWise().labels(volume);
        INDArray whole = Skeletons.ofClasses(2).dilations(0).labels(volume);
        for (int z = 0; z < 3; z++) {
            assertThat(slices.slice(0).slice(z)).isEqualTo(Skeletons.ofClasses(2).dilations(0)
                    .labels(volume.slice(0).slice(z).reshape(1, 7, 11)).slice(0));
        }
        assertThat(whole.slice(0).slice(0).sumNumber().intValue()).isZero();
        assertThat(whole.slice(0).slice(1).sumNumber().intValue()).isPositive();
        assertThat(Skeletons.ofClasses(2).maps(volume).shape()).containsExactly(1, 2, 3, 7, 11);
    }

    @Test
    void badInputIsNamed() {
        assertThatIllegalArgumentException().isThrownBy(() -> Skeletons.ofClasses(3).dilations(-1))
                .withMessage("dilations is -1, but must be at least 0");
        assertThatIllegalArgumentException().isThrownBy(() -> Skeletons.ofClasses(2).labels(bar()))
                .withMessageContaining("20 labels are outside 0..1; the first is 2 at example 0, pixel 17");
    }
}
