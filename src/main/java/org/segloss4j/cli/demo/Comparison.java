package org.segloss4j.cli.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.segloss4j.Losses;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.TrainingFiles;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.weights.ClassWeights;
import org.segloss4j.weights.Normalisation;

/**
 * The same network trained with several losses: same images, same first weights, same order of batches, same updater
 * and learning rate. Adam divides a gradient by its size, so that it makes no difference that the score of LossMCXENT
 * is a sum over pixels and that of this library's losses a mean.
 */
public final class Comparison {

    /** Told how far training is, from several threads. */
    public interface Progress {

        /** After a step of any candidate. */
        void step();

        /** After each candidate has ended an epoch; the scores are in the order of the candidates. */
        void epoch(int epoch, List<SegmentationEvaluation> scores);
    }

    private final ComparisonPlan plan;
    private final List<SegmentationSample> training;
    private final List<SegmentationSample> validation;
    private final TrainingData data;
    private final double[] classWeights;
    private final List<Candidate> candidates;

    /** Draws the images and makes the networks. */
    public Comparison(ComparisonPlan plan) {
        this.plan = plan;
        ShapeGenerator generator = new ShapeGenerator(plan.size(), plan.seed());
        training = generator.samples(0, plan.training());
        validation = generator.samples(plan.training(), plan.validation());
        data = TrainingFiles.drawn("shapes drawn on textured noise", plan.size(), ShapeGenerator.labels(), training,
                validation);
        classWeights = ClassWeights.forName("median").normalised(Normalisation.SUM_CLASSES)
                .of(data.trainingCounts());
        INDArray row = Nd4j.createFromArray(classWeights).castTo(Nd4j.dataType()).reshape(1, plan.classes());
        candidates = List.of(
                Candidate.ofDl4j("LossMCXENT", "DL4J's cross-entropy", plan, new LossMCXENT()),
                Candidate.ofDl4j("LossMCXENT, weighted", "the same with the class weights above", plan,
                        new LossMCXENT(row)),
                Candidate.ofSegLoss4J("SegLoss4J", "jaccard + cce with the same class weights", plan,
                        Losses.jaccard().classWeights(classWeights)
                        .plus(Losses.categoricalCrossEntropy().classWeights(classWeights))));
    }

    public ComparisonPlan plan() {
        return plan;
    }

    public TrainingData data() {
        return data;
    }

    /** One per class, with mean 1. */
    public double[] classWeights() {
        return classWeights.clone();
    }

    public List<Candidate> candidates() {
        return candidates;
    }

    /** The steps of all candidates together. */
    public int steps() {
        return candidates.size() * plan.steps();
    }

    /**
     * Trains all candidates, each in a thread of its own.
     *
     * @param progress is told how far it is
     * @param factory  makes the threads
     */
    public ComparisonResult run(Progress progress, ThreadFactory factory) {
        Epochs epochs = new Epochs(progress);
        ExecutorService threads = Executors.newFixedThreadPool(candidates.size(), factory);
        try {
            CompletableFuture.allOf(candidates.stream()
                    .map(candidate -> CompletableFuture.runAsync(() -> train(candidate, progress, epochs), threads))
                    .toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        } finally {
            threads.shutdownNow();
        }
        return new ComparisonResult(this, epochs.scores);
    }

    private void train(Candidate candidate, Progress progress, Epochs epochs) {
        List<SegmentationSample> order = new ArrayList<>(training);
        Random random = new Random(plan.seed());
        for (int epoch = 1; epoch <= plan.epochs(); epoch++) {
            Collections.shuffle(order, random);
            for (List<SegmentationSample> samples : Batches.of(order, plan.batch())) {
                if (epochs.failed) {
                    return;
                }
                step(candidate, samples, epochs);
                progress.step();
            }
            epochs.ended(candidate, candidate.judge(validation));
        }
    }

    /** A failure of one candidate ends the others, whose work would be lost anyway. */
    private static void step(Candidate candidate, List<SegmentationSample> samples, Epochs epochs) {
        try {
            candidate.fit(samples);
        } catch (RuntimeException e) {
            epochs.failed = true;
            throw e;
        }
    }

    /** Collects the scores of the candidates, which end their epochs at different times. */
    private final class Epochs {

        private final Progress progress;
        private final List<List<SegmentationEvaluation>> scores = new ArrayList<>();
        private int told;
        private volatile boolean failed;

        Epochs(Progress progress) {
            this.progress = progress;
            candidates.forEach(candidate -> scores.add(new ArrayList<>()));
        }

        synchronized void ended(Candidate candidate, SegmentationEvaluation evaluation) {
            scores.get(candidates.indexOf(candidate)).add(evaluation);
            if (scores.stream().allMatch(each -> each.size() > told)) {
                int epoch = told++;
                progress.epoch(told, scores.stream().map(each -> each.get(epoch)).toList());
            }
        }
    }
}
