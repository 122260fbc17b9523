package org.segloss4j.replicas;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One of several threads of this JVM that are the replicas of a job. They meet for each collective call; a thread that
 * closes its replica, or does not come within a time, ends the calls of all others with a {@link ReplicaException} that
 * names its rank.
 *
 * <pre>{@code
 * List<Double> scores = LocalReplicas.run(2, Duration.ofMinutes(1), replicas -> {
 *     try (ExchangeScope scope = ExchangeScope.open(new ReplicaSums(replicas), ExchangeScope.Join.AVERAGE)) {
 *         return train(replicas.rank());
 *     }
 * });
 * }</pre>
 *
 * @since 0.1.0
 */
public final class LocalReplicas implements Replicas {

    private final int rank;
    private final LocalMeeting meeting;

    private LocalReplicas(int rank, LocalMeeting meeting) {
        this.rank = rank;
        this.meeting = meeting;
    }

    /**
     * Makes the replicas of a job, to be handed to one thread each.
     *
     * @param size    how many
     * @param timeout for how long a replica waits for the others in a call
     * @return one for each rank
     * @throws IllegalArgumentException if the size is below 1 or the timeout is not above zero
     */
    public static List<Replicas> of(int size, Duration timeout) {
        if (size < 1) {
            throw new IllegalArgumentException("a job has at least 1 replica, not " + size);
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("a timeout must be above zero, but is " + timeout);
        }
        LocalMeeting meeting = new LocalMeeting(size, timeout);
        List<Replicas> replicas = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            replicas.add(new LocalReplicas(rank, meeting));
        }
        return replicas;
    }

    /**
     * Runs the same work as several replicas, each in a thread of its own, and closes each when its work has ended.
     *
     * @param size    how many
     * @param timeout for how long a replica waits for the others in a call
     * @param work    what each of them does
     * @param <T>     what each of them gives
     * @return the results in the order of the ranks
     * @throws ReplicaException if this thread is interrupted, which interrupts the replicas
     * @throws RuntimeException what the replica that failed first threw; as the cause of a ReplicaException if it is
     *                          neither a RuntimeException nor an Error
     */
    public static <T> List<T> run(int size, Duration timeout, Function<Replicas, T> work) {
        List<Replicas> replicas = of(size, timeout);
        ExecutorService threads = Executors.newFixedThreadPool(size);
        // Of the failures the first, since the others follow from it.
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (Replicas own : replicas) {
                futures.add(threads.submit(() -> work(own, work, failure)));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicaException("interrupted while the replicas were at work", e);
        } catch (ExecutionException e) {
            if (failure.get() instanceof Error error) {
                throw error;
            } else if (failure.get() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new ReplicaException("a replica failed: " + failure.get(), failure.get());
        } finally {
            threads.shutdownNow();
        }
    }

    private static <T> T work(Replicas own, Function<Replicas, T> work, AtomicReference<Throwable> failure) {
        Thread.currentThread().setName("replica " + own.rank());
        try (own) {
            return remembering(own, work, failure);
        }
    }

    /** Remembers a failure before the others hear of it. */
    private static <T> T remembering(Replicas own, Function<Replicas, T> work, AtomicReference<Throwable> failure) {
        try {
            return work.apply(own);
        } catch (Throwable e) {
            // Other languages than Java throw checked exceptions here, too.
            failure.compareAndSet(null, e);
            throw e;
        }
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return meeting.size();
    }

    @Override
    public List<byte[]> allGather(byte[] own) {
        Objects.requireNonNull(own, "own");
        // Nobody shares an array with another thread that may write to it.
        return meeting.bring(rank, "allGather", own.clone(), byte[].class).stream().map(byte[]::clone).toList();
    }

    @Override
    public void sum(List<INDArray> parts, INDArray result) {
        // What a device still computes for this thread must be finished before another thread reads it.
        Nd4j.getExecutioner().commit();
        ArraySum own = new ArraySum(List.copyOf(parts), result);
        List<ArraySum> all = meeting.bring(rank, "sum", own, ArraySum.class);
        ArraySum.check(all);
        ArraySum.addSlice(all, rank);
        Nd4j.getExecutioner().commit();
        // The arrays are the callers' again when every slice is done.
        meeting.bring(rank, "sum", own, ArraySum.class);
    }

    @Override
    public void close() {
        meeting.leave(rank);
    }
}
