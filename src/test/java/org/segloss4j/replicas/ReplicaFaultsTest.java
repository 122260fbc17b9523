package org.segloss4j.replicas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What replicas say when one of them is lost, slow, gone or wrong. */
class ReplicaFaultsTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(600);

    /** The line with which a replica failed. */
    private static String failure(Future<?> replica) throws Exception {
        try {
            return "no failure: " + replica.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(ReplicaException.class).message().doesNotContain("\n");
            return e.getCause().getMessage();
        }
    }

    /** The one line with which all replicas but one failed. */
    private static String failureOfAllBut(int rank, List<? extends Future<?>> replicas) throws Exception {
        List<String> lines = new ArrayList<>();
        for (int other = 0; other < replicas.size(); other++) {
            if (other != rank) {
                lines.add(failure(replicas.get(other)));
            }
        }
        assertThat(lines.stream().distinct()).as("what the replicas say: %s", lines).hasSize(1);
        return lines.get(0);
    }

    private static Object message(Replicas replicas) {
        return replicas.allGather(new byte[100]);
    }

    private static Object sum(Replicas replicas, long length) {
        INDArray array = Nd4j.create(DataType.FLOAT, 1, length);
        replicas.sum(List.of(array), array);
        return array;
    }

    private static String name(LoopbackJob job, int rank) {
        return "replica " + rank + " (" + job.addresses.get(rank) + ")";
    }

    @Test
    void oneThatIsLostAtAnyMomentIsNamedByAllOthers() throws Exception {
        Random random = new Random(7);
        for (int round = 0; round < 24; round++) {
            int size = 2 + random.nextInt(3);
            int victim = random.nextInt(size);
            long micros = random.nextInt(6000);
            LoopbackJob job = new LoopbackJob(size, LONG);
            AtomicReference<TcpReplicas> lost = new AtomicReference<>();
            List<Future<Object>> replicas = LoopbackJob.start(size, rank -> {
                try (TcpReplicas own = job.connect(rank)) {
                    // All have met when this returns.
                    message(own);
                    if (rank == victim) {
                        lost.set(own);
                    }
                    return failsAgain(own, () -> {
                        while (true) {
                            message(own);
                            sum(own, 100_000);
                        }
                    });
                }
            });
            while (lost.get() == null) {
                Thread.onSpinWait();
            }
            TimeUnit.MICROSECONDS.sleep(micros);
            lost.get().peers.disconnect();
            for (int rank = 0; rank < size; rank++) {
                if (rank != victim) {
                    assertThat(failure(replicas.get(rank))).as("round %s", round)
                            .startsWith(name(job, victim) + " was lost in ");
                }
            }
            if (victim != 0) {
                // Replica 0 sees to it that all say the same.
                failureOfAllBut(victim, replicas);
            }
        }
    }

    @Test
    void oneWhoseConnectionsAreBeingCutBlamesNobody() throws Exception {
        LoopbackJob job = new LoopbackJob(3, LONG);
        List<Future<Object>> replicas = LoopbackJob.start(3, rank -> {
            try (TcpReplicas own = job.connect(rank)) {
                message(own);
                if (rank == 0) {
                    // As if it read there at the moment when this connection is cut and that to replica 2 is not.
                    own.peers.star(1).close();
                    own.peers.star(1).read();
                }
                return failsAgain(own, () -> message(own));
            }
        });
        assertThat(failure(replicas.get(0))).isEqualTo(name(job, 0) + " closed its connections in allGather 2");
        for (int rank = 1; rank < 3; rank++) {
            assertThat(failure(replicas.get(rank))).startsWith(name(job, 0) + " was lost in allGather ");
        }
    }

    /** Also shows that the next call fails in the same way. */
    private static Object failsAgain(Replicas replicas, Callable<Object> body) throws Exception {
        try {
            return body.call();
        } catch (ReplicaException first) {
            assertThatThrownBy(() -> message(replicas)).isInstanceOf(ReplicaException.class)
                    .hasMessage(first.getMessage());
            assertThatThrownBy(() -> sum(replicas, 3)).hasMessage(first.getMessage());
            throw first;
        }
    }

    @Test
    void oneThatIsTooSlowIsNamedByAllOthers() throws Exception {
        // All at the same time, since they wait for most of theirs.
        List<Callable<Object>> checks = new ArrayList<>();
        for (int slow = 0; slow < 3; slow++) {
            checks.add(slow(slow, true));
            checks.add(slow(slow, false));
        }
        for (Callable<Object> check : checks) {
            check.call();
        }
    }

    private static Callable<Object> slow(int slow, boolean message) {
        LoopbackJob job = new LoopbackJob(3, SHORT);
        CountDownLatch others = new CountDownLatch(2);
        List<Future<Object>> replicas = job.each(own -> {
            message(own);
            if (own.rank() == slow) {
                others.await();
            }
            try {
                return message ? message(own) : sum(own, 100_000);
            } finally {
                others.countDown();
            }
        });
        return () -> {
            assertThat(failureOfAllBut(-1, replicas)).isEqualTo(name(job, slow) + " did not come to "
                    + (message ? "allGather" : "sum") + " 2 within 0.6 s");
            return null;
        };
    }

    @Test
    void toComputeForLongerThanTheTimeoutIsNoFault() {
        List<Object> got = new LoopbackJob(3, Duration.ofMillis(300)).all(own -> {
            message(own);
            Thread.sleep(700);
            message(own);
            return "well";
        });
        assertThat(got).containsOnly("well");
    }

    @ParameterizedTest
    @CsvSource({"0, true", "2, true", "0, false", "1, false", "2, false"})
    void oneThatLeavesTooEarlyIsNamed(int gone, boolean message) throws Exception {
        LoopbackJob job = new LoopbackJob(3, LONG);
        List<Future<Object>> replicas = job.each(own -> {
            message(own);
            return own.rank() == gone ? "left" : message ? message(own) : sum(own, 100_000);
        });
        assertThat(failureOfAllBut(gone, replicas))
                .startsWith(name(job, gone) + " has left, but others still wait for it in ");
    }

    @Test
    void arraysOfDifferentLengthsAreNamed() throws Exception {
        LoopbackJob job = new LoopbackJob(3, LONG);
        List<Future<Object>> replicas = job.each(own -> sum(own, own.rank() == 1 ? 99 : 100));
        assertThat(failureOfAllBut(-1, replicas)).isEqualTo(name(job, 1) + " adds arrays of 99 FLOAT in sum 1, but "
                + name(job, 0) + " of 100 FLOAT");
    }

    @Test
    void arraysOfDifferentTypesAreNamed() throws Exception {
        LoopbackJob job = new LoopbackJob(2, LONG);
        List<Future<Object>> replicas = job.each(own -> {
            INDArray array = Nd4j.create(own.rank() == 0 ? DataType.DOUBLE : DataType.FLOAT, 1, 50);
            own.sum(List.of(array), array);
            return array;
        });
        assertThat(failureOfAllBut(-1, replicas)).isEqualTo(name(job, 1) + " adds arrays of 50 FLOAT in sum 1, but "
                + name(job, 0) + " of 50 DOUBLE");
    }

    @Test
    void somebodyMustHaveAnArray() throws Exception {
        List<Future<Object>> replicas = new LoopbackJob(2, LONG).each(own -> {
            own.sum(List.of(), Nd4j.create(DataType.FLOAT, 1, 5));
            return "well";
        });
        assertThat(failureOfAllBut(-1, replicas)).isEqualTo("no replica has an array to add in sum 1");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whoMakesAnotherCallIsNamed(int other) throws Exception {
        LoopbackJob job = new LoopbackJob(3, SHORT);
        List<Future<Object>> replicas = job.each(own -> own.rank() == other ? message(own) : sum(own, 10));
        assertThat(failureOfAllBut(-1, replicas)).startsWith("the replicas do not make the same calls: replica ")
                .contains("allGather").contains(name(job, other));
    }

    @Test
    void oneThatIsInterruptedSaysSo() throws Exception {
        LoopbackJob job = new LoopbackJob(3, LONG);
        AtomicReference<Thread> waiting = new AtomicReference<>();
        List<Future<Object>> replicas = job.each(own -> {
            if (own.rank() == 1) {
                waiting.set(Thread.currentThread());
            }
            if (own.rank() == 2) {
                Thread.sleep(200);
                waiting.get().interrupt();
                Thread.sleep(100);
            }
            return message(own);
        });
        assertThat(failureOfAllBut(-1, replicas)).isEqualTo(name(job, 1) + " was interrupted in allGather 1");
    }

    @Test
    void anotherThreadMayCloseOneThatWaits() throws Exception {
        LoopbackJob job = new LoopbackJob(2, LONG);
        List<Future<Object>> replicas = job.each(own -> {
            if (own.rank() == 1) {
                Thread closer = new Thread(own::close);
                closer.start();
                Thread.sleep(100);
                closer.join();
            }
            return message(own);
        });
        assertThat(failure(replicas.get(1))).isEqualTo("this replica is closed");
        assertThat(failure(replicas.get(0))).startsWith(name(job, 1) + " has left, but others still wait for it in ");
    }

    @Test
    void nothingIsLeftBehind() {
        int before = threads();
        LoopbackJob job = new LoopbackJob(3, LONG);
        assertThat(job.all(own -> message(own) == null ? 0 : threads())).allMatch(during -> during <= before + 4);
        IntStream.range(0, 3).forEach(rank -> {
            // The port is free again: it was closed when all were there.
            TcpReplicas.listen(job.addresses.get(rank)).close();
        });
    }

    private static int threads() {
        return (int) Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().startsWith("pool-")).count();
    }
}
