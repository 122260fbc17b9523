package org.segloss4j.replicas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How replicas find each other among strangers. */
class MeetingTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Map<String, String> JOB = Map.of("version", "1");
    private static final byte[] WRONG = "another secret for tests".getBytes(StandardCharsets.UTF_8);

    /** Classes are loaded then, so that a moment is enough for replicas to meet. */
    @BeforeAll
    static void meetOnce() {
        LoopbackJob.run(2, own -> own.allGather(new byte[1]).size());
    }

    private static List<Future<Integer>> start(LoopbackJob job, int... ranks) {
        return LoopbackJob.start(ranks.length, i -> {
            try (Replicas replicas = job.connect(ranks[i])) {
                return replicas.allGather(new byte[3]).size();
            }
        });
    }

    private static String failure(Future<?> replica) throws Exception {
        try {
            return "no failure: " + replica.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(ReplicaException.class).message().doesNotContain("\n");
            return e.getCause().getMessage();
        }
    }

    private static String name(LoopbackJob job, int rank) {
        return "replica " + rank + " (" + job.addresses.get(rank) + ")";
    }

    private static Socket stranger(LoopbackJob job, int rank) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), job.listeners.get(rank).port());
    }

    @Test
    void oneMayStartLongBeforeTheOthers() throws Exception {
        LoopbackJob job = new LoopbackJob(3, LONG);
        job.listeners.get(0).close();
        job.listeners.get(1).close();
        List<Future<Integer>> first = start(job, 2);
        Thread.sleep(300);
        List<Future<Integer>> others = LoopbackJob.start(2, rank -> {
            Thread.sleep(200 * rank);
            try (Replicas replicas = TcpReplicas.connect(job.addresses, rank, LoopbackJob.SECRET, LONG, JOB)) {
                return replicas.allGather(new byte[3]).size();
            }
        });
        assertThat(LoopbackJob.results(first)).containsExactly(3);
        assertThat(LoopbackJob.results(others)).containsExactly(3, 3);
    }

    @Test
    void whoIsMissingIsNamedByAll() throws Exception {
        LoopbackJob job = new LoopbackJob(4, Duration.ofMillis(1500));
        for (Future<?> replica : start(job, 0, 2)) {
            assertThat(failure(replica)).isEqualTo("missing after 1.5 s: " + name(job, 1) + ", " + name(job, 3));
        }
        LoopbackJob headless = new LoopbackJob(2, Duration.ofMillis(300));
        headless.listeners.get(0).close();
        assertThat(failure(start(headless, 1).get(0)))
                .isEqualTo(name(headless, 0) + " is missing after 0.3 s: Connection refused");
    }

    @Test
    void jobsThatDifferAreRefusedEverywhere() throws Exception {
        List<Map<String, String>> jobs = List.of(Map.of("version", "1", "classes", "3"),
                Map.of("version", "1", "classes", "3"), Map.of("version", "1", "classes", "4"));
        LoopbackJob job = new LoopbackJob(3, LONG);
        for (Future<?> replica : LoopbackJob.start(3, rank -> job.connect(rank, LoopbackJob.SECRET, jobs.get(rank)))) {
            assertThat(failure(replica)).isEqualTo(name(job, 2) + " has classes 4, but " + name(job, 0)
                    + " has classes 3; it must be the same on all replicas");
        }
        LoopbackJob less = new LoopbackJob(2, LONG);
        for (Future<?> replica : LoopbackJob.start(2,
                rank -> less.connect(rank, LoopbackJob.SECRET, rank == 0 ? JOB : Map.of()))) {
            assertThat(failure(replica)).startsWith(name(less, 1) + " has no version, but " + name(less, 0)
                    + " has version 1;");
        }
    }

    @Test
    void listsOfDifferentLengthsAreRefused() throws Exception {
        LoopbackJob job = new LoopbackJob(2, LONG);
        List<String> more = List.of(job.addresses.get(0), job.addresses.get(1), "127.0.0.1:1");
        List<Future<TcpReplicas>> replicas = LoopbackJob.start(2, rank -> rank == 0 ? job.connect(0)
                : job.listeners.get(1).connect(more, 1, LoopbackJob.SECRET, LONG, JOB));
        for (Future<?> replica : replicas) {
            assertThat(failure(replica)).startsWith("replica 1 (from /127.0.0.1:")
                    .endsWith(") is one of 3 replicas, but " + name(job, 0) + " one of 2");
        }
    }

    @Test
    void strangersDoNotDisturb() throws Exception {
        LoopbackJob job = new LoopbackJob(2, LONG);
        List<Future<Integer>> first = start(job, 0);
        List<Socket> strangers = new ArrayList<>();
        Random random = new Random(3);
        for (int i = 0; i < 100; i++) {
            Socket socket = stranger(job, 0);
            strangers.add(socket);
            byte[] said = new byte[random.nextInt(200)];
            random.nextBytes(said);
            if (i % 5 == 0) {
                said = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            } else if (i % 5 == 1) {
                // The beginning of what a replica says, then nothing; or a port scanner, which says nothing at all.
                said = "SegLoss4".substring(0, random.nextInt(9)).getBytes(StandardCharsets.US_ASCII);
            } else if (i % 5 == 2) {
                System.arraycopy("SegLoss4\0\0\0\1".getBytes(StandardCharsets.US_ASCII), 0, said, 0,
                        Math.min(12, said.length));
            }
            try {
                socket.getOutputStream().write(said);
            } catch (IOException e) {
                assertThat(e).hasMessageMatching("(?i)broken pipe.*|connection reset.*");
            }
            if (i % 5 == 3) {
                socket.close();
            }
        }
        for (int i = 0; i < 70; i++) {
            strangers.add(stranger(job, 0));
        }
        List<Future<Integer>> second = start(job, 1);
        assertThat(LoopbackJob.results(first)).containsExactly(2);
        assertThat(job.warnings).anyMatch(line -> line.endsWith(": too many others wait"));
        assertThat(LoopbackJob.results(second)).containsExactly(2);
        String closed = name(job, 0) + " closed a connection from /127.0.0.1:";
        assertThat(job.warnings).anyMatch(line -> line.startsWith(closed)
                && line.endsWith(": it is no replica of SegLoss4J: it began with \"GET / HTTP/1.1??\""));
        assertThat(job.warnings).allMatch(line -> line.chars().allMatch(c -> c >= ' ' && c <= '~'));
        for (Socket socket : strangers) {
            if (!socket.isClosed()) {
                socket.setSoTimeout(20_000);
                assertThat(isOver(socket)).isTrue();
                socket.close();
            }
        }
    }

    /** Whether the other side has closed a connection, having said no more than its answer to a hello. */
    private static boolean isOver(Socket socket) throws IOException {
        try {
            return socket.getInputStream().readAllBytes().length <= 44;
        } catch (IOException e) {
            return e.getMessage().contains("reset");
        }
    }

    @Test
    void oneWithAnotherSecretIsSentAway() throws Exception {
        LoopbackJob job = new LoopbackJob(2, LONG);
        List<Future<Integer>> first = start(job, 0);
        try (TcpReplicas.Listener listener = TcpReplicas.listen("127.0.0.1:0")) {
            List<String> own = new ArrayList<>();
            assertThatThrownBy(() -> listener.connect(job.addresses, 1, WRONG, Duration.ofMillis(900), JOB, own::add))
                    .isInstanceOf(ReplicaException.class).hasMessage(name(job, 0) + " is missing after 0.9 s:"
                            + " it closed the connection when it saw the proof; is the secret the same?");
            assertThat(own).containsExactly(name(job, 0) + " refuses this replica: it closed the connection when it saw"
                    + " the proof; is the secret the same?");
        }
        assertThat(job.warnings).as("it tries again and again").singleElement().asString()
                .endsWith(": it does not know the secret");
        assertThat(LoopbackJob.results(start(job, 1))).containsExactly(2);
        assertThat(LoopbackJob.results(first)).containsExactly(2);
    }

    /** Who gives back what it hears cannot pass for replica 0: neither all of it, nor the proof alone. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEchoProvesNothing(boolean answersTheHello) throws Exception {
        LoopbackJob job = new LoopbackJob(2, Duration.ofMillis(500));
        ServerSocket echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        job.addresses.set(0, "127.0.0.1:" + echo.getLocalPort());
        Thread server = new Thread(() -> echo(echo, answersTheHello));
        server.start();
        try {
            assertThat(failure(start(job, 1).get(0)))
                    .isEqualTo(name(job, 0) + " is missing after 0.5 s: it does not know the secret");
        } finally {
            echo.close();
            server.join();
        }
    }

    private static void echo(ServerSocket echo, boolean answersTheHello) {
        while (!echo.isClosed()) {
            try (Socket socket = echo.accept(); InputStream in = socket.getInputStream()) {
                if (answersTheHello) {
                    // As long as an answer is; its random number is as good as another.
                    socket.getOutputStream().write(in.readNBytes(57), 0, 44);
                }
                in.transferTo(socket.getOutputStream());
            } catch (IOException e) {
                // The caller has gone, or the test is at its end.
                continue;
            }
        }
    }

    /** So that those who say nothing can neither keep a replica out nor use up memory. */
    @Test
    void ofManyStrangersTheOldestHaveToGo() throws Exception {
        LoopbackJob job = new LoopbackJob(2, LONG);
        List<Future<Integer>> first = start(job, 0);
        List<Socket> strangers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            strangers.add(stranger(job, 0));
        }
        // All but the 64 that may wait.
        for (Socket gone : strangers.subList(0, 36)) {
            gone.setSoTimeout(20_000);
            assertThat(gone.getInputStream().read()).isEqualTo(-1);
        }
        strangers.get(36).setSoTimeout(100);
        assertThatThrownBy(() -> strangers.get(36).getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        assertThat(LoopbackJob.results(start(job, 1))).containsExactly(2);
        assertThat(LoopbackJob.results(first)).containsExactly(2);
        assertThat(job.warnings).singleElement().asString().endsWith(": too many others wait");
        for (Socket socket : strangers) {
            socket.close();
        }
    }

    @Test
    void aSecondReplicaOfTheSameRankIsRefused() throws Exception {
        LoopbackJob job = new LoopbackJob(3, LONG);
        List<Future<Integer>> both = start(job, 0, 1);
        Thread.sleep(1000);
        try (TcpReplicas.Listener listener = TcpReplicas.listen("127.0.0.1:0")) {
            assertThatThrownBy(() -> listener.connect(job.addresses, 1, LoopbackJob.SECRET, LONG, JOB))
                    .isInstanceOf(ReplicaException.class)
                    .hasMessage(name(job, 0) + " refuses this replica: another replica 1 is there already");
        }
        assertThat(LoopbackJob.results(start(job, 2))).containsExactly(3);
        assertThat(LoopbackJob.results(both)).containsExactly(3, 3);
        assertThat(job.warnings).singleElement().asString().endsWith(": another replica 1 is there already");
    }

    @Test
    void oneThatIsLostWhileTheOthersAreAwaitedIsNamed() throws Exception {
        LoopbackJob job = new LoopbackJob(3, LONG);
        List<Future<Integer>> first = start(job, 0);
        Thread lost = new Thread(() -> assertThatThrownBy(() -> job.connect(1)).hasMessageContaining("interrupted"));
        lost.start();
        Thread.sleep(1000);
        lost.interrupt();
        String expected = name(job, 1) + " was interrupted while it waited for the others";
        // One that comes a moment later is told, too.
        lost.join();
        assertThat(failure(start(job, 2).get(0))).isEqualTo(expected);
        assertThat(failure(first.get(0))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "[::1]"})
    void addressesMayBeNamesOrOfVersionSix(String host) {
        List<TcpReplicas.Listener> listeners = new ArrayList<>();
        try {
            listeners.add(TcpReplicas.listen(host + ":0"));
            listeners.add(TcpReplicas.listen(host + ":0"));
        } catch (ReplicaException e) {
            assumeThat(host).as("this machine has no IPv6").isEqualTo("localhost");
        }
        List<String> addresses = listeners.stream().map(listener -> host + ":" + listener.port()).toList();
        assertThat(LoopbackJob.results(LoopbackJob.start(2, rank -> {
            try (Replicas replicas = listeners.get(rank).connect(addresses, rank, LoopbackJob.SECRET, LONG, JOB)) {
                return replicas.allGather(new byte[1]).size();
            }
        }))).containsExactly(2, 2);
    }

    @Test
    void addressesAreReadAsPeopleWriteThem() {
        assertThat(HostPort.parse("node1:4000")).isEqualTo(new HostPort("node1", 4000));
        assertThat(HostPort.parse("[fe80::1]:1")).isEqualTo(new HostPort("fe80::1", 1)).hasToString("[fe80::1]:1");
        for (String wrong : List.of("node1", ":4000", "node1:", "node1:x", "node1:65536", "::1:4000", "[]:4")) {
            assertThatThrownBy(() -> HostPort.parse(wrong)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"" + wrong + "\"");
        }
    }

    /** Debian writes 127.0.1.1 into /etc/hosts for the name of the machine. */
    @Test
    void aNameThatOnlyThisMachineReachesIsToldWhereOthersAreElsewhere() {
        List<String> elsewhere = List.of("localhost:4000", "10.0.0.1:4000");
        assertThat(TcpReplicas.unreachable(HostPort.parseAll(elsewhere), 0)).isEqualTo("localhost:4000 is 127.0.0.1 on"
                + " this machine, which no other machine can reach; if others do not come, write an address of"
                + " the network into the list, or listen at one (--bind)");
        assertThat(TcpReplicas.unreachable(HostPort.parseAll(elsewhere), 1)).isNull();
        assertThat(TcpReplicas.unreachable(HostPort.parseAll(List.of("localhost:1", "127.0.0.1:2")), 0)).isNull();
        assertThat(TcpReplicas.unreachable(HostPort.parseAll(List.of("nowhere.invalid:1", "10.0.0.1:2")), 0)).isNull();
    }

    @Test
    void nobodyListensAfterArgumentsThatCannotBe() {
        TcpReplicas.Listener listener = TcpReplicas.listen("127.0.0.1:0");
        String own = "127.0.0.1:" + listener.port();
        assertThatThrownBy(() -> listener.connect(List.of(own), 0, new byte[5], LONG, JOB))
                .isInstanceOf(IllegalArgumentException.class);
        TcpReplicas.listen(own).close();
    }

    @Test
    void whatCannotBeIsRefusedAtOnce() {
        List<String> one = List.of("127.0.0.1:0");
        assertThatThrownBy(() -> TcpReplicas.connect(one, 1, LoopbackJob.SECRET, LONG, JOB))
                .hasMessage("rank 1 is none of the 1 replicas, which are counted from 0");
        assertThatThrownBy(() -> TcpReplicas.connect(one, 0, new byte[5], LONG, JOB))
                .hasMessageStartingWith("the secret of the replicas has 5 bytes; at least 16 are needed");
        assertThatThrownBy(() -> TcpReplicas.connect(one, 0, LoopbackJob.SECRET, Duration.ZERO, JOB))
                .hasMessageContaining("PT0S");
        assertThatThrownBy(() -> TcpReplicas.connect(List.of("127.0.0.1:4001", "node1:4000", "node1: 4000"), 0,
                LoopbackJob.SECRET, LONG, JOB))
                .hasMessage("node1:4000 stands there twice, but every replica needs an address of its own");
        assertThatThrownBy(() -> TcpReplicas.listen("192.0.2.1:4000")).isInstanceOf(ReplicaException.class)
                .hasMessageStartingWith("cannot listen at 192.0.2.1:4000: ");
        assertThatThrownBy(() -> TcpReplicas.listen("no-such-host.invalid:4000"))
                .hasMessage("cannot listen at no-such-host.invalid:4000: the name is unknown");
    }
}
