package org.segloss4j.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.segloss4j.LossInternals;
import org.segloss4j.LossResult;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.bench.Workload.Layout;
import org.segloss4j.data.Skeletons;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Value and gradient of every loss of the catalogue on the CPU, beside the plain Jaccard loss on the same data and the
 * same loss by ND4J operations. The three take turns, and the shortest times count, so that the ratios mean something
 * on a machine that others use, too: on one thread as times of its processor, on several by the clock.
 */
@Command(name = "catalogue", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Compares every loss with the Jaccard loss and with ND4J operations. Run it with"
                + " OMP_NUM_THREADS set to the number of threads: the rows of each number stand beside one another.")
final class CatalogueBench implements Callable<Integer> {

    /** Of the value, and of the largest slope: ND4J sums in float. */
    private static final double BOUND = 2e-3;
    /** How many of ND4J's slopes may be off. */
    private static final double SHARE_OFF = 1e-4;
    /** Of the benchmark, before the number of threads. */
    private static final String NAME = "catalogue_";

    /** How labels are given. */
    enum Labels { INDEX, DENSE }

    /** What to run it on. */
    @Option(names = "--shape", description = "[N, C, spatial…] (default: ${DEFAULT-VALUE})")
    private List<String> shapes = List.of("2x4x128x128", "1x19x128x128");

    /** Threads of this library and of ND4J. */
    @Option(names = "--threads", description = "of this library, and as OMP_NUM_THREADS of ND4J (default:"
            + " ${DEFAULT-VALUE})")
    private int threads = 1;

    /** How often each takes its turn. */
    @Option(names = "--rounds", description = "turns of each (default: ${DEFAULT-VALUE})")
    private int rounds = 12;

    /** Turns before the first that counts. */
    @Option(names = "--warmup", description = "turns before the first that counts (default: ${DEFAULT-VALUE})")
    private int warmup = 40;

    /** Part of the names of the losses to run. */
    @Option(names = "--only", description = "only losses whose name contains this")
    private String only = "";

    /** Where results go. */
    @Option(names = "--out", description = "JSON file that results are added to")
    private Path out;

