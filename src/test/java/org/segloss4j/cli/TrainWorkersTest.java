package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;
import org.segloss4j.cli.training.Checkpoints;
import org.segloss4j.dl4j.SegmentationModel;

/** Two processes on loopback train together, and whatever happens to one of them. */
@Tag("slow")
class TrainWorkersTest {

    private static final int TIMEOUT = 10;

    @TempDir
    private Path dir;
    private Path secret;
    private String addresses;
    private final List<ForkedJvm> started = new ArrayList<>();

    @BeforeEach
    void files() throws IOException {
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 9);
        secret = Files.createFile(dir.resolve("secret"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(secret, "0123456789abcdef0123456789abcdef\n");
        try (ServerSocket one = new ServerSocket(0); ServerSocket two = new ServerSocket(0)) {
            addresses = "127.0.0.1:" + one.getLocalPort() + ",127.0.0.1:" + two.getLocalPort();
        }
    }

    @AfterEach
    void noProcessIsLeft() throws InterruptedException {
        for (ForkedJvm process : started) {
            process.kill();
        }
    }

    private ForkedJvm worker(int rank, Path out, Object... more) throws IOException {
        List<Object> all = new ArrayList<>(List.of("--workers", addresses, "--rank", rank, "--secret-file", secret));
        if (!List.of(more).contains("--timeout")) {
            all.addAll(List.of("--timeout", TIMEOUT));
        }
        all.addAll(List.of(more));
        ForkedJvm worker = new ForkedJvm(Map.of("OMP_NUM_THREADS", "1"), List.of("-Xmx600m"), Main.class,
                TrainTogetherTest.options(dir, out, all.toArray()).stream().map(Object::toString)
                        .toArray(String[]::new));
        started.add(worker);
        return worker;
    }

    private CommandRun alone(Path out, Object... more) {
        return CommandRun.of(TrainTogetherTest.options(dir, out,
                Stream.concat(Stream.of("--parts", 2), Stream.of(more)).toArray()).toArray());
    }

    static void await(Callable<Boolean> event) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (!event.call()) {
            assertThat(System.nanoTime()).as("nothing happened").isLessThan(end);
            Thread.sleep(5);
        }
    }

    /** The exit code and what it said, or of one that ended otherwise the whole. */
    static String complaint(ForkedJvm process, String code) throws IOException, InterruptedException {
        List<String> lines = process.result().lines().toList();
        assertThat(lines.get(0)).as(String.join("\n", lines)).isEqualTo(code);
        return lines.stream().filter(line -> line.startsWith("segloss4j: ")).reduce((one, other) -> other).orElse("");
    }

