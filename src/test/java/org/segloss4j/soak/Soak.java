package org.segloss4j.soak;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.dl4j.DataParallelTrainer;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.Replicas;

/**
 * Two replicas train for some minutes while one is killed and started again, halted and waited for or given up, the
 * network becomes slow, and strangers connect to their ports. Then what replica 0 held in the last third is compared
 * with the first, nothing may be left over, and the network must be the one of undisturbed training to the bit.
 *
 * <p>The argument is the number of minutes. Where a network namespace of its own ({@code unshare -n}) may be had, it
 * runs in one, in which the network can be slowed.
 */
final class Soak {

    private static final long MIB = 1 << 20;
    private static final String INSIDE = "inside";

    private final Path folder = Files.createTempDirectory("soak");
    private final long begin = System.nanoTime();
    private final double seconds;
    private final List<String> addresses = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();
    private final SoakProcess[] replicas = new SoakProcess[SoakJob.REPLICAS];
    private final List<SoakProcess> all = new ArrayList<>();
    private final Strangers strangers;
    private boolean isSlowingSkipped;

    private Soak(double minutes) throws IOException {
        seconds = 60 * minutes;
        List<Integer> ports = new ArrayList<>();
        for (int rank = 0; rank < SoakJob.REPLICAS; rank++) {
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                ports.add(free.getLocalPort());
                addresses.add("127.0.0.1:" + free.getLocalPort());
            }
        }
        strangers = new Strangers(ports);
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        Files.write(folder.resolve("secret"), secret);
    }

    public static void main(String[] args) throws Exception {
        String minutes = args.length > 0 ? args[0] : "10";
        boolean isInside = args.length > 1 && args[1].equals(INSIDE);
        if (!isInside && command("unshare", "-n", "ip", "link", "set", "lo", "up")) {
            System.exit(new ProcessBuilder("unshare", "-n", Path.of(System.getProperty("java.home"), "bin", "java")
                    .toString(), "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp",
                    System.getProperty("java.class.path"), Soak.class.getName(), minutes, INSIDE).inheritIO().start()
                    .waitFor());
        }
        if (isInside) {
            command("ip", "link", "set", "lo", "up");
        }
        Soak soak = new Soak(Double.parseDouble(minutes));
        try {
            soak.run(isInside);
        } finally {
            for (SoakProcess replica : soak.all) {
                replica.kill();
            }
        }
        soak.complaints.forEach(line -> System.out.println("FAILED: " + line));
        if (!soak.complaints.isEmpty()) {
            System.out.println("what the replicas told is in " + soak.folder);
            System.exit(1);
        }
        soak.deleteFolder();
        System.exit(0);
    }

    /** Whether a command could be run and succeeded. */
    static boolean command(String... words) throws InterruptedException {
        try {
            return new ProcessBuilder(words).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private void deleteFolder() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private boolean isLong() {
        return seconds >= 180;
    }

    private double elapsed() {
        return (System.nanoTime() - begin) / 1e9;
    }

    private void run(boolean maySlowNetwork) throws IOException, InterruptedException {
        strangers.start();
        for (int rank = 0; rank < SoakJob.REPLICAS; rank++) {
            start(rank);
        }
        untilTraining(0);
        if (isLong()) {
            // Once also the one that all others speak to; what is measured is its successor.
            killAndRestart(0);
        }
        Path reference = folder.resolve("reference.zip");
        for (int cycle = 0; cycle == 0 || elapsed() < 0.85 * seconds; cycle++) {
            if (elapsed() < 0.6 * seconds && Files.exists(folder.resolve("checkpoint.zip"))) {
                // Undisturbed training is repeated from the last of these on, or from the beginning.
                Files.copy(folder.resolve("checkpoint.zip"), reference, StandardCopyOption.REPLACE_EXISTING);
            }
            killAndRestart(1);
            haltForAMoment(cycle % 2);
            slowNetwork(maySlowNetwork);
            if (isLong() && cycle == 1) {
                haltUntilGivenUp();
            }
            pause(isLong() ? 15 : 3);
        }
        pause(Math.max(0, seconds - elapsed()));
        finish(reference);
    }

    private void start(int rank) throws IOException {
        long sampleMillis = Math.round(1000 * Math.max(0.5, seconds / 90));
        replicas[rank] = SoakProcess.start(folder, addresses, rank, all.size(), sampleMillis);
        all.add(replicas[rank]);
    }

    private static void pause(double seconds) throws InterruptedException {
        Thread.sleep(Math.round(1000 * seconds));
    }

    private int told(int rank) throws IOException {
        return replicas[rank].lines().size();
    }

    private void untilTraining(int from) throws IOException, InterruptedException {
        replicas[0].await(from, line -> line.contains(" begins at step "));
        int begun = told(0);
        replicas[0].await(begun, line -> line.contains(" sample "));
    }

    private void tell(String what, double since) {
        System.out.printf("%6.1f s  %s, %.1f s%n", elapsed(), what, elapsed() - since);
    }

    private void killAndRestart(int rank) throws IOException, InterruptedException {
        double since = elapsed();
        int other = 1 - rank;
        int before = told(other);
        replicas[rank].kill();
        replicas[other].await(before, line -> line.contains(" lost: ") && line.contains("replica " + rank));
        start(rank);
        untilTraining(rank == 0 ? 0 : told(0));
        tell("replica " + rank + " killed, named, started again and at work", since);
    }

    /** Too short to be given up. */
    private void haltForAMoment(int rank) throws IOException, InterruptedException {
        double since = elapsed();
        long lost = lost();
        replicas[rank].signal("STOP");
        pause(3);
        replicas[rank].signal("CONT");
        replicas[0].await(told(0), line -> line.contains(" sample "));
        complainIf(lost() != lost, "replica " + rank + " was given up although it was halted only for 3 s");
        tell("replica " + rank + " halted for 3 s and waited for", since);
    }

    private long lost() throws IOException {
        long lost = 0;
        for (SoakProcess replica : all) {
            lost += replica.lines().stream().filter(line -> line.contains(" lost: ")).count();
        }
        return lost;
    }

    private void haltUntilGivenUp() throws IOException, InterruptedException {
        double since = elapsed();
        int before = told(0);
        replicas[1].signal("STOP");
        replicas[0].await(before, line -> line.contains(" lost: ") && line.contains("replica 1"));
        replicas[1].signal("CONT");
        untilTraining(before);
        tell("replica 1 halted until it was given up and named, then at work again", since);
    }

    private void slowNetwork(boolean isOurs) throws IOException, InterruptedException {
        if (!isOurs || !command("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "3ms", "1ms",
                "loss", "1%")) {
            if (!isSlowingSkipped) {
                System.out.println("skipped: a slow network, since " + (isOurs ? "this system has no netem for tc"
                        : "unshare gives no network of its own here"));
            }
            isSlowingSkipped = true;
            return;
        }
        double since = elapsed();
        long lost = lost();
        pause(5);
        command("tc", "qdisc", "del", "dev", "lo", "root");
        replicas[0].await(told(0), line -> line.contains(" sample "));
        complainIf(lost() != lost, "replicas lost each other on a slow network");
        tell("5 s of a network with 3 ms of delay and 1% of loss", since);
    }

    private void complainIf(boolean isWrong, String what) {
        if (isWrong) {
            complaints.add(what);
        }
    }

    private void finish(Path reference) throws IOException, InterruptedException {
        Files.createFile(folder.resolve("stop"));
        for (int rank = 0; rank < SoakJob.REPLICAS; rank++) {
            int code = replicas[rank].end();
            List<String> lines = replicas[rank].lines();
            String left = lines.get(lines.size() - 1).replaceFirst("^\\d+ ", "");
            System.out.println("replica " + rank + " ended with " + code + ", " + left);
            complainIf(code != 0 || !left.equals("left 0 threads [], 0 descriptors []"), "replica " + rank
                    + " did not end clean: " + replicas[rank].ownLines());
        }
        strangers.interrupt();
        System.out.println("strangers: " + strangers.heard() + " connections heard, " + strangers.refused()
                + " refused, since replicas that have met listen no longer");
        compare(Series.of(replicas[0].lines()));
        leftovers();
        sameBits(reference);
    }

    private void compare(Series series) {
        System.out.println("replica 0 since its start, " + series.samples().size() + " samples, medians:");
        System.out.println("                    first third    last third");
        // In a short run other work on the machine, which comes and goes, changes even this.
        row(series, "cpu", "CPU of a step, µs", 1000, isLong() ? 1.25 : 2, 200);
        row(series, "wall", "fast steps, µs", 1000, isLong() ? 2 : 4, 2000);
        // It swings by about 10 MiB, which a short run may see half of.
        row(series, "heap", "heap, KiB", 1024, 1.1, (isLong() ? 4 : 12) * MIB / 1024);
        row(series, "native", "native arrays, KiB", 1024, 1.1, MIB / 1024);
        row(series, "resident", "resident, KiB", 1024, 1.1, 24 * MIB / 1024);
        row(series, "threads", "threads", 1, 1, 1);
        row(series, "descriptors", "descriptors", 1, 1, 1);
    }

    /** More than a factor and an amount above the first third is a rise. */
    private void row(Series series, String column, String name, long unit, double factor, long amount) {
        long first = series.first(column) / unit;
        long last = series.last(column) / unit;
        System.out.printf("%-20s%11d%14d%n", name, first, last);
        complainIf(last > factor * first + amount, name + " rose from " + first + " to " + last);
    }

    private void leftovers() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<String> others = files.filter(Files::isRegularFile).map(file -> folder.relativize(file).toString())
                    .filter(name -> !name.matches("secret|stop|checkpoint\\.zip|reference\\.zip|replica-.*\\.log"
                            + "|checkpoint\\.zip\\.part"))
                    .sorted().toList();
            System.out.println("files left over: " + others);
            complainIf(!others.isEmpty(), "files are left over: " + others);
        }
    }

    /** Trains from the reference on in this process, as one replica with all parts, and compares. */
    private void sameBits(Path reference) throws IOException {
        MultiLayerNetwork expected = SoakJob.load(reference);
        MultiLayerNetwork trained = SoakJob.load(folder.resolve("checkpoint.zip"));
        int from = expected.getIterationCount();
        int steps = trained.getIterationCount() - from;
        try (Replicas alone = LocalReplicas.of(1, SoakJob.TIMEOUT).get(0)) {
            DataParallelTrainer trainer = SoakJob.trainer(expected, alone);
            for (int k = 0; k < steps; k++) {
                SoakJob.step(expected, trainer);
            }
        }
        INDArray[] found = {trained.params(), trained.getUpdater().getStateViewArray()};
        INDArray[] right = {expected.params(), expected.getUpdater().getStateViewArray()};
        boolean same = steps > 0 && found[0].equalsWithEps(right[0], 0) && found[1].equalsWithEps(right[1], 0);
        System.out.println("steps " + from + " to " + (from + steps) + " once more, undisturbed and by one replica: "
                + (same ? "the same parameters and updater to the bit" : "other parameters"));
        complainIf(!same, "the network is not that of undisturbed training");
    }
}
