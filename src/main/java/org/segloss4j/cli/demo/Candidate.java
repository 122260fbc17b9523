package org.segloss4j.cli.demo;

import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.evaluation.SegmentationEvaluation;

/**
 * One of the losses that are compared, and the network that it trains. Candidates of the same plan begin with the same
 * weights. Not thread-safe, but different candidates may train at the same time.
 */
public final class Candidate {

    private final String name;
    private final String description;
    private final ComparisonPlan plan;
    private final ComputationGraph network;
    /** Whether labels are one-hot and the channels of labels and probabilities come first, as DL4J's layer needs it. */
    private final boolean oneHot;

    private Candidate(String name, String description, ComparisonPlan plan, ComputationGraphConfiguration configuration,
                      boolean oneHot) {
        this.name = name;
        this.description = description;
        this.plan = plan;
        this.oneHot = oneHot;
        network = new ComputationGraph(configuration);
        network.init();
    }

    /** A loss of DL4J in DL4J's own CnnLossLayer. */
    static Candidate ofDl4j(String name, String description, ComparisonPlan plan, ILossFunction loss) {
        return new Candidate(name, description, plan, plan.unet().configuration(plan.size(), plan.classes(), loss,
                plan.learningRate(), plan.steps(), plan.seed()), true);
    }

    /** A loss of this library in its own layer. */
    static Candidate ofSegLoss4J(String name, String description, ComparisonPlan plan, SegmentationLoss loss) {
        return new Candidate(name, description, plan, plan.unet().configuration(plan.size(), plan.classes(), loss,
                plan.learningRate(), plan.steps(), plan.seed()), false);
    }

    public String name() {
        return name;
    }

    public String description() {
        return description;
    }

    public ComputationGraph network() {
        return network;
    }

    /**
     * One step.
     *
     * @throws UserException if the loss is no longer a number
     */
    void fit(List<SegmentationSample> samples) {
        network.fit(new DataSet(Batches.images(samples, plan.size()), labels(samples)));
        if (!Double.isFinite(network.score())) {
            throw new UserException("the loss of " + name + " is " + network.score() + "; try another --seed");
        }
    }

    /** The scores of samples. */
    SegmentationEvaluation judge(List<SegmentationSample> samples) {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(plan.classes())
                .classNames(ShapeGenerator.labels().names());
        for (List<SegmentationSample> part : Batches.of(samples, plan.batch())) {
            SegmentationBatch judged = SegmentationBatch.predictions(probabilities(part))
                    .labels(Batches.labels(part, plan.size()));
            evaluation.eval(oneHot ? judged : judged.channelsLast());
        }
        return evaluation;
    }

    /** The predicted classes [H, W] of a sample. */
    int[] predict(SegmentationSample sample) {
        return probabilities(List.of(sample)).argMax(oneHot ? 1 : -1).ravel().toIntVector();
    }

    private INDArray probabilities(List<SegmentationSample> samples) {
        return network.outputSingle(Batches.images(samples, plan.size()));
    }

    private INDArray labels(List<SegmentationSample> samples) {
        if (!oneHot) {
            return Batches.labels(samples, plan.size());
        }
        int pixels = (int) plan.size().pixels();
        float[] values = new float[samples.size() * plan.classes() * pixels];
        for (int n = 0; n < samples.size(); n++) {
            int[] labels = samples.get(n).mask().labels();
            for (int p = 0; p < pixels; p++) {
                values[(n * plan.classes() + labels[p]) * pixels + p] = 1;
            }
        }
        return Nd4j.createFromArray(values)
                .reshape(samples.size(), plan.classes(), plan.size().height(), plan.size().width());
    }
}
