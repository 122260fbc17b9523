package org.segloss4j.cli.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.dataset.DataSet;
import org.segloss4j.ClassSums;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.data.SegmentationIterator;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.dl4j.TrainingScoresListener;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** Learning by this process alone, each batch as one part: DL4J's own {@code fit}. */
final class LearningAlone implements Learning {

    private final SegmentationModel model;
    private final ComputationGraph network;
    private final TrainingData data;
    private final SegmentationLoss loss;
    private final TrainingPlan plan;
    /** Counts what the network predicts while it learns, in the sweeps of the loss. */
    private final TrainingScoresListener scores;

    LearningAlone(SegmentationModel model, TrainingData data, SegmentationLoss loss, TrainingPlan plan) {
        this.model = model;
        network = (ComputationGraph) model.network();
        this.data = data;
        this.loss = loss;
        this.plan = plan;
        scores = new TrainingScoresListener(data.emptyEvaluation());
        network.addListeners(scores);
    }

    @Override
    public Pass pass(int epoch, int done) {
        SegmentationIterator batches = plan.training(data, epoch);
        batches.setPreProcessor(model.normalization());
        for (int k = 0; k < done; k++) {
            batches.next();
        }
        return new Pass() {
            private DataSet batch;

            @Override
            public boolean hasNext() {
                return batches.hasNext();
            }

            @Override
            public void read() {
                batch = batches.next();
            }

            @Override
            public Step step() {
                network.fit(batch);
                return new Step(batch.numExamples(), network.score());
            }

            @Override
            public void close() {
                batches.close();
            }
        };
    }

    @Override
    public SegmentationEvaluation counts() {
        SegmentationEvaluation counted = data.emptyEvaluation();
        scores.epochScores().values().forEach(counted::merge);
        // From here on it counts for the next call.
        scores.onEpochStart(network);
        return counted;
    }

    @Override
    public Supplier<Judgement> judge(BooleanSupplier stop) {
        SegmentationEvaluation evaluation = data.emptyEvaluation();
        ClassSums sums = null;
        Map<String, Double> means = new LinkedHashMap<>();
        int samples = 0;
        try (SegmentationIterator batches = plan.validation(data)) {
            batches.setPreProcessor(model.normalization());
            while (batches.hasNext()) {
                DataSet batch = batches.next();
                SegmentationBatch judged = JudgedBatch.of(network, batch.getFeatures(), batch.getLabels(),
                        batch.getLabelsMaskArray());
                evaluation.eval(judged);
                if (loss.mergesExactly()) {
                    ClassSums part = loss.sums(judged);
                    sums = sums == null ? part : sums.merge(part);
                } else {
                    int before = samples;
                    samples += batch.numExamples();
                    double share = (double) batch.numExamples() / samples;
                    loss.terms(judged).forEach((name, value) -> means.merge(name, value,
                            (mean, next) -> before == 0 ? next : mean + share * (next - mean)));
                }
                if (stop.getAsBoolean()) {
                    return null;
                }
            }
        }
        Judgement judgement = new Judgement(sums == null ? means : loss.terms(sums), evaluation);
        return () -> judgement;
    }

    @Override
    public String speed() {
        return "";
    }
}
