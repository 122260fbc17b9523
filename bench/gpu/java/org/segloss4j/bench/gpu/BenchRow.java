package org.segloss4j.bench.gpu;

import java.util.List;
import java.util.Locale;
import org.segloss4j.bench.DeviceFigures;
import org.segloss4j.bench.ResultRow;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/** A row of the results in the making: first what is measured and whether its answer is right, then the times. */
final class BenchRow {

    private final String benchmark;
    private final String contender;
    private final BenchCase measured;
    private String policy;
    private boolean verified;
    private String wrong;
    private Double gradientError;
    private BenchTimes times;
    private Double floor;
    private Double forward;
    private Double pinnedCopy;
    private Long extraBytes;
    private List<String> kernels;

    private BenchRow(String benchmark, String contender, BenchCase measured) {
        this.benchmark = benchmark;
        this.contender = contender;
        this.measured = measured;
    }

    /** Of kernels alone, timed by events. */
    static BenchRow ofKernels(BenchCase measured) {
        return new BenchRow("kernels", "CUDA", measured);
    }

    /** Of kernels alone, under a launch policy that is set. */
    static BenchRow ofPolicy(BenchCase measured, LaunchPolicy policy) {
        BenchRow row = new BenchRow("policies", "CUDA", measured);
        row.policy = policy.toString();
        return row;
    }

    /** Of a call from Java, by the clock, on data on the device or in the host's memory. */
    static BenchRow ofCall(BenchCase measured, boolean fromHost) {
        return new BenchRow("calls", fromHost ? "CUDA_HOST" : "CUDA", measured);
    }

    /** Notes what was found wrong; null if the answer is right. Returns whether it is right. */
    boolean compared(String failure) {
        verified = failure == null;
        wrong = failure;
        return verified;
    }

    /** Notes how value and gradient differ from the reference. Returns whether they are right. */
    boolean compared(DeviceVerification against, double value) {
        double error = against.error() / against.largest();
        // JSON has no other numbers.
        gradientError = Double.isFinite(error) ? error : null;
        return compared(against.failure(value, measured.type()));
    }

    BenchRow took(BenchTimes found) {
        times = found;
        return this;
    }

    /** Notes the copy bandwidth of this run, in bytes per nanosecond, of which the floor follows. */
    BenchRow at(double bandwidth) {
        floor = measured.floorBytes() / bandwidth / 1e3;
        return this;
    }

    BenchRow forwardTook(BenchTimes found) {
        forward = found.median();
        return this;
    }

    BenchRow pinnedCopyTook(BenchTimes found) {
        pinnedCopy = found.median();
        return this;
    }

    BenchRow recorded(RecordedCall call) {
        extraBytes = call.allocated();
        kernels = List.copyOf(call.kernels());
        return this;
    }

    ResultRow done() {
        Double micros = times == null ? null : times.median();
        return new ResultRow(benchmark, contender, policy, measured.combination() ? "dice_ce_focal" : "jaccard",
                measured.shape(), measured.type().name().toLowerCase(Locale.ROOT),
                measured.channelsLast() ? "channels_last" : "channels_first", null, round(micros), null, "µs", null,
                null, times == null ? null : round(times.spread()), times == null ? null : times.count(),
                new DeviceFigures(verified, wrong, round(gradientError), round(floor),
                        micros == null || floor == null ? null : round(micros / floor),
                        micros == null ? null : round(measured.floorBytes() / micros / 1e3), extraBytes,
                        round(forward), round(pinnedCopy), kernels));
    }

    private static Double round(Double number) {
        return number == null ? null : (Double) ResultRow.round(number);
    }
}