    private final ThreadMXBean clock = ManagementFactory.getThreadMXBean();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        String others = System.getenv("OMP_NUM_THREADS");
        if (!Integer.toString(threads).equals(others)) {
            throw new ParameterException(spec.commandLine(), "OMP_NUM_THREADS is " + (others == null ? "not set"
                    : others) + ", but this library is to have " + threads + " threads: start with OMP_NUM_THREADS="
                    + threads + ", or set --threads");
        }
        // Before the backend's threads are made.
        System.setProperty("segloss4j.threads", Integer.toString(threads));
        for (String shape : shapes) {
            System.out.printf("%s, %d threads%n%-38s %-6s %10s %10s %10s%n", shape, threads, "loss", "labels", "ms",
                    "of Jaccard", "ND4J");
            for (CatalogueLoss row : CatalogueLoss.all()) {
                for (Labels labels : Labels.values()) {
                    if (row.name().contains(only)) {
                        keep(run(row, labels, Workload.of(Problem.JACCARD, shape, Layout.CHANNELS_FIRST,
                                DataType.FLOAT)));
                    }
                }
            }
        }
        return 0;
    }

    private List<ResultRow> run(CatalogueLoss row, Labels labels, Workload data) {
        INDArray logits = data.logits();
        INDArray oneHot = data.oneHot();
        Skeletons skeletons = Skeletons.ofClasses(data.channels());
        INDArray skeleton = skeletons.maps(data.labels());
        SegmentationBatch batch = SegmentationBatch.predictions(logits)
                .labels(labels == Labels.INDEX ? data.labels() : oneHot).activation(row.activation())
                .distances(CatalogueLoss.distances(oneHot))
                .skeleton(labels == Labels.INDEX ? skeletons.labels(data.labels()) : skeleton);
        Nd4jParts parts = new Nd4jParts(logits, oneHot, skeleton);
        SegmentationLoss loss = row.loss().apply(data.channels());
        CpuBackend cpu = new CpuBackend();
        Supplier<LossResult> ours = () -> LossInternals.valueAndGradient(loss, batch, cpu);
        Supplier<LossResult> nd4j = () -> row.composition().apply(parts);
        LossResult expected = LossInternals.valueAndGradient(loss, batch, new ReferenceBackend());
        check(row.name() + ", cpu", ours.get(), expected, 0);
        check(row.name() + ", ND4J", nd4j.get(), expected, SHARE_OFF);
        SegmentationBatch plain = SegmentationBatch.predictions(logits).labels(data.labels())
                .activation(Activation.SOFTMAX);
        SegmentationLoss jaccard = CatalogueLoss.JACCARD.loss().apply(data.channels());
        double[] best = best(List.of(() -> LossInternals.valueAndGradient(jaccard, plain, cpu), ours, nd4j));
        System.out.printf(Locale.ROOT, "%-38s %-6s %10.3f %10.2f %10.2f%n", row.name(), JmhRow.lower(labels), best[1],
                best[1] / best[0], best[2] / best[1]);
        List<ResultRow> rows = new ArrayList<>();
        for (int k = 1; k < best.length; k++) {
            rows.add(new ResultRow(NAME + threads, k == 1 ? "CPU" : "ND4J_OPS", JmhRow.lower(labels),
                    row.name(), JmhRow.shape(data), "float", "channels_first", "new",
                    ResultRow.round(100 * best[k] / best[0]), null, "%", null, null));
        }
        return rows;
    }

    /** The shortest time of each in milliseconds; they take turns. */
    private double[] best(List<Supplier<LossResult>> all) {
        double[] best = new double[all.size()];
        Arrays.fill(best, Double.MAX_VALUE);
        for (int round = -warmup; round < rounds; round++) {
            for (int k = 0; k < best.length; k++) {
                // Whoever comes after another finds the other's data in the caches.
                all.get(k).get().gradient().close();
                long begin = now();
                all.get(k).get().gradient().close();
                best[k] = round < 0 ? best[k] : Math.min(best[k], (now() - begin) / 1e6);
            }
        }
        return best;
    }

    private long now() {
        return threads == 1 ? clock.getCurrentThreadCpuTime() : System.nanoTime();
    }

    /**
     * Compares with the reference, whose largest slope says what is little. Pixels that lie at the edge of a bin or of
     * a selection fall to the other side in float, so that a few slopes of ND4J's may be another pixel's.
     */
    private static void check(String what, LossResult actual, LossResult expected, double shareOff) {
        double value = Math.abs(actual.value() - expected.value());
        INDArray truth = expected.gradient();
        double bound = BOUND * truth.amaxNumber().doubleValue();
        long off = Transforms.abs(truth.sub(actual.gradient().reshape(truth.shape())), false).lte(bound)
                .castTo(DataType.INT64).rsubi(1).sumNumber().longValue();
        if (!(value <= BOUND * Math.max(1, Math.abs(expected.value())) && off <= shareOff * truth.length())) {
            throw new IllegalStateException(what + ": the value is " + actual.value() + ", but " + expected.value()
                    + " is right, and " + off + " of " + truth.length() + " slopes are off by more than " + bound);
        }
    }

    private void keep(List<ResultRow> rows) throws IOException {
        if (out == null) {
            return;
        }
        Results results = Results.at(out);
        rows.forEach(results::put);
        String all = results.rows().stream().map(row -> row.benchmark().replace(NAME, "")).distinct().sorted()
                .collect(Collectors.joining(", "));
        Environment here = Environment.here("OMP_NUM_THREADS=N mvn -Pbench test-compile exec:exec@bench"
                + " -Dbench.args='catalogue --threads N'", null);
        results.write(here.withOmp("N, as in the names of the benchmarks: " + all));
    }
}
