package org.segloss4j.data;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.DeserializationFeature;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.MapperFeature;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.json.JsonMapper;

/**
 * The JSON form of label maps, as the model file holds it: {@code {"stores":"values","classes":[{"name":"road",
 * "colour":"#804080","values":[7]}],"ignored":[0]}}. Values that are colours are written as {@code "#rrggbb"}.
 */
final class LabelMapJson {

    private static final String VALUES = "values";
    private static final String COLOURS = "colours";

    /** Nothing is made a number that is none, and nothing is left out unseen. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT).disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

    private LabelMapJson() {
    }

    /** The whole map. */
    record Stored(String stores, List<StoredClass> classes, List<JsonNode> ignored) {
    }

    /** One class. */
    record StoredClass(String name, String colour, List<JsonNode> values) {
    }

    static String write(LabelMap map) {
        List<StoredClass> classes = new ArrayList<>();
        for (int c = 0; c < map.classes(); c++) {
            classes.add(new StoredClass(map.names().get(c), LabelMapText.colour(map.colours().get(c)),
                    nodes(map.storedValues().ofClasses().get(c), map.byColour())));
        }
        try {
            return JSON.writeValueAsString(new Stored(map.byColour() ? COLOURS : VALUES, classes,
                    nodes(map.storedValues().ignored(), map.byColour())));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a label map cannot be written as JSON", e);
        }
    }

    private static List<JsonNode> nodes(List<Integer> values, boolean byColour) {
        return values.stream().<JsonNode>map(value -> byColour
                ? JSON.getNodeFactory().textNode(LabelMapText.colour(value)) : JSON.getNodeFactory().numberNode(value))
                .toList();
    }

    static LabelMap read(String json) {
        try {
            return map(JSON.readValue(json, Stored.class));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a label map in JSON: " + e.getOriginalMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not a label map in JSON: " + e.getMessage(), e);
        }
    }

    private static LabelMap map(Stored stored) {
        if (stored == null || stored.stores == null || stored.classes == null || stored.ignored == null) {
            throw new IllegalArgumentException("stores, classes or ignored is missing");
        }
        if (!stored.stores.equals(VALUES) && !stored.stores.equals(COLOURS)) {
            throw new IllegalArgumentException("stores is " + stored.stores + ", but must be values or colours");
        }
        boolean byColour = stored.stores.equals(COLOURS);
        List<List<Integer>> values = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Integer> colours = new ArrayList<>();
        for (StoredClass each : stored.classes) {
            if (each == null || each.name == null || each.colour == null || each.values == null) {
                throw new IllegalArgumentException("class " + names.size() + " lacks its name, colour or values");
            }
            values.add(numbers(each.values, byColour));
            names.add(each.name);
            colours.add(LabelMapText.colour(each.colour));
            if (byColour && !colours.get(names.size() - 1).equals(values.get(names.size() - 1).stream().findFirst()
                    .orElse(null))) {
                throw new IllegalArgumentException("the colour of class " + (names.size() - 1)
                        + " is not the first that it is stored as");
            }
        }
        return new LabelMap(new StoredValues(byColour, values, numbers(stored.ignored, byColour)), names, colours);
    }

    private static List<Integer> numbers(List<JsonNode> nodes, boolean byColour) {
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode node : nodes) {
            if (byColour ? !node.isTextual() : !node.canConvertToInt() || !node.isIntegralNumber()) {
                throw new IllegalArgumentException("the value " + node + " is no "
                        + (byColour ? "colour such as \"#804080\"" : "whole number"));
            }
            numbers.add(byColour ? LabelMapText.colour(node.textValue()) : node.intValue());
        }
        return numbers;
    }
}
