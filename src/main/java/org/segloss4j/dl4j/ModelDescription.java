package org.segloss4j.dl4j;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.dl4j.SegmentationModel.Scale;

/**
 * What a model file says about its network.
 *
 * @param network      its kind
 * @param labels       the classes
 * @param size         of its images
 * @param scale        how they are brought to that size
 * @param channelsLast whether images are [N, H, W, 3]
 * @param threshold    of the single sigmoid channel, or null for one channel per class
 * @param properties   texts of the program that made it
 */
record ModelDescription(Network network, LabelMap labels, ImageSize size, Scale scale, boolean channelsLast,
        Double threshold, Map<String, String> properties) {

    /** Raised when a reader of the version before would misunderstand a file. */
    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The kinds of DL4J networks. */
    enum Network {
        /** A ComputationGraph. */
        GRAPH,
        /** A MultiLayerNetwork. */
        LAYERS
    }

    static ModelDescription of(SegmentationModel model) {
        return new ModelDescription(model.network() instanceof ComputationGraph ? Network.GRAPH : Network.LAYERS,
                model.labels(), model.size(), model.scale(), model.channelsLast(),
                model.sigmoid() ? model.threshold() : null, model.properties());
    }

    /** The model with these settings; its network, classes and size are given already. */
    SegmentationModel applied(SegmentationModel plain) {
        SegmentationModel model = plain.scale(scale).channelsLast(channelsLast).properties(properties);
        return threshold == null ? model : model.sigmoid(threshold);
    }

    String toJson() throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", FORMAT);
        root.put("network", network.name().toLowerCase(Locale.ROOT));
        root.set("labels", JSON.readTree(labels.toJson()));
        root.put("width", size.width());
        root.put("height", size.height());
        root.put("scale", scale.name().toLowerCase(Locale.ROOT));
        root.put("channels", channelsLast ? "last" : "first");
        root.put("activation", threshold == null ? "softmax" : "sigmoid");
        if (threshold != null) {
            root.put("threshold", threshold);
        }
        ObjectNode texts = root.putObject("properties");
        properties.entrySet().stream().sorted(Map.Entry.comparingByKey())
                .forEach(text -> texts.put(text.getKey(), text.getValue()));
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    static ModelDescription read(String json) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IOException(ModelFile.ENTRY + " is not JSON: " + e.getOriginalMessage(), e);
        }
        int format = whole(root, "format");
        if (format < 1) {
            throw new IOException(ModelFile.ENTRY + ": format is " + format + ", but must be from 1 to " + FORMAT);
        }
        if (format > FORMAT) {
            throw new IOException("it was written by a later version of SegLoss4J (format " + format
                    + ", but this one knows " + FORMAT + "); use that version");
        }
        try {
            Map<String, String> properties = new LinkedHashMap<>();
            root.path("properties").fields().forEachRemaining(text ->
                    properties.put(text.getKey(), text.getValue().asText()));
            return new ModelDescription(choice(root, "network", Network.values()),
                    LabelMap.fromJson(needed(root, "labels").toString()),
                    new ImageSize(whole(root, "width"), whole(root, "height")),
                    choice(root, "scale", Scale.values()), text(root, "channels", "first", "last").equals("last"),
                    text(root, "activation", "softmax", "sigmoid").equals("sigmoid") ? number(root, "threshold")
                            : null, properties);
        } catch (IllegalArgumentException e) {
            throw new IOException(ModelFile.ENTRY + ": " + e.getMessage(), e);
        }
    }

    private static JsonNode needed(JsonNode root, String name) throws IOException {
        JsonNode value = root.get(name);
        if (value == null || value.isNull()) {
            throw new IOException(ModelFile.ENTRY + " has no " + name);
        }
        return value;
    }

    private static int whole(JsonNode root, String name) throws IOException {
        JsonNode value = needed(root, name);
        if (!value.canConvertToInt() || !value.isIntegralNumber()) {
            throw new IOException(ModelFile.ENTRY + ": " + name + " is " + value + ", but must be a whole number");
        }
        return value.intValue();
    }

    private static double number(JsonNode root, String name) throws IOException {
        JsonNode value = needed(root, name);
        if (!value.isNumber()) {
            throw new IOException(ModelFile.ENTRY + ": " + name + " is " + value + ", but must be a number");
        }
        return value.doubleValue();
    }

    private static String text(JsonNode root, String name, String... allowed) throws IOException {
        JsonNode value = needed(root, name);
        for (String each : allowed) {
            if (Objects.equals(value.asText(), each)) {
                return each;
            }
        }
        throw new IOException(ModelFile.ENTRY + ": " + name + " is " + value + ", but must be one of "
                + String.join(", ", allowed));
    }

    private static <T extends Enum<T>> T choice(JsonNode root, String name, T[] values) throws IOException {
        String[] names = new String[values.length];
        for (int k = 0; k < names.length; k++) {
            names[k] = values[k].name().toLowerCase(Locale.ROOT);
        }
        String text = text(root, name, names);
        for (int k = 0; k < names.length; k++) {
            if (names[k].equals(text)) {
                return values[k];
            }
        }
        throw new AssertionError(text);
    }
}
