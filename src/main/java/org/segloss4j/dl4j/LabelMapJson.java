package org.segloss4j.dl4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.segloss4j.data.LabelMap;

/** A label map as JSON, until the map can do that itself. */
final class LabelMapJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private LabelMapJson() {
    }

    static String write(LabelMap map) {
        ObjectNode root = JSON.createObjectNode();
        root.put("byColour", map.byColour());
        int[] values = new int[map.classes()];
        Arrays.fill(values, -1);
        List<Integer> ignored = new ArrayList<>();
        for (int value = 0; value <= (map.byColour() ? 0xFFFFFF : 0xFFFF); value++) {
            int label = map.labelOf(value);
            if (label == LabelMap.UNKNOWN) {
                continue;
            }
            if (map.ignoreIndex() != null && label == map.ignoreIndex()) {
                ignored.add(value);
            }
            if (label < values.length && values[label] < 0) {
                values[label] = value;
            }
        }
        ArrayNode each = root.putArray("values");
        for (int value : values) {
            each.add(value);
        }
        ignored.forEach(root.putArray("ignored")::add);
        map.names().forEach(root.putArray("names")::add);
        return root.toString();
    }

    static LabelMap read(String json) throws IOException {
        JsonNode root = JSON.readTree(json);
        int[] values = ints(root.path("values"));
        LabelMap map = root.path("byColour").asBoolean() ? LabelMap.colours(values) : LabelMap.values(values);
        List<String> names = new ArrayList<>();
        root.path("names").forEach(name -> names.add(name.asText()));
        return map.named(names.toArray(String[]::new)).ignoring(ints(root.path("ignored")));
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = array.get(k).asInt();
        }
        return values;
    }
}
