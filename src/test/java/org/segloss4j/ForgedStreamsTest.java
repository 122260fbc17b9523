package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.segloss4j.dl4j.SegmentationLossLayer;
import org.segloss4j.evaluation.PanopticEvaluation;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.evaluation.SurfaceEvaluation;
import org.segloss4j.internal.nd4j.RowOrder;
import org.segloss4j.weights.ClassCounts;

/** Java streams that no object of ours wrote are refused as constructors refuse their arguments. */
class ForgedStreamsTest {

    /** What a stream holds in an evaluation's place. */
    private static Class<?> storedEvaluation(String name) throws ClassNotFoundException {
        return Class.forName("org.segloss4j.evaluation.Stored" + name);
    }

    /** What a stream holds in an object's place, of any values. */
    private static Object stored(Class<?> owner, Object... values) throws ReflectiveOperationException {
        if (owner.getSimpleName().startsWith("Stored")) {
            Constructor<?> constructor = owner.getDeclaredConstructors()[0];
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        }
        for (Class<?> inner : owner.getDeclaredClasses()) {
            if (inner.getSimpleName().equals("Stored")) {
                Constructor<?> constructor = inner.getDeclaredConstructors()[0];
                constructor.setAccessible(true);
                return constructor.newInstance(values);
            }
        }
        throw new AssertionError(owner + " has no stored form");
    }

    /** Counts of that many classes, all 0. */
    private static ClassCounts none(int classes) {
        return ClassCounts.fromJson("{\"perClass\":[" + String.join(",", Collections.nCopies(classes, "{}")) + "]}");
    }

