package org.segloss4j.bench;

import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.Statistics;
import org.segloss4j.bench.OverheadBenchmark.Caller;

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

    /** What the output layer takes of a training step, in percent; half of the range of the iterations as spread. */
    static ResultRow ofShare(Head head, String shape, RunResult result) {
        Statistics shares = statistics(result, "outputShare");
        return new ResultRow("step_share", head.layer(), head.takesIndices() ? "class_indices" : "one_hot",
                head.loss(), shape, "float", "channels_first", "workspace", ResultRow.round(100 * shares.getMean()),
                null, "%", null, null, ResultRow.round(50 * (shares.getMax() - shares.getMin())), null, null);
    }

    /** A call whose driver does nothing: the median of all, and how far those of the iterations are apart. */
    static ResultRow ofOverhead(Caller caller, Problem problem, String shape, RunResult result) {
        DoubleSummaryStatistics medians = result.getBenchmarkResults().stream()
                .flatMap(fork -> fork.getIterationResults().stream())
                .mapToDouble(iteration -> iteration.getPrimaryResult().getStatistics().getPercentile(50))
                .summaryStatistics();
        Statistics all = result.getPrimaryResult().getStatistics();
        return new ResultRow("overhead", lower(caller), null, lower(problem), shape, "float", "channels_first",
                "workspace", ResultRow.round(all.getPercentile(50)), null, "µs", mean(result, "gc.alloc.rate.norm"),
                null, ResultRow.round(medians.getMax() - medians.getMin()), Math.toIntExact(all.getN()), null);
    }

    private static long mean(RunResult result, String name) {
        return Math.round(statistics(result, name).getMean());
    }

    private static Statistics statistics(RunResult result, String name) {
        for (String key : result.getSecondaryResults().keySet()) {
            if (key.endsWith(name)) {
                Result<?> found = result.getSecondaryResults().get(key);
                return found.getStatistics();
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

    static String name(Caller caller, Problem problem) {
        return "overhead " + lower(caller) + " " + lower(problem);
    }

    static String lower(Object constant) {
        return constant.toString().toLowerCase(Locale.ROOT);
    }
}
