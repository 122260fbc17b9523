package org.segloss4j.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** Rows of what JMH measured. */
final class JmhRow {

    private JmhRow() {
    }

    static ResultRow of(Workload workload, Contender contender, LossBenchmark.Memory memory, RunResult result) {
        Result<?> primary = result.getPrimaryResult();
        return new ResultRow("loss", contender.family(),
                contender.family().equals(contender.name()) ? null : lower(contender),
                lower(workload.problem()), shape(workload), lower(workload.element()), lower(workload.layout()),
                lower(memory), ResultRow.round(primary.getScore()),
                Double.isNaN(primary.getScoreError()) ? null : ResultRow.round(primary.getScoreError()), "ms",
                mean(result, "gc.alloc.rate.norm"), mean(result, "nativeBytes"));
    }

    /** A training step; {@code composition} names its labels. */
    static ResultRow ofStep(Head head, String shape, RunResult result) {
        Result<?> primary = result.getPrimaryResult();
        return new ResultRow("step", head.layer(), head.takesIndices() ? "class_indices" : "one_hot", head.loss(),
                shape, "float", "channels_first", "workspace", ResultRow.round(primary.getScore()),
                Double.isNaN(primary.getScoreError()) ? null : ResultRow.round(primary.getScoreError()), "ms",
                mean(result, "gc.alloc.rate.norm"), null);
    }

    private static long mean(RunResult result, String name) {
        for (String key : result.getSecondaryResults().keySet()) {
            if (key.endsWith(name)) {
                Result<?> found = result.getSecondaryResults().get(key);
                return Math.round(found.getStatistics().getMean());
            }
        }
        throw new IllegalStateException("JMH reports no " + name + ": " + result.getSecondaryResults().keySet());
    }

    static String shape(Workload workload) {
        return Arrays.stream(workload.shape()).mapToObj(Long::toString).collect(Collectors.joining("x"));
    }

    static String name(Workload workload) {
        return lower(workload.problem()) + " " + shape(workload) + " " + lower(workload.element()) + " "
                + lower(workload.layout());
    }

    static String name(Head head) {
        return "step " + lower(head);
    }

    static String lower(Object constant) {
        return constant.toString().toLowerCase(Locale.ROOT);
    }
}
