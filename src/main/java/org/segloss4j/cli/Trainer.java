package org.segloss4j.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.segloss4j.ClassSums;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.Batches;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.report.EpochScores;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** Trains a network and judges it after each epoch. */
public final class Trainer {

    private final ComputationGraph network;
    private final TrainingData data;
    private final SegmentationLoss loss;
    private final int batch;

    /**
     * Creates the trainer.
     *
     * @param network initialised; images [N, H, W, 3] to probabilities [N, H, W, C]
     * @param data    what to learn
     * @param loss    the network's loss
     * @param batch   samples of a step, at least 1
     */
    Trainer(ComputationGraph network, TrainingData data, SegmentationLoss loss, int batch) {
        this.network = network;
        this.data = data;
        this.loss = loss;
        this.batch = batch;
    }

    /** The steps of an epoch. */
    static int steps(TrainingData data, int batch) {
        return Batches.of(data.training(), batch).size();
    }

    /**
     * Trains.
     *
     * @param epochs   at least 1
     * @param seed     of the order of the samples
     * @param progress is told of each step and epoch
     * @return the scores before training and after each epoch
     * @throws UserException if the loss is no longer a number
     */
    List<EpochScores> train(int epochs, long seed, TrainingProgress progress) {
        List<SegmentationSample> order = new ArrayList<>(data.training());
        Random random = new Random(seed);
        List<EpochScores> scores = new ArrayList<>();
        scores.add(judge(0, Double.NaN));
        progress.epoch(scores.get(0));
        for (int epoch = 1; epoch <= epochs; epoch++) {
            Collections.shuffle(order, random);
            double sum = 0;
            int seen = 0;
            for (List<SegmentationSample> samples : Batches.of(order, batch)) {
                network.fit(new DataSet(Batches.images(samples, data.size()), Batches.labels(samples, data.size())));
                double value = network.score();
                if (!Double.isFinite(value)) {
                    throw new UserException("the loss is " + value + " in epoch " + epoch
                            + "; try a smaller --learning-rate");
                }
                sum += value * samples.size();
                seen += samples.size();
                progress.step(sum / seen);
            }
            scores.add(judge(epoch, sum / seen));
            progress.epoch(scores.get(epoch));
        }
        return scores;
    }

    private EpochScores judge(int epoch, double trainingLoss) {
        SegmentationEvaluation evaluation = emptyEvaluation(data);
        ClassSums sums = null;
        for (List<SegmentationSample> samples : Batches.of(data.validation(), batch)) {
            INDArray probabilities = network.outputSingle(Batches.images(samples, data.size()));
            SegmentationBatch judged = SegmentationBatch.predictions(probabilities)
                    .labels(Batches.labels(samples, data.size())).channelsLast();
            evaluation.eval(judged);
            ClassSums part = loss.sums(judged);
            sums = sums == null ? part : sums.merge(part);
        }
        return new EpochScores(epoch, trainingLoss, loss.value(sums), evaluation);
    }

    /** Nothing counted yet. */
    public static SegmentationEvaluation emptyEvaluation(TrainingData data) {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(data.classes()).classNames(data.names());
        return data.ignore() == null ? evaluation : evaluation.ignoreIndex(data.ignore());
    }

    /** The predicted classes [H, W] of a sample. */
    int[] predict(SegmentationSample sample) {
        return network.outputSingle(Batches.images(List.of(sample), data.size())).argMax(-1).ravel().toIntVector();
    }
}
