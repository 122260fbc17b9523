package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;
import org.segloss4j.cli.training.Checkpoints;

/** Two processes in network namespaces of their own, joined by a cable that can be cut, as on two machines. */
@Tag("slow")
class TrainNetworksTest {

    private static final String NAME = "segloss4j-" + ProcessHandle.current().pid();
    private static final List<String> ADDRESSES = List.of("10.213.7.1", "10.213.7.2");
    private static final int TIMEOUT = 10;

    @TempDir
    private Path dir;
    private Path secret;
    private final List<ForkedJvm> started = new ArrayList<>();

    /** Exit code and output of a command. */
    private static String ip(String arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() + " " + said.strip();
    }

    private static void succeed(String arguments) throws IOException, InterruptedException {
        assertThat(ip(arguments)).as(arguments).startsWith("0");
    }

    @BeforeEach
    void networks() throws IOException, InterruptedException {
        String first;
        try {
            first = ip("netns add " + NAME + "-0");
        } catch (IOException e) {
            first = e.getMessage();
        }
        assumeTrue(first.startsWith("0"), "no network namespaces here: " + first);
        succeed("netns add " + NAME + "-1");
        // Made inside, so that nothing outside has such a name.
        String cable = ip("-n " + NAME + "-0 link add v0 type veth peer name v1 netns " + NAME + "-1");
        assumeTrue(cable.startsWith("0"), "no virtual cables here: " + cable);
        for (int rank = 0; rank < 2; rank++) {
            succeed("-n " + NAME + "-" + rank + " addr add " + ADDRESSES.get(rank) + "/24 dev v" + rank);
            succeed("-n " + NAME + "-" + rank + " link set v" + rank + " up");
            succeed("-n " + NAME + "-" + rank + " link set lo up");
        }
        ImageFolders.write(dir.resolve("images"), dir.resolve("masks"), 'a', 9);
        secret = Files.createFile(dir.resolve("secret"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(secret, "0123456789abcdef0123456789abcdef\n");
    }

    @AfterEach
    void removed() throws IOException, InterruptedException {
        for (ForkedJvm process : started) {
            process.kill();
        }
        for (int rank = 0; rank < 2; rank++) {
            try {
                ip("netns del " + NAME + "-" + rank);
            } catch (IOException e) {
                // Then there is no such command, and there was none.
            }
        }
    }

    private ForkedJvm worker(int rank, Path out, Object... more) throws IOException {
        List<Object> all = new ArrayList<>(List.of("--workers", ADDRESSES.get(0) + ":4711," + ADDRESSES.get(1)
                + ":4711", "--rank", rank, "--secret-file", secret, "--timeout", TIMEOUT));
        all.addAll(List.of(more));
        ForkedJvm worker = ForkedJvm.by(List.of("ip", "netns", "exec", NAME + "-" + rank),
                Map.of("OMP_NUM_THREADS", "1"), List.of("-Xmx600m"), Main.class,
                TrainTogetherTest.options(dir, out, all.toArray()).stream().map(Object::toString)
                        .toArray(String[]::new));
        started.add(worker);
        return worker;
    }

    /** A cut cable closes no connection: each side names the other when the time is over, and both go on later. */
    @Test
    void goOnAfterTheNetworkWasCut() throws Exception {
        Path out = dir.resolve("out");
        Path straight = dir.resolve("straight");
        ForkedJvm[] workers = {worker(0, out, "--epochs", 40), worker(1, dir.resolve("unused"), "--epochs", 40)};
        TrainWorkersTest.await(() -> Files.exists(out.resolve(Checkpoints.LAST)));
        succeed("-n " + NAME + "-1 link set v1 down");
        assertThat(TrainWorkersTest.complaint(workers[0], "1")).startsWith("segloss4j: replica 1 (10.213.7.2:4711)")
                .contains(" within " + TIMEOUT + " s");
        assertThat(TrainWorkersTest.complaint(workers[1], "1")).startsWith("segloss4j: replica 0 (10.213.7.1:4711)")
                .contains(" within " + TIMEOUT + " s");
        succeed("-n " + NAME + "-1 link set v1 up");

        workers[0] = worker(0, out, "--epochs", 40, "--resume");
        workers[1] = worker(1, dir.resolve("unused"), "--epochs", 40, "--resume");
        TrainWorkersTest.complaint(workers[1], "0");
        TrainWorkersTest.complaint(workers[0], "0");
        assertThat(CommandRun.of(TrainTogetherTest.options(dir, straight, "--epochs", 40, "--parts", 2).toArray())
                .code()).isZero();
        TrainTogetherTest.assertSame(out, straight);
    }
}
