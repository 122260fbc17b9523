package org.segloss4j.bench;

import java.util.Arrays;
import java.util.Locale;
import org.nd4j.shade.jackson.annotation.JsonInclude;

/**
 * One measurement, as it stands in a file of results. What a kind of measurement does not have is null.
 *
 * @param benchmark   what kind of measurement it is: loss, step, step_share, overhead; of a device kernels, calls,
 *                    policies
 * @param contender   who was measured
 * @param composition which way of it, where there are several: of a step the kind of labels, of kernels the launch
 *                    policy, of PyTorch who wrote the gradient
 * @param loss        the problem
 * @param shape       [N, C, spatial…] like 8x19x256x256
 * @param element     type of the logits
 * @param layout      channels_first or channels_last
 * @param memory      workspace, or new for arrays made anew in each call
 * @param value       the mean, or where calls are counted the median; null if the answer was wrong
 * @param error       half of the mean's 99.9 % interval
 * @param unit        of value, error and spread: ms, µs or %
 * @param heapBytes   that one call allocates on Java's heap
 * @param arrayBytes  of arrays that one call makes, the gradient included
 * @param spread      how far the medians of the first and the second half of the calls are apart; of overhead how far
 *                    those of JMH's iterations are, of shares half of their range
 * @param calls       that were timed one by one
 * @param device      what is known beside it of kernels on a device
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ResultRow(String benchmark, String contender, String composition, String loss, String shape,
                        String element, String layout, String memory, Double value, Double error, String unit,
                        Long heapBytes, Long arrayBytes, Double spread, Integer calls, DeviceFigures device) {

    /** A row that is not of a device. */
    ResultRow(String benchmark, String contender, String composition, String loss, String shape, String element,
              String layout, String memory, double value, Double error, String unit, Long heapBytes,
              Long arrayBytes) {
        this(benchmark, contender, composition, loss, shape, element, layout, memory, value, error, unit, heapBytes,
                arrayBytes, null, null, null);
    }

    /** A number as files hold it: four digits. */
    public static double round(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.4g", value));
    }

    /** What was computed, whoever did it. */
    String workload() {
        return String.join(" ", problem(), memory);
    }

    /** Loss, shape, type and layout. */
    String problem() {
        return String.join(" ", loss, shape, element, layout);
    }

    /** The number of logits. */
    double logits() {
        return Arrays.stream(shape.split("x")).mapToDouble(Double::parseDouble).reduce(1, (a, b) -> a * b);
    }

    /** The number of classes. */
    int channels() {
        return Integer.parseInt(shape.split("x")[1]);
    }

    /** The value in microseconds. */
    double micros() {
        return unit.equals("ms") ? 1e3 * value : value;
    }

    /** Whether the answer was compared and found wrong. */
    public boolean wrong() {
        return device != null && device.wrong() != null;
    }

    /** Whether another row measured the same. */
    boolean replaces(ResultRow other) {
        return key().equals(other.key());
    }

    private String key() {
        return String.join("|", benchmark, contender, composition, problem(), memory);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%-10s %-14s %-14s %-16s %-8s %-14s ",
                contender, composition == null ? "" : composition, loss, shape, element, layout));
        text.append(wrong() ? "WRONG: " + device.wrong() : String.format(Locale.ROOT, "%9.3f ± %.3f %s", value,
                error != null ? error : spread != null ? spread : 0, unit));
        if (heapBytes != null) {
            text.append(", heap ").append(heapBytes);
        }
        if (arrayBytes != null) {
            text.append(", arrays ").append(arrayBytes);
        }
        if (device != null && device.timesFloor() != null) {
            text.append(String.format(Locale.ROOT, ", %.2f × floor", device.timesFloor()));
        }
        return text.toString();
    }
}
