package org.segloss4j.bench;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nd4j.shade.jackson.databind.JsonNode;

/** Results of a device as tables in Markdown. What was wrong or misses a goal stays in them, and says so. */
public final class GpuTables {

    private GpuTables() {
    }

    /** All tables of one run, launch policies included, without peers. */
    public static String all(List<ResultRow> rows) {
        return Stream.of(kernels(rows, List.of()), calls(rows), policies(rows)).filter(table -> !table.isEmpty())
                .collect(Collectors.joining("\n"));
    }

    /**
     * What docs/benchmarks.md shows: the device, kernels and calls.
     *
     * @param gpu   results of the device
     * @param peers results of others; what they measured counts only if it was on the same device
     */
    static String section(Results gpu, Results peers) throws IOException {
        if (gpu.rows().isEmpty()) {
            return "Not measured yet.\n";
        }
        JsonNode at = gpu.environment();
        JsonNode device = at.path("gpu");
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT,
                "%s, driver %s, copies at %.0f GB/s; %s, commit %s.", device.path("name").asText(),
                device.path("driver").asText("unknown"), device.path("copyGBPerSecond").asDouble(),
                at.path("date").asText(), at.path("commit").asText()));
        JsonNode other = peers.environment();
        if (!peers.rows().isEmpty()) {
            text.append(String.format(" PyTorch %s, %s%s.", other.path("torch").asText(),
                    other.path("gpu").path("name").asText("on a CPU"), samePlace(device, other.path("gpu")) ? ""
                            : ": another device, so left out"));
        }
        return text + "\n\n" + Stream.of(kernels(gpu.rows(), peers(gpu, peers)), calls(gpu.rows()))
                .filter(table -> !table.isEmpty()).collect(Collectors.joining("\n"));
    }

    /** The rows of peers that were measured on the same device. */
    static List<ResultRow> peers(Results gpu, Results peers) throws IOException {
        return samePlace(gpu.environment().path("gpu"), peers.environment().path("gpu")) ? peers.rows() : List.of();
    }

    /** The backend describes a device by more than its name. */
    private static boolean samePlace(JsonNode device, JsonNode other) {
        String name = device.path("name").asText();
        String named = other.path("name").asText();
        return !named.isEmpty() && (name.equals(named) || name.startsWith(named + ","));
    }

    private static String kernels(List<ResultRow> rows, List<ResultRow> peers) {
        return table("""
                | loss | logits | floor, µs | µs | × floor | GB/s | × best peer | more memory, MB | misses |
                |---|---|---|---|---|---|---|---|---|
                """, rows, "kernels", row -> {
            DeviceFigures d = row.device();
            Optional<ResultRow> peer = GpuGoals.bestPeer(row, peers);
            String against = peer.isEmpty() || row.value() == null ? "" : String.format(Locale.ROOT, "%.1f× (%s)%s",
                    peer.get().micros() / row.micros(), GpuGoals.name(peer.get()),
                    peer.get().micros() <= row.micros() ? " slower" : "");
            return line(loss(row), logits(row), number("%.1f", d.floor()), time(row), number("%.2f", d.timesFloor()),
                    number("%.0f", d.gbPerSecond()), against, d.extraBytes() == null ? "" : number("%.2f",
                            d.extraBytes() / 1e6), missed(row, rows, peers));
        });
    }

    private static String calls(List<ResultRow> rows) {
        return table("""
                | loss | logits | call from Java, µs | × copies alone | misses |
                |---|---|---|---|---|
                """, rows, "calls", row -> {
            Double copies = row.device().pinnedCopy();
            return line(loss(row), logits(row) + (row.contender().equals("CUDA_HOST") ? " of the host"
                    : " on the device"), time(row), copies == null || row.value() == null ? "" : number("%.2f",
                            row.micros() / copies), missed(row, rows, List.of()));
        });
    }

    private static String policies(List<ResultRow> rows) {
        return table("""
                | loss | logits | policy | µs | × floor |
                |---|---|---|---|---|
                """, rows, "policies", row -> line(loss(row), logits(row), row.composition(), time(row),
                number("%.2f", row.device().timesFloor())));
    }

    /** The rows of one benchmark below their head; empty if there are none. */
    private static String table(String head, List<ResultRow> rows, String benchmark,
                                Function<ResultRow, String> line) {
        String body = rows.stream().filter(row -> row.benchmark().equals(benchmark)).map(line)
                .collect(Collectors.joining());
        return body.isEmpty() ? "" : head + body;
    }

    private static String line(String... cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }

    private static String loss(ResultRow row) {
        return row.loss().replace('_', ' ');
    }

    private static String logits(ResultRow row) {
        return row.shape() + (row.element().equals("float") ? "" : " " + row.element())
                + (row.layout().equals("channels_last") ? " channels last" : "");
    }

    private static String time(ResultRow row) {
        if (row.value() == null) {
            return row.wrong() ? "**wrong**: " + row.device().wrong().replace("|", "\\|") : "not measured";
        }
        return String.format(Locale.ROOT, "%.1f ± %.1f", row.micros(), row.spread() == null ? 0 : row.spread());
    }

    private static String missed(ResultRow row, List<ResultRow> rows, List<ResultRow> peers) {
        return row.wrong() ? "all" : String.join(", ", GpuGoals.missed(row, rows, peers));
    }

    private static String number(String format, Double number) {
        return number == null ? "" : String.format(Locale.ROOT, format, number);
    }
}
