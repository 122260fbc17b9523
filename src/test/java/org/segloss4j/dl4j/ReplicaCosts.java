package org.segloss4j.dl4j;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.Replicas;

/**
 * Measures what replicas exchange in a step, on this machine, and calculates from these pieces what a step of many
 * replicas takes: {@code mvn -q test-compile exec:exec@replica-costs}. Arguments are the parameters of the network and
 * the milliseconds of computing in a step.
 */
final class ReplicaCosts {

    /** The sums of 19 classes and a pixel term. */
    private static final int MESSAGE = 624;
    /** What the sums of large arrays travel in by TCP. */
    private static final int CHUNK = 128 << 10;
    private static final int SMALL = 1 << 20;
    private static final int LARGE = 1 << 24;
    private static final int[] MEASURED = {2, 4, 8};

    private final PrintStream out;

    private ReplicaCosts(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) {
        long parameters = arguments.length > 0 ? Long.parseLong(arguments[0]) : 30_000_000;
        double computing = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 200;
        new ReplicaCosts(System.out).print(parameters, computing);
    }

    /** Medians in milliseconds: of a message, and of the sums of a small and a large gradient. */
    private record Cost(double message, double small, double large) {

        static Cost of(Replicas replicas) {
            byte[] message = new byte[MESSAGE];
            INDArray large = Nd4j.zeros(DataType.FLOAT, LARGE);
            INDArray small = Nd4j.zeros(DataType.FLOAT, SMALL);
            return new Cost(median(300, () -> replicas.allGather(message)),
                    median(9, () -> replicas.sum(List.of(small), small)),
                    median(5, () -> replicas.sum(List.of(large), large)));
        }

        private static double median(int times, Runnable call) {
            double[] millis = new double[times];
            for (int k = -Math.max(2, times / 10); k < times; k++) {
                long begin = System.nanoTime();
                call.run();
                millis[Math.max(0, k)] = (System.nanoTime() - begin) / 1e6;
            }
            Arrays.sort(millis);
            return millis[times / 2];
        }

        /** Bytes in a millisecond, without what every sum takes. */
        double bandwidth() {
            return (double) (LARGE - SMALL) * Float.BYTES / (large - small);
        }
    }

    private Cost measure(boolean tcp, int size) {
        List<Cost> all = tcp ? ReplicatedTraining.byTcp(size, Cost::of)
                : LocalReplicas.run(size, ReplicatedTraining.TIMEOUT, Cost::of);
        Cost cost = all.get(size - 1);
        out.printf(Locale.ROOT, "| %s | %d | %.3f | %.1f | %.1f |%n", tcp ? "TCP, loopback" : "threads", size,
                cost.message, cost.small, cost.large);
        return cost;
    }

    private void print(long parameters, double computing) {
        out.println("Measured on " + Runtime.getRuntime().availableProcessors() + " processors, "
                + System.getProperty("os.arch") + ", JDK " + Runtime.version().feature() + ", medians in ms:\n");
        out.println("| replicas | how many | message of " + MESSAGE + " bytes | sum of " + SMALL + " floats | of "
                + LARGE + " |\n|---|---|---|---|---|");
        Cost[] costs = new Cost[MEASURED.length];
        for (int k = 0; k < MEASURED.length; k++) {
            measure(false, MEASURED[k]);
            costs[k] = measure(true, MEASURED[k]);
        }
        Cost few = costs[0];
        int last = MEASURED.length - 1;
        double perReplica = Math.max(0, (costs[last].message - few.message) / (MEASURED[last] - MEASURED[0]));
        double bytes = (double) parameters * Float.BYTES;
        out.printf(Locale.ROOT, "%nCalculated, not measured, from TCP's pieces above, for %d parameters in FLOAT and"
                + " %.0f ms of computing a step: two messages, %.0f MB at %.2f GB/s, and 2(n-1) chunks of %d KiB:%n%n",
                parameters, computing, bytes / 1e6, few.bandwidth() / 1e6, CHUNK >> 10);
        out.println("| replicas | messages | gradient | step | computing |\n|---|---|---|---|---|");
        for (int n = 8; n <= 1024; n *= 2) {
            double messages = 2 * (few.message + perReplica * (n - MEASURED[0]));
            double gradient = (bytes + 2.0 * (n - 1) * CHUNK) / few.bandwidth();
            double step = computing + messages + gradient;
            out.printf(Locale.ROOT, "| %d | %.2f ms | %.0f ms | %.0f ms | %.0f %% |%n", n, messages, gradient, step,
                    100 * computing / step);
        }
    }
}
