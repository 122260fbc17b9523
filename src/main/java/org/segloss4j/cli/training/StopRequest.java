package org.segloss4j.cli.training;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;

/**
 * Lets training end in good order when the process is asked to end (Ctrl-C, SIGTERM): the virtual machine waits for
 * {@link #close} before it stops. A second signal changes nothing; SIGKILL does.
 */
final class StopRequest implements AutoCloseable {

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean made;

    private StopRequest(PrintStream err) {
        hook = new Thread(() -> {
            err.println("segloss4j: stopping after this step; the state will be saved");
            err.flush();
            // Only now, so that no line of the end stands before this one.
            made = true;
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "segloss4j-stop");
    }

    /** Starts to listen. */
    static StopRequest listen(PrintStream err) {
        StopRequest request = new StopRequest(err);
        Runtime.getRuntime().addShutdownHook(request.hook);
        return request;
    }

    /** Whether somebody wants training to end. */
    boolean isMade() {
        return made;
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending already.
        }
    }
}
