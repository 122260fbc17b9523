package org.segloss4j.bench;

import java.io.IOException;
import java.util.Locale;
import org.nd4j.shade.jackson.databind.JsonNode;

/** Results as tables in Markdown. */
final class ReportTables {

    static final String NOT_MEASURED = "Not measured yet.\n";

    private ReportTables() {
    }

    static String machine(Results results) throws IOException {
        if (results.rows().isEmpty()) {
            return NOT_MEASURED;
        }
        JsonNode at = results.environment();
        return at.path("cpu").asText() + ", " + at.path("cores").asText() + " cores, " + at.path("jdk").asText() + ", "
                + at.path("os").asText() + "; " + at.path("date").asText() + ", commit " + at.path("commit").asText()
                + ".\n";
    }

    /** The CPU backend against ND4J operations; whatever loses is named. */
    static String cpu(Results results) {
        if (results.rows().isEmpty()) {
            return NOT_MEASURED;
        }
        StringBuilder text = new StringBuilder("""
                | loss | logits | CPU ms | ND4J ms | fastest composition | speed | arrays of a call, MB |
                |---|---|---|---|---|---|---|
                """);
        for (Comparison c : Comparison.all(results.rows())) {
            text.append(String.format(Locale.ROOT, "| %s | %s | %s | %s | %s | %.1f×%s | %s against %s |%n",
                    c.cpu().loss().replace('_', ' '), c.cpu().shape()
                            + (c.cpu().memory().equals("new") ? ", new memory for each call" : ""),
                    time(c.cpu()), time(c.nd4j()),
                    c.nd4j().composition().replace("nd4j_", "").replace('_', ' '), c.speedup(),
                    c.speedup() < 1 ? " (slower)" : "", megabytes(c.cpu()), megabytes(c.nd4j())));
        }
        for (ResultRow row : results.rows()) {
            if (!row.contender().equals("ND4J_OPS") && Comparison.all(results.rows()).stream()
                    .noneMatch(c -> c.cpu() == row)) {
                text.append(String.format(Locale.ROOT, "| %s | %s %s %s | %s%s | | | | %s |%n",
                        row.loss().replace('_', ' '), row.shape(), row.element(), row.layout().replace('_', ' '),
                        time(row), row.contender().equals("CPU") ? "" : " (" + row.contender().toLowerCase(Locale.ROOT)
                                + ")", megabytes(row)));
            }
        }
        return text.toString();
    }

    /** Training steps. */
    static String step(Results results) {
        if (results.rows().isEmpty()) {
            return NOT_MEASURED;
        }
        StringBuilder text = new StringBuilder("""
                | output layer and loss | labels | step, ms | of it the output layer, % |
                |---|---|---|---|
                """);
        for (ResultRow row : results.rows()) {
            if (row.benchmark().equals("step")) {
                text.append(String.format(Locale.ROOT, "| %s | %s | %s | %s |%n", row.contender() + ", "
                        + row.loss().replace('_', ' '), row.composition().replace('_', ' '), time(row),
                        share(row, results)));
            }
        }
        return text.toString();
    }

    private static String share(ResultRow step, Results results) {
        return results.rows().stream().filter(row -> row.benchmark().equals("step_share")
                && row.contender().equals(step.contender()) && row.problem().equals(step.problem())
                && row.composition().equals(step.composition())).findFirst()
                .map(row -> String.format(Locale.ROOT, "%.1f ± %.1f", row.value(), row.spread())).orElse("");
    }

    /** What Java and JNI take of a call of the CUDA backend. */
    static String overhead(Results results) {
        if (results.rows().isEmpty()) {
            return NOT_MEASURED;
        }
        StringBuilder text = new StringBuilder("""
                | 8x3x128x128 | loss | µs | heap, bytes |
                |---|---|---|---|
                """);
        for (ResultRow row : results.rows()) {
            text.append(String.format(Locale.ROOT, "| %s | %s | %.2f ± %.2f | %d |%n",
                    row.contender().replace('_', ' '), row.loss().replace('_', ' '), row.value(), row.spread(),
                    row.heapBytes()));
        }
        return text.toString();
    }

    private static String time(ResultRow row) {
        String format = row.value() < 1 ? "%.3f ± %.3f" : row.value() < 10 ? "%.2f ± %.2f" : "%.1f ± %.1f";
        return String.format(Locale.ROOT, format, row.value(), row.error() == null ? 0 : row.error());
    }

    private static String megabytes(ResultRow row) {
        return String.format(Locale.ROOT, "%.1f", (row.arrayBytes() + row.heapBytes()) / 1e6);
    }
}
