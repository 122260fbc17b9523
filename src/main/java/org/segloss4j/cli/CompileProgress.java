package org.segloss4j.cli;

import java.io.PrintWriter;
import java.util.function.LongSupplier;

/** Says how far a compilation is: at once, after the first kernel, and then every few seconds. */
final class CompileProgress {

    private static final long NANOS_BETWEEN = 5_000_000_000L;

    private final int all;
    private final PrintWriter print;
    private final LongSupplier clock;
    private int count;
    private long begun;
    private long last;

    CompileProgress(int all, PrintWriter print) {
        this(all, print, System::nanoTime);
    }

    CompileProgress(int all, PrintWriter print, LongSupplier clock) {
        this.all = all;
        this.print = print;
        this.clock = clock;
    }

    void start() {
        begun = clock.getAsLong();
        say("compiling " + all + (all == 1 ? " kernel" : " kernels"));
    }

    /** One more is done; may be called by any thread. */
    synchronized void done() {
        count++;
        long now = clock.getAsLong();
        if (count == 1 || count == all || now - last >= NANOS_BETWEEN) {
            last = now;
            say("compiled " + count + " of " + all + ", " + (now - begun) / 1_000_000_000L + " s");
        }
    }

    synchronized int count() {
        return count;
    }

    private void say(String line) {
        print.println(line);
        print.flush();
    }
}
