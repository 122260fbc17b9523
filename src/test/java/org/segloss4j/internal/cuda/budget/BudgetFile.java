package org.segloss4j.internal.cuda.budget;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.SerializationFeature;

/** The budgets that are kept, as data and as a table for people. */
record BudgetFile(String about, String command, List<Budget> rows) {

    /** Where they are kept. */
    static final Path KEPT = Path.of("bench", "results", "ptx.json");
    /** What counts again and keeps what was counted. */
    static final String COMMAND = "mvn -Pnvrtc test-compile exec:exec@budgets -Dbudgets.args=--write";

    /** More than this share of a number, in either direction, is another number. */
    private static final double SHARE = 0.03;
    /** What rounding may add to that. */
    private static final double ROUNDING = 0.011;
    private static final String ABOUT = "Counted by the driver of src/test/vgpu and computed. Nothing here was measured"
            + " on a device.";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    static BudgetFile read(Path file) throws IOException {
        return Files.exists(file) ? JSON.readValue(file.toFile(), BudgetFile.class)
                : new BudgetFile(ABOUT, COMMAND, List.of());
    }

    /** With some rows put in place of those of the same case and compiler; rows of cases that are no more leave. */
    BudgetFile with(List<Budget> counted) {
        List<Budget> all = new ArrayList<>(counted);
        List<String> names = BudgetCase.ALL.stream().map(BudgetCase::name).toList();
        rows.stream().filter(row -> names.contains(row.name())).filter(row -> counted.stream().noneMatch(
                other -> sameKey(row, other))).forEach(all::add);
        all.sort(Comparator.comparing(Budget::compiler).thenComparing(row -> names.indexOf(row.name())));
        return new BudgetFile(ABOUT, COMMAND, all);
    }

    private static boolean sameKey(Budget a, Budget b) {
        return a.name().equals(b.name()) && a.compiler().equals(b.compiler());
    }

    void write(Path file) throws IOException {
        Files.writeString(file, JSON.writeValueAsString(this) + "\n");
    }

    /** Whether there are rows of a compiler. */
    boolean knows(String compiler) {
        return rows.stream().anyMatch(row -> row.compiler().equals(compiler));
    }

    /** What of a row is not as it was, a line each; empty if all of it is. */
    List<String> changes(Budget now) {
        Budget before = rows.stream().filter(row -> sameKey(row, now)).findFirst().orElse(null);
        if (before == null) {
            return List.of(now.name() + ", " + now.compiler() + ": there is no such row");
        }
        List<String> launched = before.launches().stream().map(LaunchBudget::kernel).toList();
        List<String> launches = now.launches().stream().map(LaunchBudget::kernel).toList();
        List<String> changes = new ArrayList<>();
        if (!launches.equals(launched)) {
            changes.add(now.name() + ", " + now.compiler() + ": launches " + launches + " instead of " + launched);
        }
        compare(now.name() + ", " + now.compiler() + ":", JSON.valueToTree(before), JSON.valueToTree(now), changes);
        return changes;
    }

    private static void compare(String path, JsonNode before, JsonNode now, List<String> changes) {
        if (now.isNumber() && before.isNumber()) {
            double a = before.doubleValue();
            double b = now.doubleValue();
            if (Math.abs(b - a) > SHARE * Math.abs(a) + ROUNDING) {
                changes.add(String.format(Locale.ROOT, "%s %s from %s to %s", path, b > a ? "grew" : "shrank", before,
                        now));
            }
        } else if (now.isArray()) {
            for (int k = 0; k < Math.min(now.size(), before.size()); k++) {
                compare(path + " launch " + (k + 1), before.get(k), now.get(k), changes);
            }
        } else if (now.isObject()) {
            for (Iterator<Map.Entry<String, JsonNode>> all = now.fields(); all.hasNext();) {
                Map.Entry<String, JsonNode> each = all.next();
                compare(path + (each.getValue().isArray() ? "" : " " + each.getKey()), before.path(each.getKey()),
                        each.getValue(), changes);
            }
        }
    }
}
