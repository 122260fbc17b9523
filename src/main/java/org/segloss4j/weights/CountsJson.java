package org.segloss4j.weights;

import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.DeserializationFeature;
import org.nd4j.shade.jackson.databind.MapperFeature;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.json.JsonMapper;

/** The text form of class counts. */
final class CountsJson {

    /** Nothing is made a whole number that is none. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT).disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private CountsJson() {
    }

    static String write(ClassCounts counts) {
        try {
            return JSON.writeValueAsString(counts);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("class counts cannot be written as JSON", e);
        }
    }

    static ClassCounts read(String json) {
        try {
            return JSON.readValue(json, ClassCounts.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not class counts in JSON: " + e.getOriginalMessage(), e);
        }
    }
}
