package org.segloss4j.replicas;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Prints how long calls take on the loopback interface; run by hand. */
final class TcpSpeed {

    private TcpSpeed() {
    }

    public static void main(String[] arguments) {
        for (int size : new int[] {2, 4}) {
            for (int bytes : new int[] {480, 16_384 * 8, 131_072 * 8}) {
                print(size + " replicas, allGather of " + bytes + " bytes",
                        messages(size, bytes, bytes < 1000 ? 1000 : 50));
            }
            for (int length : new int[] {1_000_000, 32_000_000}) {
                print(size + " replicas, sum of " + length + " floats",
                        sums(size, length, length > 2_000_000 ? 5 : 50));
            }
        }
    }

    private static void print(String what, List<double[]> times) {
        double[] sorted = times.get(0).clone();
        Arrays.sort(sorted);
        System.out.printf("%s: median %.3f ms, least %.3f, 95%% %.3f%n", what, sorted[sorted.length / 2], sorted[0],
                sorted[sorted.length * 95 / 100]);
    }

    private static List<double[]> messages(int size, int bytes, int calls) {
        return LoopbackJob.run(size, replicas -> {
            byte[] own = new byte[bytes];
            for (int i = 0; i < calls; i++) {
                replicas.allGather(own);
            }
            return times(calls, () -> replicas.allGather(own));
        });
    }

    private static List<double[]> sums(int size, int length, int calls) {
        return LoopbackJob.run(size, replicas -> {
            INDArray own = Nd4j.create(1, length);
            for (int i = 0; i < Math.min(20, calls); i++) {
                replicas.sum(List.of(own), own);
            }
            return times(calls, () -> replicas.sum(List.of(own), own));
        });
    }

    private static double[] times(int calls, Runnable call) {
        double[] times = new double[calls];
        for (int i = 0; i < calls; i++) {
            long start = System.nanoTime();
            call.run();
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        return times;
    }
}
