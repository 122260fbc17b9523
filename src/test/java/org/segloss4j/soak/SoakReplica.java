package org.segloss4j.soak;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.segloss4j.dl4j.DataParallelTrainer;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.ReplicaException;
import org.segloss4j.replicas.TcpReplicas;

/**
 * One replica in a process of its own: trains from the checkpoint on, meets the others again whenever one is lost, and
 * ends when a file named {@code stop} appears. Tells what it does, line by line, and what it holds at intervals.
 */
final class SoakReplica {

    private static final int CHECKPOINT_EVERY = 10;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Path folder;
    private final List<String> addresses;
    private final int rank;
    private final long sampleNanos;
    private final List<Long> wall = new ArrayList<>();
    private final List<Long> cpu = new ArrayList<>();
    private long lastSample = System.nanoTime();

    private SoakReplica(Path folder, List<String> addresses, int rank, long sampleNanos) {
        this.folder = folder;
        this.addresses = addresses;
        this.rank = rank;
        this.sampleNanos = sampleNanos;
    }

    /** Folder, addresses with commas, rank, and the milliseconds between two samples. */
    public static void main(String[] args) throws IOException {
        // What libraries start when they are first used is there before the first meeting.
        warmUp();
        Set<String> threads = Footprint.threadNames();
        List<String> descriptors = kinds();
        new SoakReplica(Path.of(args[0]), List.of(args[1].split(",")), Integer.parseInt(args[2]),
                1_000_000 * Long.parseLong(args[3])).run();
        Set<String> left = Footprint.threadNames();
        left.removeAll(threads);
        List<String> open = new ArrayList<>(kinds());
        descriptors.forEach(open::remove);
        say("left " + left.size() + " threads " + left + ", " + open.size() + " descriptors " + open);
    }

    private static void warmUp() throws IOException {
        // The JVM keeps a socket of its own once a channel was closed.
        ServerSocketChannel.open().close();
        try (LocalReplicas alone = (LocalReplicas) LocalReplicas.of(1, SoakJob.TIMEOUT).get(0)) {
            MultiLayerNetwork network = SoakJob.load(Path.of("no such checkpoint"));
            DataParallelTrainer trainer = SoakJob.trainer(network, alone);
            for (int k = 0; k < 20; k++) {
                SoakJob.step(network, trainer);
            }
        }
    }

    /** What is open, without the numbers of sockets and without what class loaders open. */
    private static List<String> kinds() {
        return Footprint.openDescriptors().stream().map(target -> target.replaceAll(":\\[\\d+\\]", ""))
                .filter(target -> !target.endsWith(".jar") && !target.endsWith("/modules")).sorted()
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static void say(String line) {
        System.out.println(System.currentTimeMillis() + " " + line);
    }

    private void run() throws IOException {
        byte[] secret = Files.readAllBytes(folder.resolve("secret"));
        while (true) {
            try (TcpReplicas replicas = TcpReplicas.connect(addresses, rank, secret, SoakJob.TIMEOUT,
                    Map.of("soak", "1"))) {
                if (train(replicas)) {
                    return;
                }
            } catch (ReplicaException e) {
                say("lost: " + e.getMessage());
            }
        }
    }

    /** Trains until the end; true if the end was asked for. */
    private boolean train(TcpReplicas replicas) throws IOException {
        MultiLayerNetwork network = SoakJob.load(folder.resolve("checkpoint.zip"));
        int start = network.getIterationCount();
        say("begins at step " + start);
        DataParallelTrainer trainer = SoakJob.trainer(network, replicas);
        while (true) {
            long begin = System.nanoTime();
            long cpuBegin = THREADS.getCurrentThreadCpuTime();
            double score = SoakJob.step(network, trainer);
            cpu.add(THREADS.getCurrentThreadCpuTime() - cpuBegin);
            wall.add(System.nanoTime() - begin);
            if (!Double.isFinite(score)) {
                throw new IllegalStateException("the score of step " + network.getIterationCount() + " is " + score);
            }
            if (network.getIterationCount() % CHECKPOINT_EVERY == 0 && checkpoint(network, replicas)) {
                return true;
            }
            sample(network.getIterationCount());
        }
    }

    /** Replica 0 writes the checkpoint and says whether that was the last. */
    private boolean checkpoint(MultiLayerNetwork network, TcpReplicas replicas) throws IOException {
        byte[] own = {};
        if (rank == 0) {
            SoakJob.save(network, folder.resolve("checkpoint.zip"));
            own = Files.exists(folder.resolve("stop")) ? "stop".getBytes(StandardCharsets.UTF_8) : own;
        }
        return replicas.allGather(own).get(0).length > 0;
    }

    private void sample(int step) {
        if (System.nanoTime() - lastSample < sampleNanos) {
            return;
        }
        Footprint held = Footprint.now();
        say(String.join(" ", "sample", "" + step, "" + quantile(wall, 0.1),
                "" + quantile(cpu, 0.5), "" + held.heap(),
                "" + held.nativeBytes(), "" + held.resident(), "" + held.threads(), "" + held.descriptors()));
        wall.clear();
        cpu.clear();
        lastSample = System.nanoTime();
    }

    /** Of the times since the last sample: the lower tenth depends least on what else the machine does. */
    private static long quantile(List<Long> values, double share) {
        long[] sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted[(int) (share * sorted.length)];
    }
}
