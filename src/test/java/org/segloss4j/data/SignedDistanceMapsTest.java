package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Signed distances are those of plain loops and of the code that the boundary loss was published with. */
class SignedDistanceMapsTest {

    private static final int[][][] LABELS = {{
        {0, 0, 0, 0, 0, 0},
        {0, 1, 1, 1, 0, 0},
        {0, 1, 1, 1, 0, 2},
        {0, 1, 1, 1, 2, 2}}};

    private static final double ROOT2 = Math.sqrt(2);
    private static final double ROOT5 = Math.sqrt(5);

    private static INDArray labels() {
        return Nd4j.createFromArray(LABELS);
    }

    private static void assertClose(INDArray actual, double[][] expected) {
        for (int y = 0; y < expected.length; y++) {
            for (int x = 0; x < expected[y].length; x++) {
                assertThat(actual.getDouble(y, x)).as(y + ", " + x).isCloseTo(expected[y][x], within(1e-6));
            }
        }
    }

    /** Values of {@code one_hot2dist} of LIVIAETS/boundary-loss 171c32d with scipy 1.17.1. */
    @Test
    void areThoseOfThePublishedCode() {
        INDArray maps = SignedDistanceMaps.ofClasses(4).maps(labels());
        assertThat(maps.shape()).containsExactly(1, 4, 4, 6);
        assertThat(maps.dataType()).isEqualTo(DataType.FLOAT);
        assertClose(maps.slice(0).slice(0), new double[][] {
            {1 - ROOT2, 0, 0, 0, 1 - ROOT2, -1},
            {0, 1, 1, 1, 0, 0},
            {0, 1, 2, 1, 0, 1},
            {0, 1, 2, ROOT2, 1, ROOT2}});
        assertClose(maps.slice(0).slice(1), new double[][] {
            {ROOT2, 1, 1, 1, ROOT2, ROOT5},
            {1, 0, 0, 0, 1, 2},
            {1, 0, -1, 0, 1, 2},
            {1, 0, -1, 0, 1, 2}});
        assertThat(maps.slice(0).slice(2).getDouble(0, 0)).isEqualTo(5);
        assertThat(maps.slice(0).slice(2).getDouble(0, 1)).isCloseTo(4.242640687, within(1e-6));
        assertThat(maps.slice(0).slice(2).getDouble(3, 5)).isCloseTo(1 - ROOT2, within(1e-6));
        assertThat(maps.slice(0).slice(3)).isEqualTo(Nd4j.zeros(DataType.FLOAT, 4, 6));
        assertClose(SignedDistanceMaps.ofClasses(3).spacing(2, 1.5).maps(labels()).slice(0).slice(1), new double[][] {
            {2.5, 2, 2, 2, 2.5, 3.605551275},
            {1.5, -0.5, -1, -0.5, 1.5, 3},
            {1.5, -0.5, -2, -0.5, 1.5, 3},
            {1.5, -0.5, -2, -0.5, 1.5, 3}});
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 9, false", "1, 9, 1, false", "1, 7, 8, true", "5, 4, 6, false", "4, 6, 5, true",
        "1, 1, 1, false"})
    void areThoseOfAllPairs(int depth, int height, int width, boolean voids) {
        Random random = new Random(depth * 100 + height * 10 + width);
        double[] spacing = {0.4 + random.nextDouble(), 1.7, 0.6};
        int[] values = random.ints((long) depth * height * width, 0, 4).toArray();
        INDArray labels = Nd4j.createFromArray(values).reshape(1, 1, depth, height, width);
        SignedDistanceMaps settings = SignedDistanceMaps.ofClasses(voids ? 3 : 4).spacing(spacing);
        INDArray maps = (voids ? settings.ignoreIndex(3) : settings).maps(labels);
        int classes = voids ? 3 : 4;
        assertThat(maps.shape()).containsExactly(1, classes, depth, height, width);
        double step = Math.min(1, Math.min(spacing[0], spacing[2]));
        for (int c = 0; c < classes; c++) {
            double[] map = maps.slice(0).slice(c).ravel().toDoubleVector();
            for (int p = 0; p < values.length; p++) {
                double toClass = Double.POSITIVE_INFINITY;
                double toOthers = Double.POSITIVE_INFINITY;
                for (int q = 0; q < values.length; q++) {
                    double dz = spacing[0] * (p / width / height - q / width / height);
                    double dy = spacing[1] * (p / width % height - q / width % height);
                    double dx = spacing[2] * (p % width - q % width);
                    double distance = Math.sqrt(dz * dz + dy * dy + dx * dx);
                    if (values[q] == c) {
                        toClass = Math.min(toClass, distance);
                    } else if (values[q] < classes) {
                        toOthers = Math.min(toOthers, distance);
                    }
                }
                boolean none = Double.isInfinite(toClass) || Double.isInfinite(toOthers) || values[p] >= classes;
                assertThat(map[p]).as("class " + c + " at " + p)
                        .isCloseTo(none ? 0 : values[p] == c ? step - toOthers : toClass, within(1e-5));
            }
        }
    }

    @Test
    void aClassThatFillsTheImageHasNoBorder() {
        INDArray maps = SignedDistanceMaps.ofClasses(2).maps(Nd4j.ones(DataType.UINT8, 2, 5, 5));
        assertThat(maps).isEqualTo(Nd4j.zeros(DataType.FLOAT, 2, 2, 5, 5));
    }

    @Test
    void normalisedMapsReachFromMinusOneToOne() {
        INDArray maps = SignedDistanceMaps.ofClasses(4).normalised().maps(labels()).slice(0);
        INDArray plain = SignedDistanceMaps.ofClasses(4).maps(labels()).slice(0);
        for (int c = 0; c < 3; c++) {
            assertThat(maps.slice(c).maxNumber().doubleValue()).isEqualTo(1);
            assertThat(maps.slice(c).minNumber().doubleValue()).isEqualTo(-1);
        }
        assertThat(maps.slice(3)).isEqualTo(plain.slice(3));
        assertThat(maps.getDouble(2, 0, 1)).isCloseTo(plain.getDouble(2, 0, 1) / 5, within(1e-6));
        assertThat(maps.getDouble(0, 0, 0)).isCloseTo(1 - ROOT2, within(1e-6));
    }

    @Test
    void oneClassIsTheLabel1OfASingleChannel() {
        INDArray labels = Nd4j.createFromArray(new int[][][][] {{{{0, 1, 1}, {0, 1, 1}}}});
        INDArray one = SignedDistanceMaps.ofClasses(1).maps(labels);
        assertThat(one.shape()).containsExactly(1, 1, 2, 3);
        assertThat(one.slice(0).slice(0)).isEqualTo(SignedDistanceMaps.ofClasses(2).maps(labels).slice(0).slice(1));
    }

    @Test
    void packedArraysHoldTheLabelsFirst() {
        INDArray labels = Nd4j.createFromArray(new int[][][] {{{0, 1}, {255, 1}}, {{1, 1}, {0, 0}}});
        SignedDistanceMaps distances = SignedDistanceMaps.ofClasses(2).ignoreIndex(255);
        INDArray packed = distances.packed(labels);
        assertThat(packed.shape()).containsExactly(2, 3, 2, 2);
        assertThat(packed.dataType()).isEqualTo(DataType.FLOAT);
        for (int n = 0; n < 2; n++) {
            assertThat(packed.slice(n).slice(0)).isEqualTo(labels.slice(n).castTo(DataType.FLOAT));
            for (int c = 0; c < 2; c++) {
                assertThat(packed.slice(n).slice(1 + c)).isEqualTo(distances.maps(labels).slice(n).slice(c));
            }
        }
    }

    @Test
    void viewsAndChannelAxesAreRead() {
        INDArray labels = labels();
        INDArray view = labels.permute(0, 2, 1).dup('c').permute(0, 2, 1);
        SignedDistanceMaps distances = SignedDistanceMaps.ofClasses(3);
        assertThat(distances.maps(view)).isEqualTo(distances.maps(labels));
        assertThat(distances.maps(labels.reshape(1, 1, 4, 6))).isEqualTo(distances.maps(labels));
        assertThat(distances.maps(labels.castTo(DataType.UINT8))).isEqualTo(distances.maps(labels));
        INDArray slice = distances.maps(labels.reshape(1, 1, 1, 4, 6));
        assertThat(slice.shape()).containsExactly(1, 3, 1, 4, 6);
        assertThat(slice.reshape(1, 3, 4, 6)).isEqualTo(distances.maps(labels));
    }

    @Test
    void badInputIsNamed() {
        SignedDistanceMaps distances = SignedDistanceMaps.ofClasses(2);
        assertThatIllegalArgumentException().isThrownBy(() -> distances.maps(labels()))
                .withMessageContaining("3 labels are outside 0..1; the first is 2 at example 0, pixel 17");
        assertThatIllegalArgumentException().isThrownBy(() -> distances.maps(labels().castTo(DataType.FLOAT)))
                .withMessage("labels FLOAT [1, 4, 6] must be of an integer type such as INT32, INT64 or UINT8");
        assertThatIllegalArgumentException().isThrownBy(() -> distances.maps(labels().reshape(4, 6)))
                .withMessageContaining("labels [4, 6] are no images [N, H, W]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SignedDistanceMaps.ofClasses(3).spacing(1, 1, 1).maps(labels()))
                .withMessageContaining("spacing [1.0, 1.0, 1.0] does not fit the sizes [4, 6]");
        assertThatIllegalArgumentException().isThrownBy(() -> distances.spacing(1, -1))
                .withMessageContaining("holds -1.0, but must be positive");
        assertThatIllegalArgumentException().isThrownBy(() -> SignedDistanceMaps.ofClasses(0))
                .withMessage("classes is 0, but must be at least 1");
        assertThatIllegalArgumentException().isThrownBy(() -> distances.maps(null))
                .withMessage("labels must not be null");
    }
}
