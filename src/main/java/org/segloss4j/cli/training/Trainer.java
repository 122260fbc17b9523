package org.segloss4j.cli.training;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.dataset.DataSet;
import org.segloss4j.ClassSums;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.report.EpochScores;
import org.segloss4j.data.SegmentationIterator;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.evaluation.SegmentationEvaluation;

/**
 * Trains a network and judges it after each epoch. The order of the samples and their changes depend on seed and epoch
 * alone, so a training that goes on from a checkpoint gives what it would have given without the break.
 */
public final class Trainer {

    /** After which time of an epoch the state is saved though the epoch is not over. */
    private static final long SAVED_EVERY = Duration.ofMinutes(10).toNanos();

    private final SegmentationModel model;
    private final ComputationGraph network;
    private final TrainingData data;
    private final SegmentationLoss loss;
    private final TrainingPlan plan;
    private final Checkpoints checkpoints;
    private final TrainingProgress progress;
    private TrainingState state;
    private long saved = System.nanoTime();

    /**
     * Creates the trainer.
     *
     * @param start       a ComputationGraph with one output, channels last, and how far it has come
     * @param data        what to learn
     * @param loss        the network's loss
     * @param plan        how
     * @param checkpoints where the state is saved
     * @param progress    is told of each step and epoch
     */
    public Trainer(Checkpoints.Checkpoint start, TrainingData data, SegmentationLoss loss, TrainingPlan plan,
                   Checkpoints checkpoints, TrainingProgress progress) {
        model = start.model();
        network = (ComputationGraph) model.network();
        state = start.state();
        this.data = data;
        this.loss = loss;
        this.plan = plan;
        this.checkpoints = checkpoints;
        this.progress = progress;
    }

    /**
     * Trains until all epochs are done, patience is at its end, or the process is asked to end. The state is saved
     * after each epoch and at the end.
     *
     * @return the state that was saved; not finished if the process is ending
     * @throws UserException if the loss is no longer a number, or a file cannot be read or written
     */
    public TrainingState train() {
        try (StopRequest stop = StopRequest.listen(System.err)) {
            if (state.scores().isEmpty()) {
                EpochScores untrained = judge(stop);
                if (untrained == null) {
                    progress.nothingDone();
                    return state;
                }
                state = state.judged(untrained);
                progress.epoch(state);
            }
            while (state.epochs() < plan.epochs() && !outOfPatience()) {
                if (stop.isMade() || !epoch(stop)) {
                    save(false);
                    progress.interrupted(state);
                    return state;
                }
            }
            if (!state.finished()) {
                state = state.done();
                save(false);
            }
            return state;
        } catch (UncheckedIOException e) {
            throw new UserException(e.getCause().getMessage(), e);
        }
    }

    private boolean outOfPatience() {
        return plan.patience() > 0 && state.sinceBest() >= plan.patience();
    }

    /** One epoch, or what is left of it; false if it was left before its end. */
    private boolean epoch(StopRequest stop) {
        int done = 0;
        try (SegmentationIterator batches = batches()) {
            while (batches.hasNext()) {
                DataSet batch = batches.next();
                // Steps that a checkpoint has behind it are read and left out.
                if (done++ < state.steps()) {
                    continue;
                }
                step(batch);
                if (stop.isMade()) {
                    return false;
                }
                if (System.nanoTime() - saved > SAVED_EVERY) {
                    save(false);
                }
            }
        }
        double trainingLoss = state.meanLoss();
        EpochScores scores = judge(stop);
        if (scores == null) {
            return false;
        }
        network.incrementEpochCount();
        state = state.judged(new EpochScores(scores.epoch(), trainingLoss, scores.validationLoss(),
                scores.validation()));
        save(state.sinceBest() == 0);
        progress.epoch(state);
        return true;
    }

    private SegmentationIterator batches() {
        SegmentationIterator batches = SegmentationIterator.of(data.training()).batch(plan.batch()).shuffle(plan.seed())
                .augment(plan.augmentation(), plan.seed()).fromEpoch(state.epochs()).channelsLast();
        batches.setPreProcessor(model.normalization());
        return batches;
    }

    private void step(DataSet batch) {
        // The loss knows the void label, so the mask would say the same again.
        batch.setLabelsMaskArray(null);
        network.fit(batch);
        double value = network.score();
        if (!Double.isFinite(value)) {
            throw diverged("the loss is " + value + " in epoch " + (state.epochs() + 1) + ", step "
                    + (state.steps() + 1));
        }
        state = state.stepDone(batch.numExamples(), value);
        progress.step(state);
    }

    private UserException diverged(String what) {
        EpochScores best = state.best();
        return new UserException(what + (best == null ? "; nothing is saved"
                : String.format(Locale.ROOT, "; the best network, of epoch %d with mean IoU %.4f, is saved"
                + " as %s", best.epoch(), best.validation().meanIou(), Checkpoints.BEST))
                + "; try a smaller --learning-rate or --warm-up 1, and look whether the masks fit the images");
    }

    private void save(boolean best) {
        if (!Double.isFinite(network.params().sumNumber().doubleValue())) {
            throw diverged("the network holds NaN or infinite numbers after step " + state.steps() + " of epoch "
                    + (state.epochs() + 1));
        }
        checkpoints.write(model, state, best);
        saved = System.nanoTime();
    }

    /** The scores of the network as it is, or null if the process is asked to end meanwhile. */
    private EpochScores judge(StopRequest stop) {
        SegmentationEvaluation evaluation = data.emptyEvaluation();
        ClassSums sums = null;
        try (SegmentationIterator batches = SegmentationIterator.of(data.validation()).batch(plan.batch())
                .channelsLast()) {
            batches.setPreProcessor(model.normalization());
            while (batches.hasNext()) {
                DataSet batch = batches.next();
                SegmentationBatch judged = SegmentationBatch.predictions(network.outputSingle(batch.getFeatures()))
                        .labels(batch.getLabels()).channelsLast();
                evaluation.eval(judged);
                ClassSums part = loss.sums(judged);
                sums = sums == null ? part : sums.merge(part);
                if (stop.isMade()) {
                    return null;
                }
            }
        }
        return new EpochScores(state.scores().size(), Double.NaN, loss.value(sums), evaluation);
    }
}
