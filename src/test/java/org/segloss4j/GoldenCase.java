package org.segloss4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.JsonNode;

/** One recorded case of a peer: its settings, its input, and what the peer answered. */
record GoldenCase(Path folder, JsonNode json) {

    String id() {
        return json.get("id").asText();
    }

    String source() {
        return json.get("source").asText();
    }

    String type() {
        return json.get("class").asText();
    }

    boolean isMetric() {
        return json.get("kind").asText().equals("metric");
    }

    double score() {
        return json.get("score").asDouble();
    }

    boolean hasGradient() {
        return json.get("files").has("grad");
    }

    INDArray gradient() throws IOException {
        return Npy.read(folder.resolve(json.get("files").get("grad").asText()), DataType.DOUBLE);
    }

    /** Old Keras versions add epsilon inside the logarithm of binary cross-entropy, too. */
    boolean addsEpsilonInsideLog() {
        return json.has("bce_variant") && json.get("bce_variant").asText().equals("clip_plus_eps");
    }

    /** How far a float backend may be off: twice the peer's own float error, or 1e-6 relative. */
    double floatBound() {
        return 2 * Math.max(json.get("f32").get("score_abs_err").asDouble(), 1e-6 * Math.max(1, Math.abs(score())));
    }

    double floatGradientBound() {
        return 2 * Math.max(json.get("f32").get("grad_max_abs_err").asDouble(),
                1e-6 * json.get("grad_max_abs").asDouble());
    }

    SegmentationBatch batch(DataType type) throws IOException {
        JsonNode files = json.get("files");
        INDArray predictions = Npy.read(folder.resolve(files.get("pred").asText()), type);
        INDArray labels = files.has("labels")
                ? Npy.read(folder.resolve(files.get("labels").asText()), DataType.INT32)
                : Npy.read(folder.resolve(files.get("gt").asText()), type);
        SegmentationBatch batch = SegmentationBatch.of(labels, predictions)
                .activation(Activation.valueOf(json.get("activation").asText().replace("none", "identity")
                        .toUpperCase(java.util.Locale.ROOT)));
        return json.get("layout").asText().equals("channels_last") ? batch.channelsLast() : batch;
    }

    /** The loss of the catalogue, or null if it has none for this case. */
    SegmentationLoss loss() {
        return source().equals("keras_sm") ? loss(type(), json.get("params")) : null;
    }

    /** The metric of the catalogue, or null if it has none for this case. */
    SegmentationMetric metric() {
        SegmentationMetric metric = !source().equals("keras_sm") ? null : switch (type()) {
            case "IOUScore" -> Metrics.iou();
            case "FScore" -> Metrics.fScore(json.get("params").path("beta").asDouble(1));
            case "Precision" -> Metrics.precision();
            case "Recall" -> Metrics.recall();
            default -> null;
        };
        if (metric == null) {
            return null;
        }
        var fields = json.get("params").fields();
        while (fields.hasNext()) {
            var field = fields.next();
            JsonNode value = field.getValue();
            metric = switch (field.getKey()) {
                case "class_weights" -> metric.classWeights(doubles(value));
                case "class_indexes" -> metric.classIndexes(ints(value));
                case "per_image" -> metric.perImage(value.asBoolean());
                case "smooth" -> metric.smooth(value.asDouble());
                case "threshold" -> metric.threshold(value.asDouble());
                case "beta" -> metric;
                default -> throw new IllegalArgumentException("unknown parameter " + field);
            };
        }
        return metric;
    }

    private static SegmentationLoss loss(String type, JsonNode params) {
        if (type.equals("SumOfLosses")) {
            return StreamSupport.stream(params.get("terms").spliterator(), false)
                    .map(t -> loss(t.get("class").asText(), t.get("params")).times(t.get("coef").asDouble()))
                    .reduce(SegmentationLoss::plus).orElseThrow();
        }
        SegmentationLoss loss = switch (type) {
            case "JaccardLoss" -> Losses.jaccard();
            case "DiceLoss" -> Losses.dice();
            case "BinaryCELoss" -> Losses.binaryCrossEntropy();
            case "CategoricalCELoss" -> Losses.categoricalCrossEntropy();
            case "CategoricalFocalLoss" -> Losses.categoricalFocal();
            case "BinaryFocalLoss" -> Losses.binaryFocal();
            default -> null;
        };
        if (loss == null) {
            return null;
        }
        var fields = params.fields();
        while (fields.hasNext()) {
            var field = fields.next();
            JsonNode value = field.getValue();
            loss = switch (field.getKey()) {
                case "class_weights" -> loss.classWeights(doubles(value));
                case "class_indexes" -> loss.classIndexes(ints(value));
                case "per_image" -> loss.perImage(value.asBoolean());
                case "smooth" -> loss.smooth(value.asDouble());
                case "beta" -> loss.beta(value.asDouble());
                case "alpha" -> loss.alpha(value.asDouble());
                case "gamma" -> loss.gamma(value.asDouble());
                default -> throw new IllegalArgumentException("unknown parameter " + field);
            };
        }
        return loss;
    }

    static double[] doubles(JsonNode value) {
        return value.isArray() ? StreamSupport.stream(value.spliterator(), false).mapToDouble(JsonNode::asDouble)
                .toArray() : new double[] {value.asDouble()};
    }

    static int[] ints(JsonNode value) {
        return value.isArray() ? StreamSupport.stream(value.spliterator(), false).mapToInt(JsonNode::asInt).toArray()
                : new int[] {value.asInt()};
    }
}
