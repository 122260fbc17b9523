package org.segloss4j.replicas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.segloss4j.ForkedJvm;

/** Replicas in processes of their own, one of which is killed. */
class ReplicaProcessTest {

    /** One that exchanges messages until it is told that another is lost. */
    static final class Replica {

        private Replica() {
        }

        public static void main(String[] arguments) {
            List<String> addresses = List.of(arguments).subList(1, arguments.length);
            try (Replicas replicas = TcpReplicas.connect(addresses, Integer.parseInt(arguments[0]), LoopbackJob.SECRET,
                    Duration.ofSeconds(20), Map.of())) {
                while (true) {
                    replicas.allGather(new byte[1000]);
                }
            } catch (ReplicaException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void oneThatIsKilledIsNamed() throws Exception {
        LoopbackJob job = new LoopbackJob(3, Duration.ofSeconds(20));
        job.listeners.get(1).close();
        ForkedJvm process = process(1, job.addresses);
        try {
            CountDownLatch busy = new CountDownLatch(200);
            List<Future<Object>> here = LoopbackJob.start(2, i -> {
                try (Replicas replicas = job.connect(2 * i, LoopbackJob.SECRET, Map.of())) {
                    while (true) {
                        replicas.allGather(new byte[1]);
                        busy.countDown();
                    }
                }
            });
            assertThat(busy.await(20, TimeUnit.SECONDS)).isTrue();
            process.kill();
            for (Future<Object> replica : here) {
                assertThatThrownBy(() -> replica.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(ReplicaException.class)
                        .hasMessageContaining("replica 1 (" + job.addresses.get(1) + ") was lost in allGather ");
            }
        } finally {
            process.kill();
        }
    }

    private static ForkedJvm process(int rank, List<String> addresses) throws Exception {
        return new ForkedJvm(Map.of(), List.of(), Replica.class, Integer.toString(rank), addresses.get(0),
                addresses.get(1), addresses.get(2));
    }
}
