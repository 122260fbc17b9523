package org.segloss4j.internal.cpu;

import java.util.concurrent.ForkJoinPool;
import org.segloss4j.internal.backend.BadInput;

/** Spreads chunks over a shared pool of daemon threads, of which the calling thread is one more. */
final class Workers {

    /** The number of threads, by default one per processor. */
    static final String PROPERTY = "segloss4j.threads";
    /** As many as a ForkJoinPool takes. */
    private static final int MOST = 32767;

    private static Workers shared;

    private final int threads;
    private final ForkJoinPool pool;

    /** A pool of its own for that many threads, the calling one included. */
    Workers(int threads) {
        this.threads = threads;
        pool = threads == 1 ? null : new ForkJoinPool(threads - 1);
    }

    /**
     * The pool that all calls share.
     *
     * @throws IllegalArgumentException if the property holds no number of threads
     */
    // Not a static initialiser: a bad property would be a NoClassDefFoundError from the second call on.
    static synchronized Workers shared() {
        if (shared == null) {
            shared = new Workers(CpuBackend.threads());
        }
        return shared;
    }

    /** The number of threads by the property's value, which is null if it is not set. */
    static int threads(String setting) {
        if (setting == null) {
            return Math.min(MOST, Runtime.getRuntime().availableProcessors());
        }
        String message = "-D" + PROPERTY + " is \"" + setting + "\", but must be a whole number from 1 to " + MOST;
        try {
            int threads = Integer.parseInt(setting);
            if (threads >= 1 && threads <= MOST) {
                return threads;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(message, e);
        }
        throw new IllegalArgumentException(message);
    }

    /** Runs all chunks and returns the bad input that they found; throws what a chunk threw first. */
    <T> BadInput spread(Chunks chunks, Scratch<T> state, Chunks.Work<T> work) {
        SharedChunks<T> job = new SharedChunks<>(chunks, state, work);
        try {
            for (int k = 1; k < Math.min(threads, chunks.count()); k++) {
                pool.execute(job);
            }
            job.run();
        } finally {
            job.close();
        }
        return job.result();
    }
}
