package org.segloss4j.dl4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs mean IoU and pixel accuracy of the batches that a network learns from, at no pass of its own: each
 * {@link SegmentationLossLayer} counts the classes that it predicts while it computes its loss. The network changes
 * from batch to batch, and layers such as dropout are at work, so these scores are for watching a training; judge the
 * network by those of a validation set.
 *
 * <pre>{@code
 * TrainingScoresListener training = new TrainingScoresListener(new SegmentationEvaluation(21).ignoreIndex(255), 50);
 * network.setListeners(training);
 * network.fit(iterator, 10);
 * System.out.println(training.epochScores().values().iterator().next().stats());
 * }</pre>
 *
 * <p>In a graph with several heads each of them is counted for itself, if it has the evaluation's number of classes.
 * DL4J's own output layers are not counted. Below an {@link org.segloss4j.ExchangeScope}, whose sweeps know only sums,
 * the counts take a pass of their own, and are those of the own part of the batch. What cannot be counted, such as a
 * batch with a NaN prediction, is left out with a warning. Safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class TrainingScoresListener extends BaseTrainingListener {

    private static final Logger LOG = LoggerFactory.getLogger(TrainingScoresListener.class);

    private final SegmentationEvaluation empty;
    /** 0 for no lines but those of epochs. */
    private final int every;
    /** By the name of the layer: what was counted since the last line, and in this epoch. */
    private final Map<String, SegmentationEvaluation> recent = new LinkedHashMap<>();
    private final Map<String, SegmentationEvaluation> epoch = new LinkedHashMap<>();

    /**
     * A listener for any network.
     *
     * @param settings whose number of classes, ignored label and threshold say what is counted, and whose names classes
     *                 get; nothing is added to it
     * @param every    after how many iterations it logs, at least 1
     * @throws IllegalArgumentException if that is below 1
     */
    public TrainingScoresListener(SegmentationEvaluation settings, int every) {
        this(every, settings);
        if (every < 1) {
            throw new IllegalArgumentException("training scores are to be logged every " + every
                    + " iterations, but it must be at least 1");
        }
    }

    /**
     * A listener that logs at the end of an epoch only, for those who ask for {@link #epochScores()}.
     *
     * @param settings as in {@link #TrainingScoresListener(SegmentationEvaluation, int)}
     */
    public TrainingScoresListener(SegmentationEvaluation settings) {
        this(0, settings);
    }

    private TrainingScoresListener(int every, SegmentationEvaluation settings) {
        empty = settings.newInstance();
        this.every = every;
    }

    /** Which predictions are counted. */
    SegmentationEvaluation settings() {
        return empty;
    }

    /** Whether a layer with so many channels is counted. */
    boolean fits(long channels) {
        return Math.max(2, channels) == empty.classes();
    }

    /** Adds what a layer has counted in a batch. */
    synchronized void add(String layer, long[] confusion) {
        if (every > 0) {
            recent.computeIfAbsent(layer, name -> empty.newInstance()).add(confusion);
        }
        epoch.computeIfAbsent(layer, name -> empty.newInstance()).add(confusion);
    }

    /**
     * The scores of all batches since the last epoch began, or since the listener was set where the network is fitted
     * batch by batch.
     *
     * @return by the name of the layer, or its index where it has none, copies of what was counted so far; empty before
     *         the first batch
     */
    public synchronized Map<String, SegmentationEvaluation> epochScores() {
        Map<String, SegmentationEvaluation> copies = new LinkedHashMap<>();
        epoch.forEach((layer, scores) -> {
            SegmentationEvaluation copy = scores.newInstance();
            copy.merge(scores);
            copies.put(layer, copy);
        });
        return copies;
    }

    @Override
    public synchronized void onEpochStart(Model model) {
        epoch.clear();
    }

    @Override
    public synchronized void onEpochEnd(Model model) {
        lines(epoch).forEach(line -> LOG.info("training scores of the epoch{}", line));
    }

    @Override
    public synchronized void iterationDone(Model model, int iteration, int epochs) {
        if (every > 0 && iteration % every == 0) {
            lines(recent).forEach(line -> LOG.info("training scores until iteration {}{}", iteration, line));
            recent.clear();
        }
    }

    private static List<String> lines(Map<String, SegmentationEvaluation> all) {
        List<String> lines = new ArrayList<>();
        all.forEach((layer, scores) -> lines.add(String.format(Locale.ROOT, "%s: mean IoU %.4f, pixel accuracy %.4f",
                all.size() == 1 ? "" : ", " + layer, scores.meanIou(), scores.pixelAccuracy())));
        return lines;
    }
}
