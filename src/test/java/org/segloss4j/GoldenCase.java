package org.segloss4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.shade.jackson.core.type.TypeReference;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;

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
        // The library gives the negative recall.
        return number(json.get("score")) + (source().equals("skeleton_recall") ? 1 : 0);
    }

    boolean hasGradient() {
        return has("grad");
    }

    /** dL/dpredictions as the peer computed it in double. */
    Npy.Numbers gradient() throws IOException {
        return file("grad");
    }

    /** Versions of Keras have different formulas for binary cross-entropy. */
    private KerasForm form() {
        String variant = json.hasNonNull("bce_variant") ? json.get("bce_variant").asText() : "clip";
        return switch (variant) {
            case "clip" -> KerasForm.CLIP;
            case "clip_plus_eps" -> KerasForm.CLIP_PLUS_EPSILON;
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

    /** As ND4J's users give it. */
    SegmentationBatch batch(DataType type) throws IOException {
        Npy.Numbers truth = file(hasIndices() ? "labels" : "gt");
        SegmentationBatch batch = SegmentationBatch.predictions(file("pred").array(type))
                .labels(truth.array(hasIndices() ? DataType.INT32 : type))
                .activation(org.nd4j.linalg.activations.Activation.valueOf(activation().name()));
        if (has("mask")) {
            batch = batch.mask(file("mask").array(DataType.FLOAT));
        }
        if (has("skeleton")) {
            batch = batch.skeleton(file("skeleton").array(DataType.INT32));
        }
        return channelsLast() ? batch.channelsLast() : batch;
    }

    /** As backends get it. */
    Batch tensors(ElementType type) throws IOException {
        Npy.Numbers truth = file(hasIndices() ? "labels" : "gt");
        Npy.Numbers predictions = file("pred");
        int channels = (int) predictions.shape()[channelsLast() ? predictions.shape().length - 1 : 1];
        long examples = predictions.shape()[0];
        long pixels = predictions.values().length / examples / channels;
        Tensor labels = tensor(truth.values(), hasIndices() ? ElementType.INT32 : type, examples,
                hasIndices() ? 1 : channels, pixels);
        return new Batch(tensor(predictions.values(), type, examples, channels, pixels), activation(),
                new Labels(hasIndices() ? Labels.Kind.INDEX : Labels.Kind.DENSE, labels), has("mask")
                        ? tensor(file("mask").values(), ElementType.FLOAT, examples, 1, pixels) : null);
    }

    /** A tensor of the numbers of a file, which has the channels where the case has them. */
    Tensor tensor(double[] numbers, ElementType type, long examples, int channels, long pixels) {
        Tensor tensor = TestTensors.laidOut(type, examples, channels, pixels, channelsLast() ? "NSC" : "NCS", 0);
        int[] at = new int[1];
        TestTensors.fill(asFile(tensor), () -> numbers[at[0]++]);
        return tensor;
    }

    /** The numbers of such a tensor. */
    double[] inOrderOfFile(Tensor tensor) {
        return TestTensors.values(asFile(tensor));
    }

    /** All elements of packed memory in its own order. */
    private static Tensor asFile(Tensor packed) {
        long count = packed.examples() * packed.channels() * packed.pixels();
        return new Tensor(packed.storage(), packed.type(), 0, 1, 1, count, count, count, 1);
    }

    private boolean hasIndices() {
        return has("labels");
    }

    /** Whether the case comes with such a file. */
    boolean has(String file) {
        return json.path("files").hasNonNull(file);
    }

    private Npy.Numbers file(String what) throws IOException {
        return Npy.read(folder.resolve(json.get("files").get(what).asText()));
    }

    private Activation activation() {
        return Activation.valueOf(json.get("activation").asText().replace("none", "identity").toUpperCase(Locale.ROOT));
    }

    private boolean channelsLast() {
        return switch (json.get("layout").asText()) {
            case "channels_first" -> false;
            case "channels_last" -> true;
            default -> throw new IllegalArgumentException("unknown layout " + json.get("layout"));
        };
    }

    /** The loss of the catalogue; throws {@link Unsupported} if it has none for this case. */
    SegmentationLoss loss() {
        return switch (source()) {
            case "keras_sm" -> loss(type(), json.path("params"), form());
            case "smp" -> ofLibrary(Compat.SMP_0_3);
            case "smp_0_5" -> ofLibrary(Compat.SMP_0_5);
            case "smp_0_5_1" -> ofLibrary(Compat.SMP_0_5_1);
            case "monai" -> ofLibrary(Compat.MONAI_1_5);
            case "torch" -> ofLibrary(Compat.TORCH);
            case "nnunet" -> ofLibrary(Compat.NNUNET_2);
            case "lovasz" -> PaperLosses.lovasz(type(), params());
            case "unified_focal" -> PaperLosses.unifiedFocal(type(), params());
            case "skeleton_recall" -> PaperLosses.skeletonRecall(params());
            default -> throw new Unsupported(source() + " " + type());
        };
    }

    private Map<String, Object> params() {
        return GoldenCases.JSON.convertValue(json.path("params"), new TypeReference<Map<String, Object>>() { });
    }

    /** What the library applies itself must be what the case says. */
    private SegmentationLoss ofLibrary(Compat library) {
        if (!library.losses().contains(type())) {
            throw new Unsupported(source() + " " + type());
        }
        Map<String, Object> params = params();
        if (json.path("shape").hasNonNull("C")) {
            params.put("channels", json.get("shape").get("C").asInt());
        }
        // Without a mask it is the loss that it is derived from.
        String type = type().equals("MaskedDiceLoss") && !has("mask") ? "DiceLoss" : type();
        String applied = library.activation(type, params).name();
        String inside = json.path("activation_by").asText().equals("harness") ? "IDENTITY" : activation().name();
        if (!applied.equals(inside)) {
            throw new IllegalArgumentException("the activation is " + inside + ", but ours is " + applied);
        }
        return library.loss(type, params);
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

    private static SegmentationLoss loss(String type, JsonNode params, KerasForm form) {
        SegmentationLoss loss = switch (type) {
            case "SumOfLosses" -> sum(params.get("terms"), form);
            case "JaccardLoss" -> Losses.jaccard();
            case "DiceLoss" -> Losses.dice();
            case "BinaryCELoss" -> Losses.binaryCrossEntropy().form(form);
            case "CategoricalCELoss" -> Losses.categoricalCrossEntropy();
            case "CategoricalFocalLoss" -> Losses.categoricalFocal();
            case "BinaryFocalLoss" -> Losses.binaryFocal();
            default -> throw new Unsupported("keras_sm " + type);
        };
        for (Map.Entry<String, JsonNode> field : set(params)) {
            loss = field.getKey().equals("terms") ? loss : loss.set(field.getKey(), plain(field.getValue()));
        }
        return loss;
    }

    /** As {@link SegmentationLoss#set} takes it; the peers take one number for a list of one. */
    private static Object plain(JsonNode value) {
        return GoldenCases.JSON.convertValue(value, Object.class);
    }

    private static SegmentationLoss sum(JsonNode terms, KerasForm form) {
        return StreamSupport.stream(terms.spliterator(), false)
                .map(t -> loss(t.get("class").asText(), t.path("params"), form).times(number(t.get("coef"))))
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
