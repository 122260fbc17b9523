package org.segloss4j.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.segloss4j.backend.BadInput;

/** Spreads chunks over a shared pool of daemon threads, of which the calling thread is one more. */
final class Workers {

    /** The number of threads, by default one per processor. */
    private static final String PROPERTY = "segloss4j.threads";
    private static final int THREADS = Math.max(1,
            Integer.getInteger(PROPERTY, Runtime.getRuntime().availableProcessors()));
    /** The calling thread works, too. */
    private static final ForkJoinPool POOL = THREADS == 1 ? null : new ForkJoinPool(THREADS - 1);

    private Workers() {
    }

    /** What to do with one chunk; {@code state} and {@code bad} belong to the thread. */
    interface Work<T> {
        void run(T state, BadInput bad, long chunk);
    }

    /** Runs all chunks and returns the bad labels that they found. */
    static <T> BadInput run(int chunks, Supplier<T> state, Work<T> work) {
        AtomicInteger next = new AtomicInteger();
        BadInput all = new BadInput();
        Runnable loop = () -> {
            int chunk = next.getAndIncrement();
            if (chunk >= chunks) {
                return;
            }
            T own = state.get();
            BadInput bad = new BadInput();
            for (; chunk < chunks; chunk = next.getAndIncrement()) {
                work.run(own, bad, chunk);
            }
            synchronized (all) {
                all.merge(bad);
            }
        };
        List<ForkJoinTask<?>> helpers = new ArrayList<>();
        for (int k = 1; k < Math.min(THREADS, chunks); k++) {
            helpers.add(POOL.submit(loop));
        }
        try {
            loop.run();
        } finally {
            // Nobody may still be using the caller's arrays when this returns.
            for (ForkJoinTask<?> helper : helpers) {
                helper.quietlyJoin();
            }
        }
        helpers.forEach(ForkJoinTask::join);
        return all;
    }
}
