package org.segloss4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.shade.jackson.core.type.TypeReference;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.SerializationFeature;

/** A file of results: {@code {"environment": {…}, "rows": [{…}, …]}}; a row that measured the same is replaced. */
final class Results {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path file;
    private final List<ResultRow> rows = new ArrayList<>();

    private Results(Path file) {
        this.file = file;
    }

    static Results at(Path file) throws IOException {
        Results results = new Results(file);
        if (Files.exists(file)) {
            results.rows.addAll(JSON.convertValue(JSON.readTree(file.toFile()).get("rows"),
                    new TypeReference<List<ResultRow>>() { }));
        }
        return results;
    }

    /** Where and when the file was last added to. */
    JsonNode environment() throws IOException {
        return JSON.readTree(file.toFile()).path("environment");
    }

    void put(ResultRow row) {
        rows.removeIf(row::replaces);
        rows.add(row);
    }

    List<ResultRow> rows() {
        return rows;
    }

    void write() throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        JSON.writeValue(file.toFile(), new Content(Environment.here(), rows));
    }

    private record Content(Environment environment, List<ResultRow> rows) {
    }
}
