package org.segloss4j.evaluation;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Random label maps, probabilities or segments, and what the metrics of other libraries gave; recorded by
 * {@code src/test/golden/record_metrics.py}.
 *
 * @param json one line of the file
 */
record PeerCase(JsonNode json) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The committed cases, or those of the file {@code segloss4j.metrics}. */
    static List<PeerCase> all() throws IOException {
        String file = System.getProperty("segloss4j.metrics", "");
        List<PeerCase> cases = new ArrayList<>();
        try (InputStream packed = file.isEmpty() ? PeerCase.class.getResourceAsStream("/peers/metrics.jsonl.gz")
                : new ByteArrayInputStream(Files.readAllBytes(Path.of(file)));
                InputStream in = new GZIPInputStream(packed)) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                cases.add(new PeerCase(JSON.readTree(line)));
            }
        }
        return cases;
    }

    String text(String name) {
        return json.get(name).asText();
    }

    int integer(String name) {
        return json.get(name).asInt();
    }

    double number(String name) {
        return json.get(name).asDouble();
    }

    /** The ignored label, or null. */
    Integer ignored() {
        return json.hasNonNull("ignored") ? Integer.valueOf(integer("ignored")) : null;
    }

    int[] integers(String name) {
        return IntStream.range(0, json.get(name).size()).map(k -> json.get(name).get(k).asInt()).toArray();
    }

    double[] numbers(String name) {
        return numbers(json.get(name));
    }

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToDouble(JsonNode::asDouble).toArray();
    }

    /** What the libraries gave, by the name of the function and its arguments. */
    Map<String, double[]> values() {
        Map<String, double[]> values = new TreeMap<>();
        json.get("values").fields().forEachRemaining(entry -> values.put(entry.getKey(), numbers(entry.getValue())));
        return values;
    }

    int images() {
        return integer("n");
    }

    int classes() {
        return integer("classes");
    }

    int[] sizes() {
        return integers("sizes");
    }

    /** Pixels of an image. */
    int pixels() {
        return Arrays.stream(sizes()).reduce(1, Math::multiplyExact);
    }

    /** The digits of a map. */
    int[] digits(String name) {
        return text(name).chars().map(c -> c - '0').toArray();
    }

    /** [N, *] of a map. */
    INDArray map(String name) {
        return Nd4j.createFromArray(digits(name)).reshape(shape());
    }

    /** [N, C, *] numbers, of those of all images. */
    INDArray channels(float... numbers) {
        return Nd4j.createFromArray(numbers).reshape(shape(classes()));
    }

    /** [N, C, *] with 1 for the class of each pixel. */
    INDArray oneHot(String name) {
        int[] digits = digits(name);
        float[] numbers = new float[digits.length * classes()];
        for (int k = 0; k < digits.length; k++) {
            numbers[(k / pixels() * classes() + digits[k]) * pixels() + k % pixels()] = 1;
        }
        return channels(numbers);
    }

    /** The mask of a class in an image. */
    boolean[] mask(String name, int image, int c) {
        int[] digits = digits(name);
        boolean[] mask = new boolean[pixels()];
        for (int s = 0; s < mask.length; s++) {
            mask[s] = digits[image * mask.length + s] == c;
        }
        return mask;
    }

    /** Class and instance of each pixel. */
    PanopticSegmentation segments(String classes, String instances) {
        return PanopticSegmentation.of(map(classes).castTo(DataType.INT32), map(instances).castTo(DataType.INT32));
    }

    private long[] shape(long... channels) {
        return LongStream.concat(LongStream.concat(LongStream.of(images()), LongStream.of(channels)),
                Arrays.stream(sizes()).asLongStream()).toArray();
    }
}
