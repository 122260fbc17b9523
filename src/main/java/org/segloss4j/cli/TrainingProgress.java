package org.segloss4j.cli;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.segloss4j.cli.report.EpochScores;

/** Shows how training goes: a bar on a terminal, else a line per epoch, so that logs stay short. */
final class TrainingProgress implements AutoCloseable {

    private static final int WIDTH = 100;

    private final int epochs;
    private final PrintWriter lines;
    private final ProgressBar bar;
    private final long start = System.nanoTime();
    private int epoch;
    private double iou;

    private TrainingProgress(int epochs, PrintWriter lines, ProgressBar bar) {
        this.epochs = epochs;
        this.lines = lines;
        this.bar = bar;
    }

    /**
     * Starts.
     *
     * @param epochs number of epochs
     * @param steps  of all epochs together
     * @param lines  where lines go
     */
    static TrainingProgress start(int epochs, long steps, PrintWriter lines) {
        boolean terminal = System.console() != null;
        return new TrainingProgress(epochs, lines, !terminal ? null : new ProgressBarBuilder().setTaskName("training")
                .setInitialMax(steps).setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(250)
                .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH)).build());
    }

    /**
     * After a step.
     *
     * @param loss mean of the epoch so far
     */
    void step(double loss) {
        if (bar != null) {
            bar.setExtraMessage(String.format(Locale.ROOT, " loss %.3f, IoU %.3f", loss, iou));
            bar.step();
        }
    }

    /** After an epoch, and before the first. */
    void epoch(EpochScores scores) {
        iou = scores.validation().meanIou();
        epoch = scores.epoch();
        if (bar == null) {
            lines.printf(Locale.ROOT, "epoch %" + Integer.toString(epochs).length() + "d/%d  %s  validation loss %.4f"
                    + "  mean IoU %.4f  %.0f s%n", epoch, epochs, epoch == 0 ? "untrained  "
                    : String.format(Locale.ROOT, "loss %.4f", scores.trainingLoss()), scores.validationLoss(), iou,
                    (System.nanoTime() - start) / 1e9);
            lines.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
