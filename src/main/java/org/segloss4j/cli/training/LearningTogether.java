package org.segloss4j.cli.training;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.segloss4j.ClassSums;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.data.BatchShare;
import org.segloss4j.data.SegmentationIterator;
import org.segloss4j.data.SegmentationShare;
import org.segloss4j.dl4j.DataParallelTrainer;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.dl4j.Throughput;
import org.segloss4j.dl4j.TrainingScoresListener;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.replicas.Replicas;

/**
 * Learning by one of several replicas, or by one that does the parts of several: each batch is divided into parts, and
 * whatever is summed is summed over the parts in their order, so the number of replicas changes no bit.
 */
final class LearningTogether implements Learning {

    private final Replicas replicas;
    private final SegmentationModel model;
    private final ComputationGraph network;
    private final TrainingData data;
    private final SegmentationLoss loss;
    private final TrainingPlan plan;
    private final DataParallelTrainer trainer;
    /** Counts what the network predicts of this replica's parts while it learns. */
    private final TrainingScoresListener training;
    private Throughput reported;

    LearningTogether(Replicas replicas, SegmentationModel model, TrainingData data, SegmentationLoss loss,
                     TrainingPlan plan) {
        this.replicas = replicas;
        this.model = model;
        network = (ComputationGraph) model.network();
        this.data = data;
        this.loss = loss;
        this.plan = plan;
        trainer = DataParallelTrainer.of(network, replicas).parts(plan.parts()).seed(plan.seed());
        training = new TrainingScoresListener(data.emptyEvaluation());
        network.addListeners(training);
        reported = trainer.throughput();
    }

    private SegmentationShare share(SegmentationIterator batches) {
        batches.setPreProcessor(model.normalization());
        return batches.share(trainer.parts());
    }

    @Override
    public Pass pass(int epoch, int done) {
        SegmentationShare batches = share(plan.training(data, epoch));
        batches.skip(done);
        return new Pass() {
            private BatchShare batch;

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
                return new Step(batch.examples(), trainer.step(batch));
            }

            @Override
            public void close() {
                batches.close();
            }
        };
    }

    /** One message for the steps of an epoch, since counts add up whatever the order. */
    @Override
    public SegmentationEvaluation counts() {
        SegmentationEvaluation own = data.emptyEvaluation();
        training.epochScores().values().forEach(own::merge);
        training.onEpochStart(network);
        SegmentationEvaluation all = data.emptyEvaluation();
        LongMessages.gather(replicas, bytes(own)).forEach(message -> addCounts(ByteBuffer.wrap(message), all));
        return all;
    }

    @Override
    public Supplier<Judgement> judge(BooleanSupplier stop) {
        SegmentationEvaluation evaluation = data.emptyEvaluation();
        ClassSums[] sums = new ClassSums[trainer.parts().count()];
        try (SegmentationShare batches = share(plan.validation(data))) {
            while (batches.hasNext()) {
                List<MultiDataSet> parts = batches.next().parts();
                for (int k = 0; k < sums.length; k++) {
                    if (parts.get(k) != null) {
                        sums[k] = merged(sums[k], judged(parts.get(k), evaluation));
                    }
                }
                if (stop.getAsBoolean()) {
                    return null;
                }
            }
        }
        return () -> joined(LongMessages.gather(replicas, message(sums, evaluation)));
    }

    private ClassSums judged(MultiDataSet part, SegmentationEvaluation evaluation) {
        SegmentationBatch judged = JudgedBatch.of(network, part.getFeatures(0), part.getLabels(0),
                part.hasMaskArrays() ? part.getLabelsMaskArray(0) : null);
        evaluation.eval(judged);
        return loss.sums(judged);
    }

    private static ClassSums merged(ClassSums one, ClassSums other) {
        return one == null ? other : one.merge(other);
    }

    /** The counts of this replica's samples, and the sums of each of its parts. */
    private static byte[] message(ClassSums[] sums, SegmentationEvaluation evaluation) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(bytes(evaluation));
        for (ClassSums part : sums) {
            if (part != null) {
                byte[] bytes = part.toBytes();
                out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                out.writeBytes(bytes);
            }
        }
        return out.toByteArray();
    }

    private static byte[] bytes(SegmentationEvaluation evaluation) {
        long[] counts = evaluation.confusion();
        ByteBuffer numbers = ByteBuffer.allocate(counts.length * Long.BYTES);
        numbers.asLongBuffer().put(counts);
        return numbers.array();
    }

    /** Reads counts, and adds them. */
    private static void addCounts(ByteBuffer in, SegmentationEvaluation to) {
        long[] counts = new long[to.classes() * to.classes()];
        in.asLongBuffer().get(counts);
        in.position(in.position() + counts.length * Long.BYTES);
        to.add(counts);
    }

    private Judgement joined(List<byte[]> messages) {
        SegmentationEvaluation evaluation = data.emptyEvaluation();
        List<ClassSums> sums = new ArrayList<>();
        for (byte[] message : messages) {
            ByteBuffer in = ByteBuffer.wrap(message);
            addCounts(in, evaluation);
            while (in.hasRemaining()) {
                byte[] part = new byte[in.getInt()];
                in.get(part);
                sums.add(ClassSums.ofBytes(part));
            }
        }
        return new Judgement(loss.terms(sums.stream().reduce(ClassSums::merge).orElseThrow()), evaluation);
    }

    @Override
    public String speed() {
        Throughput now = trainer.throughput();
        Throughput epoch = now.since(reported);
        reported = now;
        return epoch.steps() == 0 ? "" : String.format(Locale.ROOT, "%.1f images/s, %.0f %% of the time exchange",
                epoch.examplesPerSecond(), 100 * epoch.exchangeShare());
    }
}
