package org.segloss4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.JavaSerialisation;
import org.segloss4j.data.MaskImage;

class ClassCountsTest {

    static final int VOID = 9;

    /** Two images of 2x3 pixels, 3 classes; class 2 only in the second, void in both. */
    static final int[][] IMAGES = {{0, 0, 1, 1, 1, VOID}, {0, 2, 2, VOID, VOID, 0}};

    static final ClassCounts EXPECTED = new ClassCounts(VOID, 2, 3, List.of(
            new ClassCount(4, 2, 5 + 4, 1 + 2), new ClassCount(3, 1, 5, 1), new ClassCount(2, 1, 4, 2)));

    static INDArray indices(DataType type) {
        INDArray labels = Nd4j.createUninitialized(type, 2, 2, 3);
        for (int n = 0; n < 2; n++) {
            for (int s = 0; s < 6; s++) {
                labels.putScalar(new long[] {n, s / 3, s % 3}, IMAGES[n][s]);
            }
        }
        return labels;
    }

    static INDArray oneHot(DataType type) {
        INDArray labels = Nd4j.zeros(type, 2, 3, 2, 3);
        for (int n = 0; n < 2; n++) {
            for (int s = 0; s < 6; s++) {
                if (IMAGES[n][s] != VOID) {
                    labels.putScalar(new long[] {n, IMAGES[n][s], s / 3, s % 3}, 1);
                }
            }
        }
        return labels;
    }

