package org.segloss4j.bench.gpu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.segloss4j.LossInternals;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.cuda.CudaBackend;
import org.segloss4j.internal.cuda.RealBackends;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/**
 * Times value and gradient on a device: kernels by events with data on the device and cold caches, calls from Java by
 * the clock. Each answer is compared with the reference first; a wrong one is reported and not timed.
 *
 * <p>{@code --out FILE}: the results; {@code --shapes A,B}: only these; {@code --quick}: no sweep over launch policies;
 * {@code --host}: no device, tiny shapes, times that mean nothing.
 */
public final class GpuBench {

    private final BenchDevice device;
    private final List<BenchCase> cases;
    private final boolean host;
    private final long scratch;
    private final double bandwidth;
    private final BenchReport report;

    private GpuBench(BenchDevice device, Path out, List<BenchCase> cases, boolean host) {
        this.device = device;
        this.cases = cases;
        this.host = host;
        long large = device.largeBytes();
        scratch = device.kernels().allocate(2 * large);
        BenchTimes copy = BenchTimes.of(() -> device.time(() -> device.copy(scratch, scratch + large, large)), 2e5, 50);
        bandwidth = 2 * large / copy.median() / 1e3;
        report = new BenchReport(out, device.facts().with(bandwidth));
    }

    /**
     * Runs all.
     *
     * @param args see the class
     */
    public static void main(String[] args) {
        List<String> given = Arrays.asList(args);
        boolean host = given.contains("--host");
        int shapes = given.indexOf("--shapes");
        int out = given.indexOf("--out");
        try (BenchDevice device = host ? new HostBenchDevice() : new CudaBenchDevice()) {
            List<BenchCase> cases = BenchCase.all(shapes >= 0 ? List.of(given.get(shapes + 1).split(","))
                    : host ? BenchCase.TINY : BenchCase.SHAPES, host ? List.of(ElementType.FLOAT)
                    : List.of(ElementType.FLOAT, ElementType.BFLOAT16));
            GpuBench bench = new GpuBench(device, Path.of(out < 0 ? "gpu.json" : given.get(out + 1)), cases, host);
            bench.run(!given.contains("--quick"));
            if (bench.report.wrong() > 0) {
                System.out.println(bench.report.wrong() + " wrong");
                System.exit(1);
            }
        }
    }

    private void run(boolean sweep) {
        if (!host) {
            RealBackends.compile(List.of(LaunchPolicy.configured()),
                    probe -> cases.forEach(c -> probe.valueAndGradient(Job.gradient(LossInternals.spec(c.loss()),
                    BenchData.unread(c), 1, BenchData.unwritten(c)))));
        }
        for (BenchCase c : cases) {
            try (BenchData data = new BenchData(device.kernels(), c)) {
                kernels(c, data);
            }
        }
        calls();
        if (sweep) {
            new PolicySweep(device, report, host, bandwidth, this::flush).run();
        }
        report.print();
    }

    private void flush() {
        device.clear(scratch, device.largeBytes() / 4);
    }

    private void kernels(BenchCase c, BenchData data) {
        BenchRow row = BenchRow.ofKernels(c).at(bandwidth);
        RecordedCall recorded = new RecordedCall(device.kernels());
        try (CudaBackend backend = new CudaBackend(recorded, LaunchPolicy.configured())) {
            if (isRight(c, data, backend, row)) {
                recorded.forget();
                backend.valueAndGradient(Job.gradient(LossInternals.spec(c.loss()), data.onDevice(), 1,
                        data.gradientOnDevice()));
                row.took(BenchTimes.of(() -> timed(recorded::replay), 1.5e5, 100))
                        .forwardTook(BenchTimes.of(() -> timed(recorded::replayFirst), 5e4, 50)).recorded(recorded);
            }
        }
        report.row(row);
    }

    private double timed(Runnable work) {
        flush();
        return device.time(work);
    }

    /** Computes once; notes what is wrong. */
    private static boolean isRight(BenchCase c, BenchData data, CudaBackend backend, BenchRow row) {
        data.poison();
        double value = backend.valueAndGradient(Job.gradient(LossInternals.spec(c.loss()), data.onDevice(), 1,
                data.gradientOnDevice()));
        data.fetch();
        return row.compared(DeviceVerification.of(c.loss(), data.onHost(), data.gradientOnHost()), value);
    }

    /** From the Java call to its return, by the clock: data on the device, and data in the host's memory. */
    private void calls() {
        List<BenchCase> small = new ArrayList<>(cases.stream().filter(c -> c.shape().equals("8x3x128x128")
                && !c.channelsLast()).toList());
        if (host) {
            small.add(cases.get(0));
        }
        for (BenchCase c : small) {
            try (BenchData data = new BenchData(device.kernels(), c);
                    CudaBackend backend = new CudaBackend(device.devices(), LaunchPolicy.configured())) {
                BenchRow row = BenchRow.ofCall(c, false);
                if (isRight(c, data, backend, row)) {
                    row.took(BenchTimes.of(() -> clock(() ->
                            backend.valueAndGradient(Job.gradient(LossInternals.spec(c.loss()), data.onDevice(), 1,
                            data.gradientOnDevice()))), 1e6, host ? 10 : 5000));
                }
                report.row(row);
            }
        }
        cases.stream().filter(c -> !c.channelsLast() && !c.combination() && c.type() == ElementType.FLOAT
                && (host || c.logitsBytes() < 200 << 20)).forEach(this::hostCall);
    }

    private void hostCall(BenchCase c) {
        try (BenchData data = new BenchData(device.kernels(), c);
                CudaBackend backend = new CudaBackend(device.devices(), LaunchPolicy.configured())) {
            BenchRow row = BenchRow.ofCall(c, true);
            data.poison();
            double value = backend.valueAndGradient(Job.gradient(LossInternals.spec(c.loss()), data.onHost(), 1,
                    data.gradientOnHost()));
            if (row.compared(DeviceVerification.of(c.loss(), data.onHost(), data.gradientOnHost()), value)) {
                row.took(BenchTimes.of(() -> clock(() ->
                        backend.valueAndGradient(Job.gradient(LossInternals.spec(c.loss()), data.onHost(), 1,
                        data.gradientOnHost()))), 5e5, 50)).pinnedCopyTook(data.pinnedCopy(device));
            }
            report.row(row);
        }
    }

    private static double clock(Runnable work) {
        long before = System.nanoTime();
        work.run();
        return (System.nanoTime() - before) / 1e3;
    }
}
