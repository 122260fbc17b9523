package org.segloss4j.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The CPU backend beside the fastest composition of ND4J operations.
 *
 * @param cpu  the backend's row
 * @param nd4j the fastest composition's
 */
record Comparison(ResultRow cpu, ResultRow nd4j) {

    static List<Comparison> all(List<ResultRow> rows) {
        Map<String, List<ResultRow>> groups = new LinkedHashMap<>();
        for (ResultRow row : rows) {
            groups.computeIfAbsent(row.workload(), w -> new ArrayList<>()).add(row);
        }
        List<Comparison> all = new ArrayList<>();
        for (List<ResultRow> group : groups.values()) {
            ResultRow cpu = best(group, "CPU");
            ResultRow nd4j = best(group, "ND4J_OPS");
            if (cpu != null && nd4j != null) {
                all.add(new Comparison(cpu, nd4j));
            }
        }
        all.sort(Comparator.comparing((Comparison c) -> c.cpu().shape()).thenComparing(c -> c.cpu().loss()));
        return all;
    }

    double speedup() {
        return nd4j.value() / cpu.value();
    }

    private static ResultRow best(List<ResultRow> group, String contender) {
        return group.stream().filter(row -> row.contender().equals(contender))
                .min(Comparator.comparingDouble(ResultRow::value)).orElse(null);
    }
}
