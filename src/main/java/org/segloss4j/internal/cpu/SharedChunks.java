package org.segloss4j.internal.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import org.segloss4j.internal.backend.BadInput;

/**
 * The chunks of one call, which its caller and helpers take one after the other. The caller closes them when it finds
 * no more: helpers that come later leave at once, so that nobody waits for a pool that is busy with another call.
 */
final class SharedChunks<T> implements Runnable {

    private final Chunks chunks;
    private final int count;
    private final AtomicInteger next = new AtomicInteger();
    private final BadInput all = new BadInput();
    private Scratch<T> state;
    private Chunks.Work<T> work;
    private int inside;
    private Throwable failure;

    SharedChunks(Chunks chunks, Scratch<T> state, Chunks.Work<T> work) {
        this.chunks = chunks;
        count = chunks.count();
        this.state = state;
        this.work = work;
    }

    /** Works until no chunk is left or one has failed. */
    @Override
    public void run() {
        Scratch<T> states;
        Chunks.Work<T> own;
        synchronized (this) {
            if (work == null) {
                return;
            }
            states = state;
            own = work;
            inside++;
        }
        BadInput bad = new BadInput();
        Throwable thrown = null;
        try {
            int chunk = next.getAndIncrement();
            if (chunk < count) {
                T mine = states.take();
                for (; chunk < count; chunk = next.getAndIncrement()) {
                    for (long n = chunks.example(chunk); n < chunks.end(chunk); n++) {
                        own.run(mine, bad, chunk, n, chunks.from(chunk), chunks.to(chunk));
                    }
                }
                states.give(mine);
            }
        } catch (Throwable t) {
            thrown = t;
            next.set(count);
        } finally {
            leave(bad, thrown);
        }
    }

    private synchronized void leave(BadInput bad, Throwable thrown) {
        all.merge(bad);
        failure = failure == null ? thrown : failure;
        inside--;
        notifyAll();
    }

    /** Lets nobody in any more and waits for those inside: nobody may use the caller's arrays afterwards. */
    synchronized void close() {
        // Helpers may stay queued for long; they must not keep the arrays.
        state = null;
        work = null;
        next.set(count);
        boolean interrupted = false;
        while (inside > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The bad input of all chunks; throws what was thrown first on any thread. */
    synchronized BadInput result() {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
        return all;
    }
}
