package org.segloss4j.replicas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a network may do to the bytes between two replicas: one that changes them, and one that loses them. */
class WireTest {

    /** Passes on what replica 1 says to replica 0, whose first connection is for messages, the second for arrays. */
    private static final class Relay implements AutoCloseable {

        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
        private final int target;
        /** Of this connection, the byte with this index is changed, or nothing passes from there on. */
        private final int connection;
        private final int index;
        private final boolean holds;

        Relay(int target, int connection, int index, boolean holds) throws IOException {
            this.target = target;
            this.connection = connection;
            this.index = index;
            this.holds = holds;
            new Thread(this::serve).start();
        }

        int port() {
            return server.getLocalPort();
        }

        private void serve() {
            try {
                for (int i = 0;; i++) {
                    Socket from = server.accept();
                    Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
                    sockets.addAll(List.of(from, to));
                    int watched = i == connection ? index : -1;
                    new Thread(() -> pass(from, to, watched)).start();
                    new Thread(() -> pass(to, from, -1)).start();
                }
            } catch (IOException e) {
                assertThat(server.isClosed()).isTrue();
            }
        }

        private void pass(Socket from, Socket to, int watched) {
            try (InputStream in = from.getInputStream()) {
                byte[] buffer = new byte[8192];
                int passed = 0;
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    int at = watched - passed;
                    if (watched >= 0 && at < count && holds) {
                        // Takes everything, and passes nothing on.
                        continue;
                    }
                    if (at >= 0 && at < count) {
                        buffer[at] ^= 1;
                    }
                    to.getOutputStream().write(buffer, 0, count);
                    passed += count;
                }
                to.shutdownOutput();
            } catch (IOException e) {
                assertThat(e).isNotNull();
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private static List<String> failures(int connection, int index, boolean holds) throws Exception {
        LoopbackJob job = new LoopbackJob(2, Duration.ofMillis(1500));
        List<String> lines = new ArrayList<>();
        try (Relay relay = new Relay(job.listeners.get(0).port(), connection, index, holds)) {
            job.addresses.set(0, "127.0.0.1:" + relay.port());
            List<Future<Object>> replicas = job.each(own -> {
                for (int i = 0; i < 10; i++) {
                    own.allGather(new byte[100]);
                    INDArray array = Nd4j.create(DataType.FLOAT, 1, 100_000);
                    own.sum(List.of(array), array);
                }
                return "nothing";
            });
            for (Future<Object> replica : replicas) {
                try {
                    lines.add(replica.get(20, TimeUnit.SECONDS).toString());
                } catch (ExecutionException e) {
                    lines.add(e.getCause().getMessage().replace(job.addresses.get(0), "a0")
                            .replace(job.addresses.get(1), "a1"));
                }
            }
        }
        return lines;
    }

    /** Bytes of the hello (57), the proof (32), the description (24 + 22 + 16) and messages. */
    @ParameterizedTest
    @CsvSource({"100, 'while the replicas met: it sent what is no frame'",
        "115, 'while the replicas met: it sent a frame with a wrong signature'",
        "195, 'in allGather 1: it sent what is no frame'",
        "300, 'in allGather 1: it sent a frame with a wrong signature'"})
    void aChangedByteOfAMessageIsNoticed(int index, String expected) throws Exception {
        assertThat(failures(0, index, false)).allSatisfy(
                line -> assertThat(line).startsWith("replica 1 (a1) was lost ").contains(expected));
    }

    @ParameterizedTest
    @CsvSource({"20", "60", "88"})
    void aChangedByteOfAGreetingLetsNobodyIn(int index) throws Exception {
        // It comes again, over a connection where nothing is changed.
        assertThat(failures(0, index, false)).containsOnly("nothing");
    }

    @Test
    void aConnectionThatHoldsBackAnArrayIsNamed() throws Exception {
        assertThat(failures(1, 150_000, true)).containsOnly("nothing that replica 1 (a1) sends in"
                + " sum 2 arrives at replica 0 (a0) within 1.5 s, though both are there");
    }
}
