package org.segloss4j.internal.cuda.compile;

import java.util.function.Supplier;

/**
 * Work that an interrupt of the caller must not spoil, since its outcome is kept: reading files and waiting for
 * processes fail on an interrupted thread. It runs on a thread of its own, and the caller's interrupt stays what it is.
 */
public final class Uninterrupted {

    private Uninterrupted() {
    }

    /**
     * Does it and waits.
     *
     * @param work what to do
     * @return its result
     */
    public static <T> T call(Supplier<T> work) {
        Call<T> call = new Call<>(work);
        Thread thread = new Thread(call, "segloss4j-setup");
        thread.setDaemon(true);
        thread.start();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return call.result();
    }

    private static final class Call<T> implements Runnable {

        private final Supplier<T> work;
        private T result;
        private Throwable thrown;

        Call(Supplier<T> work) {
            this.work = work;
        }

        @Override
        @SuppressWarnings("checkstyle:IllegalCatch") // Whatever it is, the caller gets it.
        public void run() {
            try {
                result = work.get();
            } catch (RuntimeException | Error e) {
                thrown = e;
            }
        }

        T result() {
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
            if (thrown instanceof Error e) {
                throw e;
            }
            return result;
        }
    }

    /**
     * Something that is found once. What was thrown instead is not kept, as a static initialiser would keep it: the
     * next caller tries again.
     *
     * @param <T> what is found
     */
    public static final class Once<T> {

        private final Supplier<T> search;
        private T found;

        /**
         * Does not look yet.
         *
         * @param search how to find it; not null
         */
        public Once(Supplier<T> search) {
            this.search = search;
        }

        /**
         * What is found, now or before.
         *
         * @return always the same
         */
        public synchronized T get() {
            if (found == null) {
                found = call(search);
            }
            return found;
        }
    }
}
