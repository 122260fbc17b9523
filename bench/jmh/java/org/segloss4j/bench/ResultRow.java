package org.segloss4j.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * One measurement, as it stands in a file of results.
 *
 * @param benchmark   what kind of measurement it is: loss, step
 * @param contender   who was measured
 * @param composition which way of it, where there are several, or of a step the kind of labels; or null
 * @param loss        the problem
 * @param shape       [N, C, spatial…] like 8x19x256x256
 * @param element     type of the logits
 * @param layout      channels_first or channels_last
 * @param memory      workspace, or new for arrays made anew in each call
 * @param value       the mean
 * @param error       half of its 99.9 % interval
 * @param unit        of value and error
 * @param heapBytes   that one call allocates on Java's heap
 * @param arrayBytes  of arrays that one call makes, the gradient included
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ResultRow(String benchmark, String contender, String composition, String loss, String shape, String element,
                 String layout, String memory, double value, Double error, String unit, Long heapBytes,
                 Long arrayBytes) {

    static ResultRow of(Workload workload, Contender contender, LossBenchmark.Memory memory, RunResult result) {
        Result<?> primary = result.getPrimaryResult();
        return new ResultRow("loss", contender.family(),
                contender.family().equals(contender.name()) ? null : lower(contender),
                lower(workload.problem()), shape(workload), lower(workload.element()), lower(workload.layout()),
                lower(memory), round(primary.getScore()),
                Double.isNaN(primary.getScoreError()) ? null : round(primary.getScoreError()), "ms",
                mean(result, "gc.alloc.rate.norm"), mean(result, "nativeBytes"));
    }

    /** A training step; {@code composition} names its labels. */
    static ResultRow ofStep(Head head, String shape, RunResult result) {
        Result<?> primary = result.getPrimaryResult();
        return new ResultRow("step", head.layer(), head.takesIndices() ? "class_indices" : "one_hot", head.loss(),
                shape, "float", "channels_first", "workspace", round(primary.getScore()),
                Double.isNaN(primary.getScoreError()) ? null : round(primary.getScoreError()), "ms",
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

    /** What was computed, whoever did it. */
    String workload() {
        return String.join(" ", loss, shape, element, layout, memory);
    }

    /** The number of logits. */
    double logits() {
        return Arrays.stream(shape.split("x")).mapToDouble(Double::parseDouble).reduce(1, (a, b) -> a * b);
    }

    /** Whether another row measured the same. */
    boolean replaces(ResultRow other) {
        return key().equals(other.key());
    }

    private String key() {
        return String.join("|", benchmark, contender, String.valueOf(composition), loss, shape, element, layout,
                memory);
    }

    private static double round(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.4g", value));
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%-10s %-14s %-14s %-16s %-8s %-14s %9.3f ± %.3f %s, heap %d, arrays %d",
                contender, composition == null ? "" : composition, loss, shape, element, layout, value,
                error == null ? 0 : error, unit, heapBytes, arrayBytes);
    }
}
