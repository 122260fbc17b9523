package org.segloss4j.cli.training;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.report.EpochScores;
import org.segloss4j.dl4j.LossTermsListener;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.replicas.Replicas;

/**
 * Trains a network and judges it after each epoch. The order of the samples and their changes depend on seed and epoch
 * alone, so a training that goes on from a checkpoint gives what it would have given without the break. Every replica
 * has a trainer of its own and takes the same steps; the first of them writes the checkpoints.
 */
public final class Trainer {

    /** After which time of an epoch the state is saved though the epoch is not over. */
    private static final long SAVED_EVERY = Duration.ofMinutes(10).toNanos();

    private final SegmentationModel model;
    private final ComputationGraph network;
    private final TrainingPlan plan;
    private final Learning learning;
    private final Agreement agreement;
    private final Checkpoints checkpoints;
    private final TrainingProgress progress;
    private TrainingState state;
    /** Whether the present epoch began before anything was counted. */
    private boolean lacksCounts;
    private long saved = System.nanoTime();

    /**
     * Creates the trainer.
     *
     * @param replicas    who trains; may be one alone
     * @param start       a ComputationGraph with one output, channels last, and how far it has come
     * @param data        what to learn
     * @param loss        the network's loss
     * @param plan        how
     * @param checkpoints where the state is saved
     * @param progress    is told of each step and epoch
     */
    public Trainer(Replicas replicas, Checkpoints.Checkpoint start, TrainingData data, SegmentationLoss loss,
                   TrainingPlan plan, Checkpoints checkpoints, TrainingProgress progress) {
        model = start.model();
        network = (ComputationGraph) model.network();
        state = start.state();
        lacksCounts = state.lacksCounts();
        learning = replicas.size() == 1 && plan.parts() == 1 ? new LearningAlone(model, data, loss, plan)
                : new LearningTogether(replicas, model, data, loss, plan);
        agreement = new Agreement(replicas);
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
                Learning.Judgement untrained = judge(stop);
                if (untrained == null) {
                    progress.nothingDone();
                    return state;
                }
                judged(Double.NaN, untrained);
                progress.epoch(state, "");
            }
            while (state.epochs() < plan.epochs() && !outOfPatience()) {
                if (!epoch(stop)) {
                    save(false);
                    agreement.stops(true);
                    progress.interrupted(state);
                    return state;
                }
            }
            if (!state.finished()) {
                state = state.done();
                save(false);
            }
            agreement.stops(false);
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
        try (Learning.Pass pass = agreement.own(() -> learning.pass(state.epochs(), state.steps()))) {
            while (pass.hasNext()) {
                agreement.own(pass::read);
                Agreement.Next next = agreement.next(stop.isMade(), System.nanoTime() - saved > SAVED_EVERY);
                if (next == Agreement.Next.STOP) {
                    return false;
                }
                if (next == Agreement.Next.SAVE) {
                    save(false);
                }
                step(pass);
            }
        }
        count();
        double trainingLoss = state.meanLoss();
        Learning.Judgement judgement = judge(stop);
        if (judgement == null) {
            return false;
        }
        network.incrementEpochCount();
        judged(trainingLoss, judgement);
        save(state.sinceBest() == 0);
        progress.epoch(state, learning.speed());
        return true;
    }

    /** Adds what the network predicted in the steps since the last call, unless that of earlier ones is missing. */
    private void count() {
        SegmentationEvaluation counts = learning.counts();
        if (!lacksCounts) {
            state = state.counted(counts);
        }
    }

    private void step(Learning.Pass pass) {
        Learning.Step step = pass.step();
        if (!Double.isFinite(step.loss())) {
            throw diverged("the loss is " + step.loss() + " in epoch " + (state.epochs() + 1) + ", step "
                    + (state.steps() + 1) + problems());
        }
        state = state.stepDone(step);
        progress.step(state);
    }

    /** What is wrong with the batch, as far as this replica has it. */
    private String problems() {
        String problems = LossTermsListener.problems(network);
        return problems.isEmpty() ? "" : " (" + problems + ")";
    }

    private UserException diverged(String what) {
        EpochScores best = state.best();
        return new UserException(what + (best == null ? "; nothing is saved"
                : String.format(Locale.ROOT, "; the best network, of epoch %d with mean IoU %.4f, is saved"
                + " as %s", best.epoch(), best.validation().meanIou(), Checkpoints.BEST))
                + "; try a smaller --learning-rate or --warm-up 1, and look whether the masks fit the images");
    }

    /** Saves the state, if this replica is the one that does. All call it at the same place. */
    private void save(boolean best) {
        if (state.steps() > 0) {
            count();
        }
        if (agreement.isFirst()) {
            agreement.own(() -> {
                if (!Double.isFinite(network.params().sumNumber().doubleValue())) {
                    throw diverged("the network holds NaN or infinite numbers after step " + state.steps()
                            + " of epoch " + (state.epochs() + 1));
                }
                checkpoints.write(model, state, best);
            });
        }
        saved = System.nanoTime();
    }

    /** How good the network is as it is, or null if a process is asked to end meanwhile. */
    private Learning.Judgement judge(StopRequest stop) {
        if (agreement.stops(stop.isMade())) {
            return null;
        }
        Supplier<Learning.Judgement> own = agreement.own(() -> judgement(stop));
        return agreement.stops(own == null) ? null : own.get();
    }

    private Supplier<Learning.Judgement> judgement(StopRequest stop) {
        try {
            return learning.judge(stop::isMade);
        } catch (IllegalArgumentException e) {
            if (state.scores().isEmpty()) {
                throw e;
            }
            // The same samples were judged before, so it is the network that makes what cannot be judged.
            throw diverged("after epoch " + (state.epochs() + 1) + " " + e.getMessage());
        }
    }

    private void judged(double trainingLoss, Learning.Judgement judgement) {
        lacksCounts = false;
        state = state.judged(new EpochScores(state.scores().size(), trainingLoss, judgement.loss(),
                judgement.scores(), judgement.terms(), state.training()));
    }
}
