package org.segloss4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.JsonNode;

/** One recorded case of a peer: its settings, its input, and what the peer answered. */
record GoldenCase(Path folder, JsonNode json) {

    /** What the catalogue does not have; the message names it. */
    static final class Unsupported extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unsupported(String what) {
            super(what);
        }
    }

    String id() {
        return json.path("id").asText("without id");
    }

    String source() {
        return json.path("source").asText("unknown source");
    }

    String type() {
        return json.path("class").asText("unknown class");
    }

    boolean isMetric() {
        String kind = json.path("kind").asText("unknown kind");
        if (!kind.equals("metric") && !kind.equals("loss")) {
            throw new Unsupported(source() + " " + kind);
        }
        return kind.equals("metric");
    }

    double score() {
        return number(json.get("score"));
    }

    boolean hasGradient() {
        return json.get("files").hasNonNull("grad");
    }

    INDArray gradient() throws IOException {
        return Npy.read(folder.resolve(json.get("files").get("grad").asText()), DataType.DOUBLE);
    }

    /** Old Keras versions add epsilon inside the logarithm of binary cross-entropy, too. */
    boolean addsEpsilonInsideLog() {
        String variant = json.hasNonNull("bce_variant") ? json.get("bce_variant").asText() : "clip";
        return switch (variant) {
            case "clip" -> false;
            case "clip_plus_eps" -> true;
            default -> throw new Unsupported(type() + " with bce_variant " + variant);
        };
    }

    /** How far a float backend may be off: twice the peer's own float error, or 1e-6 relative. */
    double floatBound() {
        return 2 * Math.max(number(json.get("f32").get("score_abs_err")), 1e-6 * Math.max(1, Math.abs(score())));
    }

    double floatGradientBound() {
        return 2 * Math.max(number(json.get("f32").get("grad_max_abs_err")),
                1e-6 * number(json.get("grad_max_abs")));
    }

    SegmentationBatch batch(DataType type) throws IOException {
        JsonNode files = json.get("files");
        INDArray predictions = Npy.read(folder.resolve(files.get("pred").asText()), type);
        INDArray labels = files.hasNonNull("labels")
                ? Npy.read(folder.resolve(files.get("labels").asText()), DataType.INT32)
                : Npy.read(folder.resolve(files.get("gt").asText()), type);
        SegmentationBatch batch = SegmentationBatch.of(labels, predictions)
                .activation(Activation.valueOf(json.get("activation").asText().replace("none", "identity")
                        .toUpperCase(java.util.Locale.ROOT)));
        return switch (json.get("layout").asText()) {
            case "channels_first" -> batch;
            case "channels_last" -> batch.channelsLast();
            default -> throw new IllegalArgumentException("unknown layout " + json.get("layout"));
        };
    }

    /** The loss of the catalogue; throws {@link Unsupported} if it has none for this case. */
    SegmentationLoss loss() {
        requireKnownSource();
        return loss(type(), json.path("params"));
    }

    /** The metric of the catalogue; throws {@link Unsupported} if it has none for this case. */
    SegmentationMetric metric() {
        requireKnownSource();
        JsonNode params = json.path("params");
        SegmentationMetric metric = switch (type()) {
            case "IOUScore" -> Metrics.iou();
            case "FScore" -> Metrics.fScore(params.hasNonNull("beta") ? number(params.get("beta")) : 1);
            case "Precision" -> Metrics.precision();
            case "Recall" -> Metrics.recall();
            default -> throw new Unsupported(source() + " " + type());
        };
        for (Map.Entry<String, JsonNode> field : set(params)) {
            JsonNode value = field.getValue();
            metric = switch (field.getKey()) {
                case "class_weights" -> metric.classWeights(doubles(value));
                case "class_indexes" -> metric.classIndexes(ints(value));
                case "per_image" -> metric.perImage(value.asBoolean());
                case "smooth" -> metric.smooth(number(value));
                case "threshold" -> metric.threshold(number(value));
                case "beta" -> metric;
                default -> throw new IllegalArgumentException("unknown parameter " + field);
            };
        }
        return metric;
    }

    private void requireKnownSource() {
        if (!source().equals("keras_sm")) {
            throw new Unsupported(source() + " " + type());
        }
    }

    private static SegmentationLoss loss(String type, JsonNode params) {
        SegmentationLoss loss = switch (type) {
            case "SumOfLosses" -> sum(params.get("terms"));
            case "JaccardLoss" -> Losses.jaccard();
            case "DiceLoss" -> Losses.dice();
            case "BinaryCELoss" -> Losses.binaryCrossEntropy();
            case "CategoricalCELoss" -> Losses.categoricalCrossEntropy();
            case "CategoricalFocalLoss" -> Losses.categoricalFocal();
            case "BinaryFocalLoss" -> Losses.binaryFocal();
            default -> throw new Unsupported("keras_sm " + type);
        };
        for (Map.Entry<String, JsonNode> field : set(params)) {
            JsonNode value = field.getValue();
            loss = switch (field.getKey()) {
                case "class_weights" -> loss.classWeights(doubles(value));
                case "class_indexes" -> loss.classIndexes(ints(value));
                case "per_image" -> loss.perImage(value.asBoolean());
                case "smooth" -> loss.smooth(number(value));
                case "beta" -> loss.beta(number(value));
                case "alpha" -> loss.alpha(number(value));
                case "gamma" -> loss.gamma(number(value));
                case "terms" -> loss;
                default -> throw new IllegalArgumentException("unknown parameter " + field);
            };
        }
        return loss;
    }

    private static SegmentationLoss sum(JsonNode terms) {
        return StreamSupport.stream(terms.spliterator(), false)
                .map(t -> loss(t.get("class").asText(), t.path("params")).times(number(t.get("coef"))))
                .reduce(SegmentationLoss::plus).orElseThrow();
    }

    /** The parameters that are set: null stands for the peer's default. */
    private static List<Map.Entry<String, JsonNode>> set(JsonNode params) {
        List<Map.Entry<String, JsonNode>> set = new ArrayList<>();
        params.fields().forEachRemaining(field -> {
            if (!field.getValue().isNull()) {
                set.add(field);
            }
        });
        return set;
    }

    /** Not {@code asDouble} alone, which makes 0 of what is no number. */
    private static double number(JsonNode value) {
        if (value == null || !value.isNumber()) {
            throw new IllegalArgumentException(value + " is no number");
        }
        return value.asDouble();
    }

    private static double[] doubles(JsonNode value) {
        return value.isArray() ? StreamSupport.stream(value.spliterator(), false).mapToDouble(GoldenCase::number)
                .toArray() : new double[] {number(value)};
    }

    private static int[] ints(JsonNode value) {
        return Arrays.stream(doubles(value)).mapToInt(number -> (int) number).toArray();
    }
}
