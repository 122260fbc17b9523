package org.segloss4j.internal.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import org.segloss4j.internal.backend.BadInput;

/**
 * The chunks of one call, which its caller and helpers take one after the other. The caller closes them when it finds
 * no more: helpers that come later leave at once, so that nobody waits for a pool that is busy with another call.
 */
final class SharedChunks<T> implements Runnable {

    private final int chunks;
    private final AtomicInteger next = new AtomicInteger();
    private final BadInput all = new BadInput();
    private Scratch<T> state;
    private Workers.Work<T> work;
    private int inside;
    private Throwable failure;

    SharedChunks(int chunks, Scratch<T> state, Workers.Work<T> work) {
        this.chunks = chunks;
        this.state = state;
        this.work = work;
    }

    /** Works until no chunk is left or one has failed. */
    @Override
    public void run() {
        Scratch<T> states;
        Workers.Work<T> own;
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
            walk(states, own, bad);
        } catch (Throwable t) {
            thrown = t;
            next.set(chunks);
        } finally {
            leave(bad, thrown);
        }
    }

    private void walk(Scratch<T> states, Workers.Work<T> own, BadInput bad) {
        int chunk = next.getAndIncrement();
        if (chunk >= chunks) {
            return;
        }
        T mine = states.take();
        for (; chunk < chunks; chunk = next.getAndIncrement()) {
            own.run(mine, bad, chunk);
        }
        states.give(mine);
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
        next.set(chunks);
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
