package org.segloss4j.replicas;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.nd4j.ArrayAccess;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import org.slf4j.LoggerFactory;

/**
 * Replicas in several processes, which speak by TCP. Each has the list of the addresses of all, its own rank in it and
 * a secret that all know. They prove to each other that they know it, and every frame is signed but the numbers of
 * {@link #sum}; nothing is encrypted. So the network should be one where outsiders can neither read nor write.
 *
 * <p>Replica 0 passes the messages of {@link #allGather} on. The arrays of {@link #sum} go up the ranks and down again
 * in chunks, in about the time that one array takes through the network, whatever the number of replicas.
 *
 * <p>A replica that is lost, or that does not come to a call within the timeout from when another has begun to wait
 * there, ends the call on all replicas with a {@link ReplicaException} that names it, and each later call with the
 * same. Time between calls does not count, if all take about as long; connections are kept alive by the system
 * meanwhile (SO_KEEPALIVE). An exception of one replica only is told to the others when it is closed, so close it in
 * any case.
 *
 * <pre>{@code
 * List<String> addresses = List.of("node1:4000", "node2:4000");
 * Map<String, String> job = Map.of("classes", "3");
 * try (Replicas replicas = TcpReplicas.connect(addresses, rank, secret, Duration.ofMinutes(10), job)) {
 *     replicas.sum(List.of(gradient), gradient);
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public final class TcpReplicas implements Replicas {

    private final ReentrantLock lock = new ReentrantLock();
    private final int rank;
    private final int size;
    /** Tests cut its connections. */
    final Peers peers;

    private TcpReplicas(int rank, int size, Peers peers) {
        this.rank = rank;
        this.size = size;
        this.peers = peers;
    }

    /**
     * Connects to the other replicas, listening at the own address of the list.
     *
     * @param addresses of all replicas by rank: {@code host:port}, an IPv6 address in brackets
     * @param rank      the own rank
     * @param secret    what only the replicas know, at least 16 bytes
     * @param timeout   how long to wait for the others, here and in each call
     * @param job       what must be the same on all replicas, such as versions and settings
     * @return the replicas, all of which are there
     * @throws ReplicaException if others are missing, or do not fit; names their ranks
     */
    public static TcpReplicas connect(List<String> addresses, int rank, byte[] secret, Duration timeout,
            Map<String, String> job) {
        // Before anybody listens: of two with the same address the second could not, and would say no more than that.
        List<HostPort> all = HostPort.parseAll(addresses);
        checkRank(addresses, rank);
        try (Listener listener = listen(addresses.get(rank), timeout)) {
            String unreachable = unreachable(all, rank);
            if (unreachable != null) {
                LoggerFactory.getLogger(TcpReplicas.class).warn(unreachable);
            }
            return listener.connect(addresses, rank, secret, timeout, job);
        }
    }

    /** Many systems give a machine's own name a loopback address, at which replicas of other machines never come. */
    static String unreachable(List<HostPort> addresses, int rank) {
        HostPort own = addresses.get(rank);
        if (!isLoopback(own) || addresses.stream().allMatch(other -> other.host().equals(own.host())
                || isLoopback(other))) {
            return null;
        }
        return own + " is " + loopback(own) + " on this machine, which no other machine can reach; if others do not"
                + " come, write an address of the network into the list, or listen at one (--bind)";
    }

    private static boolean isLoopback(HostPort address) {
        return loopback(address) != null;
    }

    /** The loopback address of a name, or null if it has another one or is not known yet. */
    private static String loopback(HostPort address) {
        try {
            InetAddress host = address.resolve().getAddress();
            return host.isLoopbackAddress() ? host.getHostAddress() : null;
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /**
     * Checks the addresses of all replicas without looking for anybody there.
     *
     * @param addresses of all replicas by rank, as for {@link #connect}
     * @throws IllegalArgumentException if there is none, one has another form than {@code host:port} or stands there
     *                                  twice, or one of several has port 0
     */
    public static void requireAddresses(List<String> addresses) {
        HostPort.parseAll(addresses);
    }

    private static void checkRank(List<String> addresses, int rank) {
        if (rank < 0 || rank >= addresses.size()) {
            throw new IllegalArgumentException("rank " + rank + " is none of the " + addresses.size()
                    + " replicas, which are counted from 0");
        }
    }

    /**
     * Listens at an address, for replicas whose addresses in the list are others than those that they listen at, such
     * as {@code 0.0.0.0:4000}, or that learn their port first and tell it to the others, such as {@code node1:0}.
     *
     * @param address {@code host:port} of this machine; port 0 for any that is free
     * @return the listener
     * @throws ReplicaException if this machine has no such address, or the port is taken
     */
    public static Listener listen(String address) {
        return listen(address, Duration.ZERO);
    }

    /** A cluster's names may come to exist only while one waits. */
    private static Listener listen(String address, Duration patience) {
        HostPort where = HostPort.parse(address);
        long start = System.nanoTime();
        while (true) {
            try {
                return new Listener(where.resolve());
            } catch (UnknownHostException e) {
                if (System.nanoTime() - start >= Patience.nanos(patience)) {
                    throw new ReplicaException("cannot listen at " + address + ": the name is unknown", e);
                }
            } catch (IOException e) {
                throw new ReplicaException("cannot listen at " + address + ": " + e.getMessage(), e);
            }
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ReplicaException("interrupted while it waited for the name of " + address, e);
            }
        }
    }

    /**
     * A port at which a replica listens, until it has met the others.
     *
     * @since 0.1.0
     */
    public static final class Listener implements AutoCloseable {

        private static final int BACKLOG = 1024;

        private final ServerSocketChannel server;
        private final int port;

        private Listener(InetSocketAddress address) throws IOException {
            server = ServerSocketChannel.open();
            try {
                server.bind(address, BACKLOG);
                port = ((InetSocketAddress) server.getLocalAddress()).getPort();
            } catch (IOException e) {
                server.close();
                throw e;
            }
        }

        /**
         * The port.
         *
         * @return the one that was asked for, or that the system chose
         */
        public int port() {
            return port;
        }

        /**
         * Connects to the other replicas; at its end, nobody listens any more.
         *
         * @param addresses of all replicas by rank, as the others reach them
         * @param rank      the own rank
         * @param secret    what only the replicas know, at least 16 bytes
         * @param timeout   how long to wait for the others, here and in each call
         * @param job       what must be the same on all replicas, such as versions and settings
         * @return the replicas, all of which are there
         * @throws ReplicaException if others are missing, or do not fit; names their ranks
         */
        public TcpReplicas connect(List<String> addresses, int rank, byte[] secret, Duration timeout,
                Map<String, String> job) {
            return connect(addresses, rank, secret, timeout, job, LoggerFactory.getLogger(TcpReplicas.class)::warn);
        }

        /** The same, where a test reads the warnings. */
        TcpReplicas connect(List<String> addresses, int rank, byte[] secret, Duration timeout,
                Map<String, String> job, Consumer<String> warnings) {
            try (this) {
                checkRank(addresses, rank);
                if (timeout.isNegative() || timeout.isZero()) {
                    throw new IllegalArgumentException("the timeout of the replicas is " + timeout
                            + ", but must be more");
                }
                List<HostPort> all = HostPort.parseAll(addresses);
                return meet(all, rank, new Secret(secret), timeout, JobDescription.of(job), warnings);
            }
        }

        private TcpReplicas meet(List<HostPort> all, int rank, Secret secret, Duration timeout, JobDescription job,
                Consumer<String> warnings) {
            try {
                Selector selector = Selector.open();
                try {
                    Peers peers = new Meeting(rank, all, secret, job, Patience.nanos(timeout), warnings, selector)
                            .meet(server);
                    return new TcpReplicas(rank, all.size(), peers);
                } catch (IOException | RuntimeException e) {
                    selector.close();
                    throw e;
                }
            } catch (IOException e) {
                throw new ReplicaException(Peers.name(rank, all) + " cannot meet the others: " + e.getMessage(), e);
            }
        }

        /** Listens no longer. */
        @Override
        public void close() {
            try {
                server.close();
            } catch (IOException e) {
                throw new ReplicaException("cannot close port " + port + ": " + e.getMessage(), e);
            }
        }
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public List<byte[]> allGather(byte[] own) {
        if (own.length > Link.MESSAGES_BYTES / size - Integer.BYTES) {
            throw new IllegalArgumentException("a message of " + own.length + " bytes; those of " + size
                    + " replicas may have " + Link.MESSAGES_BYTES + " bytes together");
        }
        MessagesCall call = new MessagesCall(rank, size, own);
        run(call);
        return call.result();
    }

    private void run(Call call) {
        lock.lock();
        try {
            peers.run(call);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void sum(List<INDArray> parts, INDArray result) {
        ArrayAccess access = Nd4jMemory.here().access(false);
        check(result, result, "the result");
        List<Storage> inputs = new ArrayList<>();
        for (INDArray part : parts) {
            check(part, result, "part " + inputs.size());
            inputs.add(access.reading(part));
        }
        run(new ChainSum(inputs, access.writing(result), result.dataType()));
        access.written();
    }

    private static void check(INDArray array, INDArray result, String name) {
        DataType type = array.dataType();
        if (type != DataType.FLOAT && type != DataType.DOUBLE || array.isEmpty()) {
            throw new IllegalArgumentException(name + " is " + array.shapeInfoToString().strip()
                    + "; what is summed is FLOAT or DOUBLE and not empty");
        }
        if (type != result.dataType() || array.length() != result.length()) {
            throw new IllegalArgumentException(name + " has " + array.length() + " " + type + ", but the result "
                    + result.length() + " " + result.dataType());
        }
        if (!ArraySum.isRowMajor(array)) {
            throw new IllegalArgumentException(name + " is not contiguous in row-major order: "
                    + array.shapeInfoToString().strip());
        }
    }

    @Override
    public void close() {
        peers.interrupt();
        lock.lock();
        try {
            peers.leave();
        } finally {
            lock.unlock();
        }
    }
}
