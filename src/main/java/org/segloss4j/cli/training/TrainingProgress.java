package org.segloss4j.cli.training;

import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.segloss4j.cli.report.EpochScores;

/** Shows how training goes: a bar on a terminal, else a line per epoch, so that logs stay short. */
public final class TrainingProgress implements AutoCloseable {

    private static final int WIDTH = 100;

    private final int epochs;
    private final PrintWriter lines;
    private final ProgressBar bar;
    private final long start = System.nanoTime();
    private final int firstEpoch;
    private double iou = Double.NaN;

    private TrainingProgress(int epochs, int firstEpoch, PrintWriter lines, ProgressBar bar) {
        this.epochs = epochs;
        this.firstEpoch = firstEpoch;
        this.lines = lines;
        this.bar = bar;
    }

    /**
     * Starts.
     *
     * @param epochs number of epochs
     * @param steps  of an epoch
     * @param state  how far training has come
     * @param lines  where lines go
     */
    public static TrainingProgress start(int epochs, int steps, TrainingState state, PrintWriter lines) {
        boolean terminal = System.console() != null;
        return new TrainingProgress(epochs, state.epochs(), lines, !terminal ? null : new ProgressBarBuilder()
                .setTaskName("training").setInitialMax((long) epochs * steps).setStyle(ProgressBarStyle.ASCII)
                .startsFrom((long) state.epochs() * steps + state.steps(), Duration.ZERO)
                .setUpdateIntervalMillis(250).setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH)).build());
    }

    /** Shows nothing: for a replica that leaves this to the first one. */
    public static TrainingProgress silent() {
        return new TrainingProgress(0, 0, new PrintWriter(Writer.nullWriter()), null);
    }

    /** After a step. */
    void step(TrainingState state) {
        if (bar != null) {
            bar.setExtraMessage(String.format(Locale.ROOT, " loss %.3f, IoU %.3f", state.meanLoss(), iou));
            bar.step();
        }
    }

    /**
     * After an epoch, and before the first.
     *
     * @param speed of its steps, in words that may be none
     */
    void epoch(TrainingState state, String speed) {
        EpochScores scores = state.scores().get(state.epochs());
        iou = scores.validation().meanIou();
        if (bar == null) {
            boolean best = scores.epoch() > 0 && state.sinceBest() == 0;
            lines.printf(Locale.ROOT, "epoch %" + Integer.toString(epochs).length() + "d/%d  %s  validation loss %.4f"
                    + "  mean IoU %.4f%s  %s%s%n", scores.epoch(), epochs, scores.epoch() == 0 ? "untrained  "
                    : String.format(Locale.ROOT, "loss %.4f", scores.trainingLoss()), scores.validationLoss(), iou,
                    best ? " *" : "  ", time(scores.epoch()), speed.isEmpty() ? "" : ", " + speed);
            lines.flush();
        }
    }

    /** How long training has taken, and how long it will take if it goes on like this. */
    private String time(int epoch) {
        double seconds = (System.nanoTime() - start) / 1e9;
        int done = epoch - firstEpoch;
        return done < 1 || epoch == epochs ? duration(seconds)
                : duration(seconds) + ", about " + duration(seconds / done * (epochs - epoch)) + " left";
    }

    static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 100 ? whole + " s" : whole < 6000 ? (whole + 30) / 60 + " min"
                : String.format(Locale.ROOT, "%d h %d min", (whole + 30) / 3600, (whole + 30) / 60 % 60);
    }

    /** The process ends before training began. */
    void nothingDone() {
        close();
        lines.println();
        lines.println("stopped before the first step; nothing is saved");
        lines.flush();
    }

    /** The process ends before training does. */
    void interrupted(TrainingState state) {
        close();
        EpochScores best = state.best();
        lines.printf(Locale.ROOT, "%nstopped in epoch %d/%d after %d steps; %s holds this state, --resume goes on from"
                + " it%s%n", state.epochs() + 1, epochs, state.steps(), Checkpoints.LAST, best == null
                ? "; no epoch is complete, so there is no " + Checkpoints.BEST + " yet"
                : String.format(Locale.ROOT, "; %s is the network of epoch %d with mean IoU %.4f", Checkpoints.BEST,
                best.epoch(), best.validation().meanIou()));
        lines.flush();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
