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
import org.nd4j.shade.jackson.databind.node.MissingNode;

/** A file of results: {@code {"environment": {…}, "rows": [{…}, …]}}; a row that measured the same is replaced. */
public final class Results {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path file;
    private final List<ResultRow> rows = new ArrayList<>();

    private Results(Path file) {
        this.file = file;
    }

    /**
     * Results that begin with what a file holds; with nothing if there is no such file.
     *
     * @throws IOException if it is no file of results
     */
    public static Results at(Path file) throws IOException {
        Results results = new Results(file);
        if (Files.exists(file)) {
            JsonNode found = JSON.readTree(file.toFile()).path("rows");
            if (!found.isArray()) {
                throw new IOException(file + " is no file of results: it has no array \"rows\"");
            }
            try {
                results.rows.addAll(JSON.convertValue(found, new TypeReference<List<ResultRow>>() { }));
            } catch (IllegalArgumentException e) {
                throw new IOException(file + " is no file of results: " + e.getMessage(), e);
            }
        }
        return results;
    }

    /** Results that begin with nothing, and replace a file that there may be. */
    public static Results anew(Path file) {
        return new Results(file);
    }

    /** Where and when the file was last added to; a missing node if there is no file. */
    JsonNode environment() throws IOException {
        return Files.exists(file) ? JSON.readTree(file.toFile()).path("environment") : MissingNode.getInstance();
    }

    /** Adds a row. */
    public void put(ResultRow row) {
        rows.removeIf(row::replaces);
        rows.add(row);
    }

    /** All rows. */
    public List<ResultRow> rows() {
        return rows;
    }

    /** Writes the file. */
    public void write(Environment environment) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        JSON.writeValue(file.toFile(), new Content(environment, rows));
    }

    private record Content(Environment environment, List<ResultRow> rows) {
    }
}
