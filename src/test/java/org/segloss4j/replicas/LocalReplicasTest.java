package org.segloss4j.replicas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class LocalReplicasTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    /** What each replica failed with, where the test catches it in its thread. */
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();

    private void run(int size, Duration timeout, Consumer<Replicas> work) {
        LocalReplicas.run(size, timeout, replicas -> {
            try {
                work.accept(replicas);
            } catch (ReplicaException e) {
                failures.add(replicas.rank() + ": " + e.getMessage());
            }
            return null;
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void everybodyGetsTheMessagesInTheOrderOfTheRanks(int size) {
        List<List<String>> got = LocalReplicas.run(size, LONG, replicas -> {
            List<String> all = new ArrayList<>();
            for (int k = 0; k < 200; k++) {
                String own = replicas.rank() == 1 ? "" : k + " of " + replicas.rank();
                replicas.allGather(own.getBytes()).forEach(message -> all.add(new String(message)));
            }
            return all;
        });
        List<String> expected = new ArrayList<>();
        for (int k = 0; k < 200; k++) {
            for (int rank = 0; rank < size; rank++) {
                expected.add(rank == 1 ? "" : k + " of " + rank);
            }
        }
        assertThat(got).hasSize(size).allMatch(expected::equals);
    }

    @Test
    void aMessageIsNobodyElsesToChange() {
        LocalReplicas.run(2, LONG, replicas -> {
            byte[] own = {1};
            List<byte[]> all = replicas.allGather(own);
            own[0] = 2;
            all.get(1 - replicas.rank())[0] = 3;
            replicas.allGather(own);
            assertThat(all.get(replicas.rank())).containsExactly(1);
            return null;
        });
    }

    /** Sums of floats depend on their order, so only that of the parts is right, whoever has them. */
    @Test
    void theSumIsThatOfThePartsInTheirOrder() {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            for (int length : new int[] {1, 7, 200_003}) {
                List<INDArray> parts = parts(5, type, length);
                INDArray expected = parts.get(0).dup();
                parts.subList(1, 5).forEach(expected::addi);
                for (int[] owners : new int[][] {{0, 0, 0, 0, 0}, {0, 0, 1, 1, 1}, {1, 1, 1, 1, 1}, {0, 1, 2, 2, 4}}) {
                    List<INDArray> sums = sums(parts, owners, 5);
                    assertThat(sums).as("%s %d", type, length).hasSize(5).allMatch(sum -> bits(sum, expected));
                }
                INDArray other = parts.get(4).dup();
                List.of(3, 2, 1, 0).forEach(k -> other.addi(parts.get(k)));
                assertThat(length > 7 && bits(other, expected)).isFalse();
            }
        }
    }

    private static List<INDArray> parts(int count, DataType type, int length) {
        Random random = new Random(length);
        List<INDArray> parts = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            double[] values = random.doubles(length, -1, 1).toArray();
            parts.add(Nd4j.createFromArray(values).castTo(type));
        }
        return parts;
    }

    private static List<INDArray> sums(List<INDArray> parts, int[] owners, int size) {
        return LocalReplicas.run(size, LONG, replicas -> {
            List<INDArray> own = new ArrayList<>();
            for (int k = 0; k < owners.length; k++) {
                if (owners[k] == replicas.rank()) {
                    own.add(parts.get(k).dup());
                }
            }
            // In place where there is a part.
            INDArray result = own.isEmpty() ? parts.get(0).dup().assign(Double.NaN) : own.get(own.size() - 1);
            replicas.sum(own, result);
            // At once, since the others may still be at their slices.
            return result.dup();
        });
    }

    private static boolean bits(INDArray a, INDArray b) {
        return a.dataType() == b.dataType() && Arrays.equals(a.toDoubleVector(), b.toDoubleVector());
    }

    @Test
    void arraysThatDoNotFitAreNamed() {
        run(2, LONG, replicas -> replicas.sum(List.of(), Nd4j.zeros(DataType.FLOAT, 3)));
        run(2, LONG, replicas -> {
            INDArray own = Nd4j.zeros(DataType.FLOAT, 3 + replicas.rank());
            replicas.sum(List.of(own), own);
        });
        run(2, LONG, replicas -> {
            INDArray own = Nd4j.zeros(replicas.rank() == 0 ? DataType.FLOAT : DataType.FLOAT16, 3);
            replicas.sum(List.of(own), own);
        });
        run(1, LONG, replicas -> {
            INDArray own = Nd4j.zeros(DataType.FLOAT, 4, 4);
            replicas.sum(List.of(own.getColumn(1)), Nd4j.zeros(DataType.FLOAT, 4));
        });
        assertThat(failures).contains("0: no replica has an array to add",
                "1: no replica has an array to add",
                "1: replica 1 has a result of 4 FLOAT, but replica 0 has a result of 3 FLOAT",
                "0: replica 1 has a result of HALF, but only FLOAT and DOUBLE are added");
        assertThat(failures).hasSize(7).last().asString().contains("do not lie one after the other");
    }

    /** The elements of such an array lie in another order, and would be added to others than they belong to. */
    @Test
    void onlyArraysInRowMajorOrderAreAdded() {
        INDArray rows = Nd4j.createFromArray(new double[][] {{1, 2, 3}, {4, 5, 6}});
        run(1, LONG, replicas -> replicas.sum(List.of(rows, rows.dup('f')), rows.dup()));
        run(1, LONG, replicas -> replicas.sum(List.of(rows.dup('f')), rows.dup('f')));
        run(1, LONG, replicas -> replicas.sum(List.of(Nd4j.empty(DataType.FLOAT)), Nd4j.empty(DataType.FLOAT)));
        assertThat(failures).containsExactly(
                "0: replica 0 has a part whose elements do not lie one after the other in row-major order: [2, 3] with"
                        + " strides [1, 2]",
                "0: replica 0 has a result whose elements do not lie one after the other in row-major order: [2, 3]"
                        + " with strides [1, 2]",
                "0: replica 0 has a result that is empty");
    }

    @Test
    void whoFailsEndsTheOthers() {
        assertThatIllegalStateException().isThrownBy(() -> LocalReplicas.run(3, LONG, replicas -> {
            replicas.allGather(new byte[1]);
            if (replicas.rank() == 1) {
                throw new IllegalStateException("no more memory");
            }
            try {
                return replicas.allGather(new byte[1]);
            } catch (ReplicaException e) {
                failures.add(e.getMessage());
                throw e;
            }
        })).withMessage("no more memory");
    }

    /** Scala and Kotlin have no checked exceptions. */
    @Test
    void whoFailsWithACheckedExceptionIsHeard() {
        assertThatExceptionOfType(ReplicaException.class).isThrownBy(() -> LocalReplicas.run(2, LONG, replicas -> {
            if (replicas.rank() == 1) {
                LocalReplicasTest.<RuntimeException>throwUnchecked(new IOException("no such image"));
            }
            return replicas.allGather(new byte[1]);
        })).withMessage("a replica failed: java.io.IOException: no such image").withCauseInstanceOf(IOException.class);
    }

    @SuppressWarnings("unchecked") // That is the point.
    private static <E extends Exception> void throwUnchecked(Exception e) throws E {
        throw (E) e;
    }

    @Test
    void whoLeavesIsNamed() {
        run(3, LONG, replicas -> {
            replicas.allGather(new byte[1]);
            if (replicas.rank() != 1) {
                INDArray own = Nd4j.zeros(DataType.FLOAT, 3);
                replicas.sum(List.of(own), own);
            }
        });
        assertThat(failures).containsExactlyInAnyOrder("0: replica 1 has left while others wait for it",
                "2: replica 1 has left while others wait for it");
    }

    @Test
    void whoIsTooSlowIsNamedAndHearsOfIt() {
        // The others have to come in time on a busy machine, too.
        run(3, Duration.ofMillis(900), replicas -> {
            if (replicas.rank() == 2) {
                try {
                    Thread.sleep(1800);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            replicas.allGather(new byte[1]);
        });
        assertThat(failures).containsExactlyInAnyOrder("0: replica 2 has not come within 900 ms",
                "1: replica 2 has not come within 900 ms", "2: replica 2 has not come within 900 ms");
    }

    @Test
    void callsThatDifferAreNamed() {
        run(2, LONG, replicas -> {
            if (replicas.rank() == 0) {
                replicas.allGather(new byte[1]);
            } else {
                INDArray own = Nd4j.zeros(DataType.FLOAT, 3);
                replicas.sum(List.of(own), own);
            }
        });
        assertThat(failures).hasSize(2).allMatch(line -> line.contains("calls sum where replica 0 calls allGather")
                || line.contains("calls allGather where replica 1 calls sum"));
    }

    @Test
    void aReplicaThatIsClosedSaysSo() {
        Replicas alone = LocalReplicas.of(1, LONG).get(0);
        assertThat(alone.allGather(new byte[] {7}).get(0)).containsExactly(7);
        alone.close();
        alone.close();
        assertThatExceptionOfType(ReplicaException.class).isThrownBy(() -> alone.allGather(new byte[0]))
                .withMessage("replica 0 is closed");
    }

    @Test
    void anotherThreadMayCloseOneThatWaits() throws InterruptedException {
        List<Replicas> replicas = LocalReplicas.of(3, LONG);
        Thread waiting = new Thread(() -> {
            try {
                replicas.get(0).allGather(new byte[0]);
            } catch (ReplicaException e) {
                failures.add(e.getMessage());
            }
        });
        waiting.start();
        while (waiting.getState() != Thread.State.TIMED_WAITING) {
            assertThat(waiting.isAlive()).as("waits").isTrue();
            Thread.sleep(1);
        }
        replicas.get(0).close();
        waiting.join(LONG.toMillis() / 2);
        assertThat(failures).containsExactly("replica 0 is closed");
        assertThatExceptionOfType(ReplicaException.class).isThrownBy(() -> replicas.get(1).allGather(new byte[0]))
                .withMessage("replica 0 is closed");
    }

    @Test
    void anInterruptEndsAll() throws InterruptedException {
        List<Replicas> replicas = LocalReplicas.of(2, LONG);
        Thread waiting = new Thread(() -> {
            try {
                replicas.get(0).allGather(new byte[0]);
            } catch (ReplicaException e) {
                failures.add(e.getMessage() + ", " + Thread.currentThread().isInterrupted());
            }
        });
        waiting.start();
        waiting.interrupt();
        waiting.join();
        assertThat(failures).containsExactly("replica 0 was interrupted, true");
        assertThatExceptionOfType(ReplicaException.class).isThrownBy(() -> replicas.get(1).allGather(new byte[0]))
                .withMessage("replica 0 was interrupted");
    }

    @Test
    void oneMayWaitForEver() {
        assertThat(LocalReplicas.run(2, Duration.ofSeconds(Long.MAX_VALUE), own -> own.allGather(new byte[1]).size()))
                .containsExactly(2, 2);
    }

    @Test
    void sizesAndTimeoutsAreChecked() {
        assertThatIllegalArgumentException().isThrownBy(() -> LocalReplicas.of(0, LONG));
        assertThatIllegalArgumentException().isThrownBy(() -> LocalReplicas.of(1, Duration.ZERO))
                .withMessageContaining("timeout");
    }
}