    /** Whenever one of them is killed, the other ends soon and says who it was, and both go on to the same end. */
    @Test
    void survivesThatOneIsKilledAtAnyMoment() throws Exception {
        Path straight = dir.resolve("straight");
        Path killed = dir.resolve("killed");
        Object[] options = {"--epochs", 40};
        Random random = new Random(5);
        for (int k = 0; k < 4; k++) {
            Path last = killed.resolve(Checkpoints.LAST);
            Object before = Files.exists(last) ? Files.getAttribute(last, "unix:ino") : null;
            Object[] all = before == null ? options : Stream.concat(Stream.of(options), Stream.of("--resume"))
                    .toArray();
            ForkedJvm[] workers = {worker(0, killed, all), worker(1, dir.resolve("unused"), all)};
            await(() -> Files.exists(last) && !Files.getAttribute(last, "unix:ino").equals(before));
            Thread.sleep(random.nextInt(700));
            int victim = k % 2;
            workers[victim].kill();
            long begin = System.nanoTime();
            String said = complaint(workers[1 - victim], "1");
            assertThat(said).startsWith("segloss4j: replica " + victim + " (127.0.0.1:").contains(" was lost in ");
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(TIMEOUT));
            SegmentationModel.load(killed.resolve(Checkpoints.LAST));
        }
        Object[] resume = Stream.concat(Stream.of(options), Stream.of("--resume")).toArray();
        ForkedJvm first = worker(0, killed, resume);
        ForkedJvm second = worker(1, dir.resolve("unused"), resume);
        assertThat(complaint(second, "0")).isEmpty();
        assertThat(complaint(first, "0")).isEmpty();
        CommandRun run = alone(straight, options);
        assertThat(run.code()).as(run.err()).isZero();
        TrainTogetherTest.assertSame(killed, straight);
        assertThat(dir.resolve("unused")).doesNotExist();
    }

    /** A request at either of them stops both after the same step; strangers at the port change nothing. */
    @Test
    void stopsTogether() throws Exception {
        Path straight = dir.resolve("straight");
        Path stopped = dir.resolve("stopped");
        Object[] options = {"--epochs", 60};
        ForkedJvm[] workers = {worker(0, stopped, options), worker(1, dir.resolve("unused"), options)};
        await(() -> Files.exists(stopped.resolve(Checkpoints.LAST)));
        workers[1].end();
        List<String> asked = workers[1].result().lines().toList();
        List<String> other = workers[0].result().lines().toList();
        assertThat(asked.get(0)).isEqualTo("143");
        assertThat(asked).contains("segloss4j: stopping after this step; the state will be saved");
        assertThat(other.get(0)).isEqualTo("1");
        assertThat(other.get(other.size() - 1)).startsWith("stopped in epoch ").contains("; last.zip holds this state");
        assertThat(asked.get(asked.size() - 1)).matches("stopped after \\d+ epochs and \\d+ steps; replica 0 has saved"
                + " what there is");

        Object[] resume = Stream.concat(Stream.of(options), Stream.of("--resume")).toArray();
        ForkedJvm first = worker(0, stopped, resume);
        int port = Integer.parseInt(addresses.replaceAll(",.*", "").replaceAll(".*:", ""));
        for (boolean heard = false; !heard;) {
            try (Socket stranger = new Socket("127.0.0.1", port)) {
                stranger.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes());
                heard = true;
            } catch (IOException e) {
                Thread.sleep(50);
            }
        }
        ForkedJvm second = worker(1, dir.resolve("unused"), resume);
        complaint(second, "0");
        complaint(first, "0");
        assertThat(alone(straight, options).code()).isZero();
        TrainTogetherTest.assertSame(stopped, straight);
    }

    @Test
    void endsTogetherWhereTheFirstCannotWrite() throws Exception {
        Path out = dir.resolve("out");
        ForkedJvm[] workers = {worker(0, out, "--epochs", 400), worker(1, out, "--epochs", 400)};
        await(() -> Files.exists(out.resolve(Checkpoints.LAST)));
        // A full disk, to those who write there; permissions mean nothing to a root user.
        Files.move(out, dir.resolve("moved"));
        Files.writeString(out, "no folder");
        assertThat(complaint(workers[0], "1")).startsWith("segloss4j: --out: " + out + " cannot be written: ");
        assertThat(complaint(workers[1], "1"))
                .startsWith("segloss4j: replica 0 has failed: --out: " + out + " cannot be written: ");
    }

    @Test
    void namesTheOneThatIsTooSlow() throws Exception {
        Path out = dir.resolve("out");
        ForkedJvm[] workers = {worker(0, out, "--epochs", 400), worker(1, out, "--epochs", 400)};
        await(() -> Files.exists(out.resolve(Checkpoints.LAST)));
        workers[1].suspend();
        long before = System.nanoTime();
        assertThat(complaint(workers[0], "1")).startsWith("segloss4j: replica 1 (127.0.0.1:")
                .contains(" did not come to ", " within " + TIMEOUT + " s");
        assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(2 * TIMEOUT));
    }

    @Test
    void waitsForAllAndRefusesOthers() throws IOException, InterruptedException {
        Path out = dir.resolve("out");
        assertThat(complaint(worker(0, out, "--epochs", 1, "--timeout", 2), "1"))
                .matches("segloss4j: missing after 2 s: replica 1 \\(127.0.0.1:\\d+\\)");
        ForkedJvm[] workers = {worker(0, out), worker(1, out, "--learning-rate", 0.02)};
        String message = "segloss4j: replica 1 differs from replica 0 in --learning-rate: it has 0.02, replica 0 has"
                + " 0.01; all replicas need the same version, options and data";
        for (ForkedJvm worker : workers) {
            assertThat(complaint(worker, "1")).isEqualTo(message);
        }
        assertThat(out).doesNotExist();
    }
}
