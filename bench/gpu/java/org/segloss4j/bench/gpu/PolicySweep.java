package org.segloss4j.bench.gpu;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.segloss4j.LossInternals;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.cuda.CudaBackend;
import org.segloss4j.internal.cuda.RealBackends;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/** Times the kernels of some cases under every launch policy that is worth it. */
final class PolicySweep {

    private static final List<BenchCase> CASES = List.of(
            new BenchCase("8x19x512x512", ElementType.FLOAT, false, false),
            new BenchCase("8x19x512x512", ElementType.BFLOAT16, false, false),
            new BenchCase("8x19x512x512", ElementType.FLOAT, false, true),
            new BenchCase("8x19x512x512", ElementType.FLOAT, true, false),
            new BenchCase("2x150x512x512", ElementType.FLOAT, false, false),
            new BenchCase("8x3x128x128", ElementType.FLOAT, false, false));

    /** Of each kind one, to show that the program runs. */
    private static final List<LaunchPolicy> SOME = Stream.of("t256b2v4s2r1", "t64b1v4s1r1", "t32b2v1s2r0")
            .map(LaunchPolicy::parse).toList();

    private final BenchDevice device;
    private final BenchReport report;
    private final boolean host;
    private final double bandwidth;
    private final Runnable flush;

    PolicySweep(BenchDevice device, BenchReport report, boolean host, double bandwidth, Runnable flush) {
        this.device = device;
        this.report = report;
        this.host = host;
        this.bandwidth = bandwidth;
        this.flush = flush;
    }

    void run() {
        List<BenchCase> cases = host ? List.of(new BenchCase("1x3x40", ElementType.FLOAT, false, false)) : CASES;
        List<LaunchPolicy> policies = host ? SOME : LaunchPolicy.candidates();
        if (!host) {
            RealBackends.compile(policies, probe -> cases.forEach(c -> probe.valueAndGradient(
                    Job.gradient(LossInternals.spec(c.loss()), BenchData.unread(c), 1, BenchData.unwritten(c)))));
        }
        for (BenchCase c : cases) {
            try (BenchData data = new BenchData(device.kernels(), c)) {
                sweep(c, data, policies);
            }
        }
    }

    private void sweep(BenchCase c, BenchData data, List<LaunchPolicy> policies) {
        RecordedCall recorded = new RecordedCall(device.kernels());
        Set<List<String>> seen = new HashSet<>();
        ByteBuffer verified = null;
        double largest = 0;
        for (LaunchPolicy policy : policies) {
            try (CudaBackend backend = new CudaBackend(recorded, policy)) {
                recorded.forget();
                data.poison();
                double value = backend.valueAndGradient(Job.gradient(LossInternals.spec(c.loss()), data.onDevice(), 1,
                        data.gradientOnDevice()));
                // Some policies are the same to some shapes.
                if (!seen.add(recorded.kernels())) {
                    continue;
                }
                data.fetch();
                BenchRow row = BenchRow.ofPolicy(c, policy).at(bandwidth).recorded(recorded);
                if (verified == null) {
                    DeviceVerification against = DeviceVerification.of(c.loss(), data.onHost(), data.gradientOnHost());
                    if (!row.compared(against, value)) {
                        report.row(row);
                        return;
                    }
                    largest = against.largest();
                    ByteBuffer gradient = data.gradientOnHost().storage().window(0);
                    verified = ByteBuffer.allocateDirect(gradient.capacity()).order(gradient.order());
                    verified.put(0, gradient, 0, gradient.capacity());
                } else if (!row.compared(same(verified, data, c.type(), largest) ? null
                        : "gradient is not that of " + policies.get(0))) {
                    report.row(row);
                    continue;
                }
                report.row(row.took(BenchTimes.of(() -> {
                    flush.run();
                    return device.time(recorded::replay);
                }, 3e4, 40)));
            }
        }
    }

    /** Sums may differ in their last bits, and with them gradients. */
    private static boolean same(ByteBuffer verified, BenchData data, ElementType type, double largest) {
        ByteBuffer actual = data.gradientOnHost().storage().window(0);
        double bound = (type == ElementType.FLOAT ? 1e-5 : 8e-3) * largest;
        return IntStream.range(0, actual.capacity() / type.bytes()).parallel().allMatch(k -> Math.abs(
                Elements.get(type, actual, k * type.bytes()) - Elements.get(type, verified, k
                * type.bytes())) <= bound);
    }
}