    @Test
    void countsByHand() {
        ClassCounts counts = new ClassCounts(3, VOID).add(MaskImage.of(3, 2, IMAGES[0]))
                .add(MaskImage.of(3, 2, IMAGES[1]));
        assertThat(counts).isEqualTo(EXPECTED).hasSameHashCodeAs(EXPECTED);
        assertThat(counts.classes()).isEqualTo(3);
        assertThat(counts.images()).isEqualTo(2);
        assertThat(counts.total()).isEqualTo(9);
        assertThat(counts.voidPixels()).isEqualTo(3);
        assertThat(counts.ignoreIndex()).isEqualTo(VOID);
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"UBYTE", "BYTE", "SHORT", "UINT16", "INT", "UINT32", "LONG", "UINT64"})
    void countsIndicesOfEveryIntegerType(DataType type) {
        assertThat(new ClassCounts(3, VOID).add(indices(type))).isEqualTo(EXPECTED);
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"FLOAT", "DOUBLE", "HALF", "BFLOAT16", "BOOL"})
    void countsOneHotLabelsOfEveryType(DataType type) {
        assertThat(new ClassCounts(3, VOID).add(oneHot(type))).isEqualTo(EXPECTED);
    }

    @Test
    void readsViewsAndAnyOrder() {
        INDArray padded = Nd4j.create(DataType.INT32, 3, 4, 5);
        padded.get(NDArrayIndex.interval(1, 3), NDArrayIndex.interval(1, 3), NDArrayIndex.interval(2, 5))
                .assign(indices(DataType.INT32));
        INDArray view = padded.get(NDArrayIndex.interval(1, 3), NDArrayIndex.interval(1, 3),
                NDArrayIndex.interval(2, 5));
        assertThat(new ClassCounts(3, VOID).addIndices(view)).isEqualTo(EXPECTED);
        assertThat(new ClassCounts(3, VOID).addIndices(indices(DataType.INT32).dup('f'))).isEqualTo(EXPECTED);
        INDArray channelsLast = oneHot(DataType.FLOAT).permute(0, 2, 3, 1).dup('c');
        assertThat(new ClassCounts(3, VOID).addOneHot(channelsLast.permute(0, 3, 1, 2))).isEqualTo(EXPECTED);
        INDArray examplesLast = oneHot(DataType.FLOAT).permute(1, 2, 3, 0).dup('c');
        assertThat(new ClassCounts(3, VOID).addOneHot(examplesLast.permute(3, 0, 1, 2))).isEqualTo(EXPECTED);
        assertThat(new ClassCounts(3, VOID).add(indices(DataType.INT32).reshape(2, 1, 2, 3))).isEqualTo(EXPECTED);
    }

    @Test
    void asksWhenIntegersCouldBeEither() {
        INDArray labels = oneHot(DataType.INT32);
        assertThatIllegalArgumentException().isThrownBy(() -> new ClassCounts(3, VOID).add(labels))
                .withMessage("labels INT [2, 3, 2, 3] can be read as class indices and as one-hot of 3 classes:"
                        + " use addIndices or addOneHot");
        assertThat(new ClassCounts(3, VOID).addOneHot(labels)).isEqualTo(EXPECTED);
        assertThat(new ClassCounts(3, VOID).addIndices(labels).total()).isEqualTo(36);
    }

    @Test
    void anIgnoredClassIsVoid() {
        ClassCounts counts = new ClassCounts(3, 1).add(MaskImage.of(3, 1, 0, 1, 1));
        assertThat(counts.perClass()).containsExactly(new ClassCount(1, 1, 1, 2), ClassCount.NONE, ClassCount.NONE);
        INDArray oneHot = Nd4j.createFromArray(new float[][][] {{{1, 0, 0}, {0, 1, 1}, {0, 0, 0}}});
        assertThat(new ClassCounts(3, 1).add(oneHot)).isEqualTo(counts);
        assertThat(new ClassCounts(3, null).add(oneHot).perClass().get(1).pixels()).isEqualTo(2);
    }

    @Test
    void anIgnoredValueInOneHotLabelsIsVoid() {
        INDArray oneHot = Nd4j.createFromArray(new float[][][] {{{1, -1, 0}, {0, -1, 1}}});
        assertThat(new ClassCounts(2, -1).add(oneHot).voidPixels()).isEqualTo(1);
        assertThatIllegalArgumentException().isThrownBy(() -> new ClassCounts(2, null).add(oneHot))
                .withMessageContaining("1 label is outside 0..1; the first is -1.0 in channel 0")
                .withMessageEndingWith("at example 0, pixel 1");
    }

    @Test
    void namesBadLabelsAndTheirPlace() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassCounts(3, null).addIndices(indices(DataType.INT32)))
                .withMessage("3 labels are outside 0..2; the first is 9 at example 0, pixel 5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassCounts(2, VOID).add(MaskImage.of(3, 2, IMAGES[1])))
                .withMessage("2 labels are outside 0..1 and not the ignored 9; the first is 2 at (x 1, y 0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassCounts(2, null).addIndices(
                        Nd4j.createFromArray(new long[][][] {{{0, 1L << 32}}})))
                .withMessageContaining("4294967296");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassCounts(1, null).addIndices(
                        Nd4j.createFromArray(new int[][][] {{{0, 1}}, {{1, 0}}})))
                .withMessage("2 labels are outside 0..0; the first is 1 at example 0, pixel 1");
    }

    @Test
    void refusesWhatIsNotOneHot() {
        ClassCounts none = new ClassCounts(2, null);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> none.add(Nd4j.createFromArray(new double[][][] {{{1, 0.5}, {0, 0.5}}})))
                .withMessageContaining("0.5 in channel 0").withMessageContaining("example 0, pixel 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> none.add(Nd4j.createFromArray(new double[][][] {{{1, 1}, {0, 1}}})))
                .withMessageContaining("a second 1 (channels 0 and 1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> none.add(Nd4j.createFromArray(new double[][][] {{{1, Double.NaN}, {0, 0}}})))
                .withMessageContaining("NaN in channel 0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "FLOAT | labels FLOAT [2, 4, 5] are neither one-hot [N, 3, *] nor class indices [N, *] of an integer type",
        "BOOL  | labels BOOL [2, 4, 5] are neither one-hot [N, 3, *] nor class indices [N, *] of an integer type"})
    void refusesOtherShapes(DataType type, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassCounts(3, null).add(Nd4j.zeros(type, 2, 4, 5))).withMessage(message);
    }

    @Test
    void refusesFloatingPointIndicesAndVectors() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassCounts(3, null).addIndices(Nd4j.zeros(DataType.FLOAT, 2, 4)))
                .withMessageContaining("integer type such as");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassCounts(3, null).add(Nd4j.zeros(DataType.INT32, 4)))
                .withMessageContaining("need an axis of examples");
    }

    /** [H, W] would be H images of W pixels, whose median-frequency weights are others than those of one image. */
    @Test
    void asksWhetherRankTwoIsOneImage() {
        INDArray image = Nd4j.createFromArray(new int[][] {{0, 0}, {0, 0}, {0, 0}, {0, 1}, {0, 1}, {1, 2}});
        String message = "labels INT [6, 2] may be one image or 6 rows of pixels: reshape one image to [1, 6, 2], or"
                + " one row for each example to [6, 1, 2]";
        ClassCounts none = new ClassCounts(3, null);
        assertThatIllegalArgumentException().isThrownBy(() -> none.add(image)).withMessage(message);
        assertThatIllegalArgumentException().isThrownBy(() -> none.addIndices(image)).withMessage(message);
        assertThat(none.add(image.reshape(1, 6, 2)).images()).isEqualTo(1);
        assertThat(none.add(image.reshape(6, 1, 2)).images()).isEqualTo(6);
    }

    @Test
    void partsMergedAreTheWhole() {
        Random random = new Random(5);
        for (int trial = 0; trial < 50; trial++) {
            int classes = 1 + random.nextInt(6);
            Integer ignore = random.nextBoolean() ? null : random.nextInt(classes + 1);
            int most = ignore != null && ignore == classes ? classes + 1 : classes;
            ClassCounts none = new ClassCounts(classes, ignore);
            List<MaskImage> masks = new ArrayList<>();
            ClassCounts together = none;
            for (int k = random.nextInt(7); k > 0; k--) {
                int width = 1 + random.nextInt(5);
                int height = 1 + random.nextInt(5);
                masks.add(MaskImage.of(width, height, random.ints(width * height, 0, most).toArray()));
                together = together.add(masks.get(masks.size() - 1));
            }
            int cut = random.nextInt(masks.size() + 1);
            ClassCounts left = masks.subList(0, cut).stream().map(none::add).reduce(none, ClassCounts::merge);
            ClassCounts right = masks.subList(cut, masks.size()).parallelStream().map(none::add)
                    .reduce(none, ClassCounts::merge);
            assertThat(left.merge(right)).isEqualTo(together).isEqualTo(right.merge(left));
            assertThat(together.total() + together.voidPixels())
                    .isEqualTo(masks.stream().mapToLong(m -> (long) m.width() * m.height()).sum());
            assertThat(ClassCounts.fromJson(together.toJson())).isEqualTo(together);
        }
    }

    @Test
    void countsBeyond32Bits() {
        ClassCounts large = new ClassCounts(null, 1, 0, List.of(new ClassCount(3_000_000_000L, 1, 3_000_000_000L, 0)));
        assertThat(large.merge(large).total()).isEqualTo(6_000_000_000L);
    }

    @Test
    void addingLeavesTheOldCountsAlone() {
        ClassCounts none = new ClassCounts(3, VOID);
        ClassCounts one = none.add(MaskImage.of(3, 2, IMAGES[0]));
        assertThat(none).isEqualTo(new ClassCounts(3, VOID)).isNotEqualTo(one);
        assertThatThrownBy(() -> one.perClass().set(0, ClassCount.NONE))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void refusesToMergeOtherClasses() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassCounts(3, VOID).merge(new ClassCounts(3, null)))
                .withMessage("cannot merge counts of 3 classes, ignoring 9, with counts of 3 classes, ignoring null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClassCounts(3, VOID).merge(new ClassCounts(2, VOID)));
    }

    @Test
    void survivesJsonAndJavaSerialisation() throws Exception {
        assertThat(ClassCounts.fromJson(EXPECTED.toJson())).isEqualTo(EXPECTED);
        assertThat(EXPECTED).hasToString(EXPECTED.toJson());
        assertThat(JavaSerialisation.roundTrip(EXPECTED)).isEqualTo(EXPECTED);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"{}", "[]", "{\"images\":1.5,\"perClass\":[{}]}",
        "{\"ignoreIndex\":2.7,\"perClass\":[{}]}", "{\"ignoreIndex\":\"255\",\"perClass\":[{}]}",
        "{\"images\":1,\"perClass\":[{\"pixels\":1.5,\"images\":1,\"imagePixels\":2}]}",
        "{\"images\":1,\"perClass\":[{\"pixels\":9,\"images\":2,\"imagePixels\":9}]}", "{\"perClass\":[null]}",
        "{\"perClass\":[]}",
        "{\"perClass\":[{\"pixels\":-1,\"images\":0,\"imagePixels\":0,\"imageVoidPixels\":0}]}",
        "{\"perClass\":[{\"pixels\":1,\"images\":2,\"imagePixels\":1,\"imageVoidPixels\":0}]}"})
    void refusesContradictoryJson(String json) {
        assertThatIllegalArgumentException().isThrownBy(() -> ClassCounts.fromJson(json))
                .withMessageStartingWith("not class counts in JSON");
    }

    @Test
    void refusesNoClasses() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ClassCounts(0, null))
                .withMessage("there must be at least 1 class to count");
    }
}
