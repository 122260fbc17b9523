package org.segloss4j.cuda;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.segloss4j.backend.ElementType;

/**
 * Times value and gradient on a device: kernels by events with data on the device and cold caches, calls from Java by
 * the clock. Each answer is compared with the reference first; a wrong one is reported and not timed.
 *
 * <p>{@code --out FILE}: the results; {@code --shapes A,B}: only these; {@code --quick}: no sweep over launch policies;
 * {@code --host}: no device, tiny shapes, times that mean nothing.
 */
public final class GpuBench {

    private final BenchDevice device;
    private final BenchReport report;
    private final List<BenchCase> cases;
    private final boolean host;
    private final long scratch;
    private double bandwidth;

    private GpuBench(BenchDevice device, BenchReport report, List<BenchCase> cases, boolean host) {
        this.device = device;
        this.report = report;
        this.cases = cases;
        this.host = host;
        scratch = device.kernels().allocate(2 * device.largeBytes());
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
            BenchReport report = new BenchReport(Path.of(out < 0 ? "gpu.json" : given.get(out + 1)), device.facts());
            List<BenchCase> cases = BenchCase.all(shapes >= 0 ? List.of(given.get(shapes + 1).split(","))
                    : host ? BenchCase.TINY : BenchCase.SHAPES, host ? List.of(ElementType.FLOAT)
                    : List.of(ElementType.FLOAT, ElementType.BFLOAT16));
            GpuBench bench = new GpuBench(device, report, cases, host);
            bench.run(!given.contains("--quick"));
            if (report.wrong() > 0) {
                System.out.println(report.wrong() + " wrong");
                System.exit(1);
            }
        }
    }

    private void run(boolean sweep) {
        if (!host) {
            RealBackends.compile(probe -> cases.forEach(c -> probe.valueAndGradient(c.loss().spec(),
                    BenchData.unread(c), 1, BenchData.unwritten(c))));
        }
        long large = device.largeBytes();
        BenchTimes copy = BenchTimes.of(() -> device.time(() -> device.copy(scratch, scratch + large, large)), 2e5, 50);
        bandwidth = 2 * large / copy.median() / 1e3;
        report.fact("copyGBperSecond", bandwidth);
        for (BenchCase c : cases) {
            try (BenchData data = new BenchData(device.kernels(), c)) {
                kernels(c, data);
            }
        }
        calls();
        if (sweep) {
            new PolicySweep(device, report, host, bandwidth, this::flush).run();
        }
        report.print("kernels", "case", "micros", "spread", "forward", "GBperSecond", "timesFloor", "extraBytes");
        report.print("calls", "case", "micros", "spread", "pinnedCopy", "timesPinned");
        report.print("policies", "case", "policy", "micros", "spread", "timesFloor");
    }

    private void flush() {
        device.clear(scratch, device.largeBytes() / 4);
    }

    private void kernels(BenchCase c, BenchData data) {
        Map<String, Object> row = row(c);
        RecordedCall recorded = new RecordedCall(device.kernels());
        try (CudaBackend backend = new CudaBackend(recorded)) {
            if (isRight(c, data, backend, row)) {
                recorded.forget();
                backend.valueAndGradient(c.loss().spec(), data.onDevice(), 1, data.gradientOnDevice());
                BenchTimes both = BenchTimes.of(() -> timed(recorded::replay), 1.5e5, 100);
                BenchTimes forward = BenchTimes.of(() -> timed(recorded::replayFirst), 5e4, 50);
                row.put("micros", both.median());
                row.put("spread", both.spread());
                row.put("forward", forward.median());
                row.put("GBperSecond", c.floorBytes() / both.median() / 1e3);
                row.put("timesFloor", both.median() / (c.floorBytes() / bandwidth / 1e3));
                row.put("extraBytes", recorded.allocated());
                row.put("kernels", recorded.kernels());
            }
        }
        report.row("kernels", row);
    }

    private double timed(Runnable work) {
        flush();
        return device.time(work);
    }

    private static Map<String, Object> row(BenchCase c) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("case", c.toString());
        row.put("floorBytes", c.floorBytes());
        return row;
    }

    /** Computes once; notes what is wrong. */
    static boolean isRight(BenchCase c, BenchData data, CudaBackend backend, Map<String, Object> row) {
        data.poison();
        double value = backend.valueAndGradient(c.loss().spec(), data.onDevice(), 1, data.gradientOnDevice());
        data.fetch();
        Verification against = Verification.of(c.loss(), data.onHost(), data.gradientOnHost());
        String failure = against.failure(value, c.type());
        row.put("value", value);
        row.put("gradientError", against.error() / against.largest());
        if (failure != null) {
            row.put("wrong", failure);
        }
        return failure == null;
    }

    /** From the Java call to its return, by the clock: data on the device, and data in the host's memory. */
    private void calls() {
        List<BenchCase> small = new ArrayList<>(cases.stream().filter(c -> c.shape().equals("8x3x128x128")
                && !c.channelsLast()).toList());
        if (host) {
            small.add(cases.get(0));
        }
        for (BenchCase c : small) {
            try (BenchData data = new BenchData(device.kernels(), c); CudaBackend backend = new CudaBackend(
                    device.devices())) {
                Map<String, Object> row = row(c);
                if (isRight(c, data, backend, row)) {
                    BenchTimes times = BenchTimes.of(() -> clock(() -> backend.valueAndGradient(c.loss().spec(),
                            data.onDevice(), 1, data.gradientOnDevice())), 1e6, host ? 10 : 5000);
                    row.put("micros", times.median());
                    row.put("spread", times.spread());
                }
                row.put("case", c + ", on the device");
                report.row("calls", row);
            }
        }
        cases.stream().filter(c -> !c.channelsLast() && !c.combination() && c.type() == ElementType.FLOAT
                && (host || c.logitsBytes() < 200 << 20)).forEach(this::hostCall);
    }

    private void hostCall(BenchCase c) {
        try (BenchData data = new BenchData(device.kernels(), c); CudaBackend backend = new CudaBackend(
                device.devices())) {
            Map<String, Object> row = row(c);
            row.put("case", c + ", from the host");
            data.poison();
            double value = backend.valueAndGradient(c.loss().spec(), data.onHost(), 1, data.gradientOnHost());
            String failure = Verification.of(c.loss(), data.onHost(), data.gradientOnHost()).failure(value, c.type());
            if (failure != null) {
                row.put("wrong", failure);
            } else {
                BenchTimes times = BenchTimes.of(() -> clock(() -> backend.valueAndGradient(c.loss().spec(),
                        data.onHost(), 1, data.gradientOnHost())), 5e5, 50);
                double pinned = data.pinnedCopy(device).median();
                row.put("micros", times.median());
                row.put("spread", times.spread());
                row.put("pinnedCopy", pinned);
                row.put("timesPinned", times.median() / pinned);
            }
            report.row("calls", row);
        }
    }

    private static double clock(Runnable work) {
        long before = System.nanoTime();
        work.run();
        return (System.nanoTime() - before) / 1e3;
    }
}
