package org.segloss4j.replicas;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Replicas that are threads of this JVM and speak by TCP all the same. */
final class LoopbackJob {

    /** What one replica does. */
    interface Body<T> {
        T run(Replicas replicas) throws Exception;
    }

    static final byte[] SECRET = "a secret of the tests".getBytes(StandardCharsets.UTF_8);

    /** What the replicas warned of. */
    final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
    final List<String> addresses = new ArrayList<>();
    final List<TcpReplicas.Listener> listeners = new ArrayList<>();
    private final Duration timeout;

    LoopbackJob(int size, Duration timeout) {
        this.timeout = timeout;
        for (int rank = 0; rank < size; rank++) {
            TcpReplicas.Listener listener = TcpReplicas.listen("127.0.0.1:0");
            listeners.add(listener);
            addresses.add("127.0.0.1:" + listener.port());
        }
    }

    TcpReplicas connect(int rank) {
        return connect(rank, SECRET, Map.of("version", "1"));
    }

    TcpReplicas connect(int rank, byte[] secret, Map<String, String> job) {
        return listeners.get(rank).connect(addresses, rank, secret, timeout, job, warnings::add);
    }

    /** Lets all replicas do something; what they give, or what they throw. */
    static <T> List<T> run(int size, Body<T> body) {
        return new LoopbackJob(size, Duration.ofSeconds(20)).all(body);
    }

    <T> List<T> all(Body<T> body) {
        return results(each(body));
    }

    /** The results of all, none of whom may fail. */
    static <T> List<T> results(List<Future<T>> futures) {
        List<T> results = new ArrayList<>();
        for (Future<T> future : futures) {
            try {
                results.add(future.get(30, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                throw new AssertionError(e.getCause());
            } catch (InterruptedException | TimeoutException e) {
                throw new AssertionError(e);
            }
        }
        return results;
    }

    /** Starts all replicas. */
    <T> List<Future<T>> each(Body<T> body) {
        return start(addresses.size(), rank -> {
            try (Replicas replicas = connect(rank)) {
                return body.run(replicas);
            }
        });
    }

    /** What a thread for a rank does. */
    interface Ranked<T> {
        T run(int rank) throws Exception;
    }

    static <T> List<Future<T>> start(int size, Ranked<T> body) {
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<T>> futures = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            int own = rank;
            futures.add(threads.submit(() -> body.run(own)));
        }
        threads.shutdown();
        return futures;
    }
}
