package org.segloss4j.internal.cpu.separate;

import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.segloss4j.internal.backend.BadInput;

/** How work is spread over threads. What it computes does not depend on it. */
public interface Spreading {

    /** Pixels of an example that are taken at a time. */
    int CHUNK = 4096;

    /** What to do with pixels [from, to) of example n; {@code state} and {@code bad} are the thread's. */
    interface Work<T> {
        void run(T state, BadInput bad, long n, long from, long to);
    }

    /** Takes all pixels, in chunks that begin at multiples of {@link #CHUNK}. Returns what was found bad. */
    <T> BadInput pixels(long examples, long pixels, Supplier<T> state, Work<T> work);

    /** Runs tasks 0 to count − 1. */
    void tasks(int count, IntConsumer task);

    /** One thread that takes everything in order. */
    Spreading PLAIN = new Spreading() {
        @Override
        public <T> BadInput pixels(long examples, long pixels, Supplier<T> state, Work<T> work) {
            BadInput bad = new BadInput();
            T own = state.get();
            for (long n = 0; n < examples; n++) {
                for (long from = 0; from < pixels; from += CHUNK) {
                    work.run(own, bad, n, from, Math.min(pixels, from + CHUNK));
                }
            }
            return bad;
        }

        @Override
        public void tasks(int count, IntConsumer task) {
            for (int k = 0; k < count; k++) {
                task.accept(k);
            }
        }
    };
}
