package org.segloss4j.internal.cpu;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Scratch memory of one call: each thread takes one piece at a time, and the next sweep reuses what was returned. */
final class Scratch<T> {

    private final Supplier<? extends T> maker;
    private final Queue<T> free = new ConcurrentLinkedQueue<>();

    Scratch(Supplier<? extends T> maker) {
        this.maker = maker;
    }

    T take() {
        T found = free.poll();
        return found != null ? found : maker.get();
    }

    void give(T piece) {
        free.add(piece);
    }

    /** All that was given back. */
    void forEach(Consumer<? super T> action) {
        free.forEach(action);
    }
}
