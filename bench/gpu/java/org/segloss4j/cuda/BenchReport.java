package org.segloss4j.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.SerializationFeature;

/** The results as one JSON file with what they were measured on, and as a table. Rewritten after each row. */
final class BenchReport {

    private final Path file;
    private final Map<String, Object> environment = new LinkedHashMap<>();
    private final Map<String, List<Map<String, Object>>> tables = new LinkedHashMap<>();

    BenchReport(Path file, Map<String, String> facts) {
        this.file = file;
        environment.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        environment.put("commit", System.getProperty("bench.commit", "unknown"));
        environment.put("command", System.getProperty("bench.command", "unknown"));
        environment.put("jvm", System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
        environment.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        environment.put("cores", Runtime.getRuntime().availableProcessors());
        environment.putAll(facts);
    }

    /** Adds a fact about the machine. */
    void fact(String name, Object value) {
        environment.put(name, value);
        System.out.println(name + ": " + value);
    }

    /** Adds a row to a table and shows it. */
    void row(String table, Map<String, Object> row) {
        tables.computeIfAbsent(table, t -> new ArrayList<>()).add(new LinkedHashMap<>(row));
        System.out.println(table + ": " + row);
        save();
    }

    private void save() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("environment", environment);
        all.putAll(tables);
        try {
            Files.write(file, new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(all));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Prints a table with some of its columns. */
    void print(String table, String... columns) {
        List<Map<String, Object>> rows = tables.getOrDefault(table, List.of());
        if (rows.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder("\n" + table + "\n");
        for (String column : columns) {
            text.append(String.format(Locale.ROOT, column.equals("case") ? "%-44s" : "%14s", column));
        }
        for (Map<String, Object> row : rows) {
            text.append('\n');
            for (String column : columns) {
                Object value = row.getOrDefault(column, "");
                text.append(String.format(Locale.ROOT, column.equals("case") ? "%-44s" : "%14s",
                        value instanceof Double number ? String.format(Locale.ROOT, "%.3f", number) : value));
            }
            if (row.containsKey("wrong")) {
                text.append("  WRONG: ").append(row.get("wrong"));
            }
        }
        System.out.println(text);
    }

    /** How many rows are wrong. */
    long wrong() {
        return tables.values().stream().flatMap(List::stream).filter(row -> row.containsKey("wrong")).count();
    }
}
