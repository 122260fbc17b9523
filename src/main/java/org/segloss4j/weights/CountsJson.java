package org.segloss4j.weights;

import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** The text form of class counts. */
final class CountsJson {

    private static final ObjectMapper JSON = new ObjectMapper();

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
