package org.segloss4j.cli.prediction;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how many images are done: a bar on a terminal, else a line every ten seconds, so that logs stay short. */
public final class FileProgress implements AutoCloseable {

    private static final int WIDTH = 100;
    private static final long INTERVAL = 10_000_000_000L;

    private final String task;
    private final int images;
    private final PrintWriter lines;
    private final ProgressBar bar;
    private final LongSupplier clock;
    private final long start;
    private long told;
    private int done;

    FileProgress(String task, int images, PrintWriter lines, ProgressBar bar, LongSupplier clock) {
        this.task = task;
        this.images = images;
        this.lines = lines;
        this.bar = bar;
        this.clock = clock;
        start = clock.getAsLong();
        told = start;
    }

    /**
     * Starts.
     *
     * @param task   such as predicted
     * @param images how many there are
     * @param lines  where lines go
     */
    public static FileProgress start(String task, int images, PrintWriter lines) {
        ProgressBar bar = System.console() == null ? null : new ProgressBarBuilder().setTaskName(task)
                .setInitialMax(images).setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(250)
                .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH)).build();
        return new FileProgress(task, images, lines, bar, System::nanoTime);
    }

    /** After a row of an image, since a large image takes long. */
    public void row(int y, int height) {
        tell(100L * (y + 1) / height);
    }

    /** After an image. */
    public void done() {
        done++;
        if (bar != null) {
            bar.step();
        }
        tell(0);
    }

    private void tell(long percent) {
        long now = clock.getAsLong();
        if (now - told < INTERVAL || done == images) {
            return;
        }
        told = now;
        if (bar != null) {
            bar.setExtraMessage(percent == 0 ? "" : " image " + (done + 1) + ": " + percent + " %");
        } else {
            lines.printf(Locale.ROOT, "%s %d of %d%s, %.0f s%n", task, done, images,
                    percent == 0 ? "" : " and " + percent + " % of the next", seconds());
            lines.flush();
        }
    }

    /** The time since the start. */
    public double seconds() {
        return (clock.getAsLong() - start) / 1e9;
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