    private static byte[] bytes(Object value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }
        return bytes.toByteArray();
    }

    private static Object read(byte[] bytes) throws IOException, ClassNotFoundException {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return in.readObject();
        }
    }

    private static void refused(String message, Class<?> owner, Object... values) throws Exception {
        byte[] bytes = bytes(stored(owner, values));
        assertThatThrownBy(() -> read(bytes)).as(owner + " " + List.of(message))
                .isInstanceOf(InvalidObjectException.class).hasMessageContaining(message);
    }

    @Test
    void losses() throws Exception {
        Class<?> loss = SegmentationLoss.class;
        List<Map<String, Object>> dice = List.of(Map.of("kind", "DICE", "coefficient", 1.0));
        assertThat(read(bytes(stored(loss, "dice_loss", dice, null, null)))).isEqualTo(Losses.dice());
        refused("has no terms", loss, "a", List.of(), null, null);
        refused("has no terms", loss, "a", null, null, null);
        refused("needs a name", loss, " ", dice, null, null);
        refused("term is null", loss, "a", Collections.singletonList(null), null, null);
        refused("has the kind 0", loss, "a", List.of(Map.of("kind", 0)), null, null);
        refused("coefficient is NaN", loss, "a", List.of(Map.of("kind", "DICE", "coefficient", Double.NaN)), null,
                null);
        refused("smooth is -1.0", loss, "a", List.of(Map.of("kind", "DICE", "smooth", -1.0)), null, null);
    }

    @Test
    void rows() throws Exception {
        byte[] bytes = bytes(new RowOrder(0x1234567, false));
        byte[] forged = replaced(bytes, new byte[] {0, 0, 0, 0, 1, 0x23, 0x45, 0x67}, new byte[8]);
        assertThatThrownBy(() -> read(forged)).isInstanceOf(InvalidObjectException.class)
                .hasMessageContaining("pixelsPerExample is 0");
    }

    @Test
    void layers() throws Exception {
        SegmentationLossLayer layer = new SegmentationLossLayer.Builder(Losses.dice()).build();
        assertThat(read(bytes(layer))).isEqualTo(layer);
        for (String name : List.of("lossFunction", "activation")) {
            SegmentationLossLayer broken = new SegmentationLossLayer.Builder(Losses.dice()).build();
            Field field = SegmentationLossLayer.class.getDeclaredField(name);
            field.setAccessible(true);
            field.set(broken, null);
            byte[] bytes = bytes(broken);
            assertThatThrownBy(() -> read(bytes)).isInstanceOf(InvalidObjectException.class)
                    .hasMessage("a SegmentationLossLayer needs a loss and an activation");
        }
    }

    @Test
    void metrics() throws Exception {
        byte[] bytes = bytes(Metrics.iou().threshold(0.25));
        byte[] forged = replaced(bytes, ofDouble(0.25), ofDouble(Double.NaN));
        assertThatThrownBy(() -> read(forged)).isInstanceOf(InvalidObjectException.class)
                .hasMessageContaining("threshold is NaN");
    }

    private static byte[] ofDouble(double value) {
        return ByteBuffer.allocate(Double.BYTES).putDouble(value).array();
    }

    @Test
    void classSums() throws Exception {
        Class<?> sums = ClassSums.class;
        String of = "ignoreIndex null, threshold null;";
        assertThat(read(bytes(stored(sums, sums(0, 1, 2, 0, of, 8))))).isInstanceOf(ClassSums.class);
        refused("0 rows", sums, sums(0, 0, 2, 0, of, 0));
        refused("-1 pixel terms", sums, sums(0, 1, 2, -1, of, 7));
        refused("do not hold 1 rows", sums, sums(0, 1, 2, 0, of, 7));
        refused("do not hold 2 rows", sums, sums(0, 2, 2, 0, of, 16));
        refused("do not hold 65536 rows", sums, sums(1, 1 << 16, 1 << 14, 0, of, 0));
        refused("without their bytes", sums, (Object) null);
        refused("no class sums of this version", sums, (Object) new byte[30]);
    }

    /** A message of class sums, of any numbers. */
    private static byte[] sums(int perImage, int rows, int classes, int terms, String text, int values) {
        byte[] chars = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(22 + chars.length + Double.BYTES * values).put("SUM\1".getBytes(
                StandardCharsets.US_ASCII)).put((byte) perImage).put((byte) 0).putInt(rows).putInt(classes)
                .putInt(terms).putInt(chars.length).put(chars).array();
    }

    @Test
    void evaluations() throws Exception {
        Class<?> evaluation = storedEvaluation("Confusion");
        assertThat(read(bytes(stored(evaluation, 2, new long[4], null, null, 0.5, false, null, null))))
                .isEqualTo(new SegmentationEvaluation(2));
        refused("is negative", evaluation, 2, new long[] {1, 2, -3, 4}, null, null, 0.5, false, null, null);
        refused("counts for 2 classes", evaluation, 2, new long[5], null, null, 0.5, false, null, null);
        refused("exceed", evaluation, 2, new long[] {Long.MAX_VALUE, 1, 0, 0}, null, null, 0.5, false, null, null);
        refused("classes is 1", evaluation, 1, new long[1], null, null, 0.5, false, null, null);
        refused("classes is 46340", evaluation, 46340, null, null, null, 0.5, false, null, null);
        refused("threshold is NaN", evaluation, 2, new long[4], null, null, Double.NaN, false, null, null);
        refused("outside 0..1", evaluation, 2, null, null, null, 0.5, false, List.of(List.of(2)), null);
        refused("class groups hold null", evaluation, 2, null, null, null, 0.5, false,
                Collections.singletonList(null), null);
        refused("class groups hold x", evaluation, 2, null, null, null, 0.5, false, List.of(List.of("x")), null);
        refused("1 group names for 0", evaluation, 2, null, null, null, 0.5, false, null, new String[] {"a"});
        refused("names", evaluation, 2, new long[4], new String[] {"a"}, null, 0.5, false, null, null);
    }

    @Test
    void evaluationsOfSurfacesAndSegments() throws Exception {
        Class<?> surfaces = storedEvaluation("Surfaces");
        double[] ones = {1};
        assertThat(read(bytes(stored(surfaces, 2, null, true, null, ones, 95.0, 0.02, 0.5, false, false, null,
                new double[15], new long[15], new long[15], 0L)))).isEqualTo(new SurfaceEvaluation(2));
        refused("classes is 1", surfaces, 1, null, true, null, ones, 95.0, 0.02, 0.5,
                false, false, null, new double[10],
                new long[10], new long[10], 0L);
        refused("percentile is NaN", surfaces, 2, null, true, null, ones, Double.NaN, 0.02, 0.5, false, false, null,
                new double[15], new long[15], new long[15], 0L);
        refused("spacing [0.0, 1.0]", surfaces, 2, null, true, new double[] {0, 1}, ones, 95.0, 0.02, 0.5,
                false, false, null,
                new double[15], new long[15], new long[15], 0L);
        refused("14 sums", surfaces, 2, null, true, null, ones, 95.0, 0.02, 0.5, false, false, null, new double[14],
                new long[15], new long[15], 0L);
        refused("are not those of 0 images", surfaces, 2, null, true, null, ones, 95.0, 0.02, 0.5, false, false, null,
                new double[15], new long[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, new long[15], 0L);
        refused("needs tolerances", surfaces, 2, null, true, null, null, 95.0, 0.02, 0.5,
                false, false, null, new double[15],
                new long[15], new long[15], 0L);
        Class<?> panoptic = PanopticEvaluation.class;
        int[] classes = {1, 2};
        assertThat(read(bytes(stored(panoptic, classes, 1, false, new int[0], new double[2], new long[2], new long[2],
                new long[2])))).isEqualTo(PanopticEvaluation.ofThings(1).andStuff(2));
        refused("3 things", panoptic, classes, 3, false, new int[0], new double[2], new long[2], new long[2],
                new long[2]);
        refused("occurs twice", panoptic, new int[] {1, 1}, 1, false, new int[0], new double[2], new long[2],
                new long[2], new long[2]);
        refused("sums of IoU", panoptic, classes, 1, false, new int[0], new double[] {-1, 0}, new long[2], new long[2],
                new long[2]);
        refused("counts of segments", panoptic, classes, 1, false, new int[0], new double[2], new long[2], new long[1],
                new long[2]);
        refused("counts of segments", panoptic, classes, 1, false, new int[0], new double[2], null, new long[2],
                new long[2]);
    }

    @Test
    void classCounts() throws Exception {
        ClassCounts counts = none(2);
        assertThat(read(bytes(counts))).isEqualTo(counts);
        Class<?> type = ClassCounts.class;
        refused("negative", type, null, 1L, -1L, counts.perClass());
        refused("at least 1 class", type, null, 0L, 0L, List.of());
        refused("at least 1 class", type, null, 0L, 0L, null);
    }

    /** Streams of the objects themselves, which earlier versions wrote, are refused and not half read. */
    @Test
    void objectsThatStandThemselvesInAStream() throws Exception {
        byte[] bytes = bytes(none(2));
        byte[] forged = replaced(bytes, "ClassCounts$Stored".getBytes(StandardCharsets.US_ASCII),
                "ClassCounts$Strred".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> read(forged)).isInstanceOf(ClassNotFoundException.class);
    }

    private static byte[] replaced(byte[] bytes, byte[] from, byte[] to) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        String wanted = new String(from, StandardCharsets.ISO_8859_1);
        assertThat(text).contains(wanted);
        return text.replace(wanted, new String(to, StandardCharsets.ISO_8859_1)).getBytes(StandardCharsets.ISO_8859_1);
    }
}
