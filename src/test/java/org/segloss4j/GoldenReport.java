package org.segloss4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Runs golden cases and counts per source and class how they end. Whatever a case does, the next one is run. */
final class GoldenReport {

    private final Check check;
    /** Passed, unsupported and failed per source and class. */
    private final Map<String, int[]> table = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();
    private final Set<String> unsupported = new TreeSet<>();
    private final Map<String, Integer> reasons = new LinkedHashMap<>();

    GoldenReport(Check check) {
        this.check = check;
    }

    /** Runs a case and returns what is wrong, or null. */
    interface Check {
        String failure(GoldenCase golden) throws IOException;
    }

    void add(GoldenCase golden) {
        int[] row = table.computeIfAbsent(golden.source() + " " + golden.type(), k -> new int[3]);
        String failure;
        try {
            failure = check.failure(golden);
        } catch (GoldenCase.Unsupported e) {
            row[1]++;
            unsupported.add(golden.id());
            reasons.merge(e.getMessage(), 1, Integer::sum);
            return;
        } catch (IOException | RuntimeException e) {
            failure = e.toString();
        }
        row[failure == null ? 0 : 2]++;
        if (failure != null) {
            failures.add(golden.id() + " " + golden.type() + ": " + failure);
        }
    }

    /** Case, class and message of each failure. */
    List<String> failures() {
        return failures;
    }

    /** The ids of cases that the catalogue has nothing for. */
    Set<String> unsupported() {
        return unsupported;
    }

    /** What the catalogue does not have, and in how many cases. */
    List<String> reasons() {
        return reasons.entrySet().stream().map(e -> e.getKey() + " (" + e.getValue() + ")").toList();
    }

    /** How many cases passed whose source and class begin so. */
    int passed(String prefix) {
        return table.entrySet().stream().filter(e -> e.getKey().startsWith(prefix)).mapToInt(e -> e.getValue()[0])
                .sum();
    }

    void print(String title) {
        System.out.printf("%s:%n%-32s %6s %11s %6s%n", title, "", "passed", "unsupported", "failed");
        table.forEach((name, row) -> System.out.printf("%-32s %6d %11d %6d%n", name, row[0], row[1], row[2]));
        System.out.println("not supported: " + (reasons.isEmpty() ? "none" : String.join(", ", reasons())));
    }
}
