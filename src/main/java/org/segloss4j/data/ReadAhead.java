package org.segloss4j.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * Reads samples in a given order by other threads, a bounded number ahead of those that have been taken. Used by one
 * thread at a time.
 */
final class ReadAhead {

    private final ExecutorService threads;
    private final IntFunction<Callable<ReadySample>> reading;
    private final int[] order;
    private final int ahead;
    private final Queue<Future<ReadySample>> begun = new ArrayDeque<>();
    private int next;

    /**
     * Reads nothing yet.
     *
     * @param threads run what reads
     * @param reading what reads the sample of a number
     * @param order   the numbers
     * @param ahead   how many samples are read before somebody asks for them, at least 0
     */
    ReadAhead(ExecutorService threads, IntFunction<Callable<ReadySample>> reading, int[] order, int ahead) {
        this.threads = threads;
        this.reading = reading;
        this.order = order;
        this.ahead = ahead;
    }

    /** How many samples have not been taken. */
    int left() {
        return begun.size() + order.length - next;
    }

    private void begin(int count) {
        while (begun.size() < count && next < order.length) {
            begun.add(threads.submit(reading.apply(order[next++])));
        }
    }

    /**
     * Takes the next samples, and lets the threads read those after them.
     *
     * <p>Waits for the reading even if this thread is interrupted, and leaves it interrupted: DL4J interrupts the
     * thread that reads for it to end it, which must not look like a file that cannot be read.
     *
     * @param count at least 1
     * @return at least one sample, fewer than asked for at the end
     * @throws UncheckedIOException   if one cannot be read, with the message of the source; none is taken
     * @throws IllegalStateException  if reading one fails otherwise
     * @throws NoSuchElementException if there is none
     */
    List<ReadySample> take(int count) {
        int taken = Math.min(count, left());
        if (taken < 1) {
            throw new NoSuchElementException("all samples have been seen; reset() begins again");
        }
        begin(taken);
        List<ReadySample> samples = new ArrayList<>();
        for (Future<ReadySample> future : begun) {
            if (samples.size() == taken) {
                break;
            }
            samples.add(waitFor(future));
        }
        for (int k = 0; k < taken; k++) {
            begun.remove();
        }
        begin(ahead);
        return samples;
    }

    private static ReadySample waitFor(Future<ReadySample> future) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw new UncheckedIOException(cause.getMessage(), cause);
            }
            if (e.getCause() instanceof IllegalArgumentException cause) {
                throw new IllegalArgumentException(cause.getMessage(), cause);
            }
            throw new IllegalStateException("a sample cannot be read: " + e.getCause(), e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Forgets what has been read and reads no more. What is being read ends by itself. */
    void stop() {
        begun.forEach(future -> future.cancel(false));
        begun.clear();
        next = order.length;
    }
}
