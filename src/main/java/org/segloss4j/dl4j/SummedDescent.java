package org.segloss4j.dl4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.optimize.solvers.StochasticGradientDescent;
import org.deeplearning4j.optimize.stepfunctions.StepFunctions;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.ResetPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.ExchangeScope;
import org.segloss4j.data.BatchShare;
import org.segloss4j.replicas.Parts;
import org.segloss4j.replicas.Replicas;

/**
 * DL4J's own step, with a gradient that is summed over the parts of all replicas: everything after the gradient, the
 * updater, the step, the listeners, the count of iterations and the constraints, is DL4J's, and happens once.
 */
final class SummedDescent extends StochasticGradientDescent {

    private static final long serialVersionUID = 1L;

    private static final WorkspaceConfiguration UPDATER_MEMORY = WorkspaceConfiguration.builder()
            .policyLearning(LearningPolicy.FIRST_LOOP).policyReset(ResetPolicy.BLOCK_LEFT)
            .policySpill(SpillPolicy.REALLOCATE).build();

    private final transient TrainableNetwork network;
    private final transient Replicas replicas;
    private final transient Parts parts;
    private final transient long seed;
    private final transient int losses;
    /** A gradient for each own part but one, whose gradient stays where the network has it. */
    private final transient INDArray[] buffers;
    private transient BatchShare share;
    private transient boolean isCompared;

    SummedDescent(TrainableNetwork network, Replicas replicas, Parts parts, long seed) {
        super(network.model().conf(), StepFunctions.createStepFunction(network.model().conf().getStepFunction()),
                network.listeners(), network.model());
        this.network = network;
        this.replicas = replicas;
        this.parts = parts;
        this.seed = seed;
        losses = network.segmentationLosses();
        buffers = new INDArray[parts.count()];
    }

    /**
     * Takes a step.
     *
     * @param batch    the own parts
     * @param compared whether the replicas compare their parameters
     * @return the score of the whole batch
     */
    double step(BatchShare batch, boolean compared) {
        share = batch;
        isCompared = compared;
        setListeners(network.listeners());
        BaseMultiLayerUpdater<?> own = network.updater();
        if (own instanceof ComputationGraphUpdater ofGraph) {
            setUpdaterComputationGraph(ofGraph);
        } else {
            setUpdater(own);
        }
        try {
            optimize(network.workspaceMode() == WorkspaceMode.NONE ? LayerWorkspaceMgr.noWorkspaces()
                    : LayerWorkspaceMgr.builder().with(ArrayType.UPDATER_WORKING_MEM, "WS_SEGLOSS4J_UPDATER",
                    UPDATER_MEMORY).build());
        } finally {
            share = null;
        }
        return score;
    }

    @Override
    @SuppressWarnings("try") // A scope is only closed.
    public Pair<Gradient, Double> gradientAndScore(LayerWorkspaceMgr workspaceMgr) {
        oldScore = score;
        score = sum();
        if (model instanceof ComputationGraph graph) {
            graph.setScore(score);
        } else {
            ((MultiLayerNetwork) model).setScore(score);
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            network.show(Nd4j.create(model.params().dataType(), share.examples(), 1));
            for (TrainingListener listener : trainingListeners) {
                listener.onGradientCalculation(model);
            }
        }
        Gradient gradient = network.gradient();
        updateGradientAccordingToParams(gradient, model, share.examples(), workspaceMgr);
        return new Pair<>(gradient, score);
    }

    /** Leaves the raw gradient of the whole batch in the network's flattened gradient, and returns its score. */
    private double sum() {
        // The last part goes backward first: it waits for the sums of all between its sweeps.
        List<Integer> order = new ArrayList<>();
        for (int k = 0; k < parts.count(); k++) {
            if (share.parts().get(k) != null) {
                order.add(k);
            }
        }
        Collections.rotate(order, 1);
        PartSums sums = new PartSums(replicas, losses, parts.count());
        if (losses > 0) {
            order.stream().skip(1).forEach(k -> forward(k, sums));
        }
        INDArray[] gradients = new INDArray[parts.count()];
        Double[] scores = new Double[parts.count()];
        Arrays.fill(scores, 0.0);
        for (int k : order) {
            sums.begin(k, false);
            pass(k, sums);
            average(k);
            scores[k] = model.score();
            gradients[k] = k == order.get(order.size() - 1) ? network.gradients() : copy(k);
        }
        sums.finish();
        double whole = new StepReport(getIterationCount(model), share.examples(), parts.total(), seed,
                isCompared ? checksum() : 0, Arrays.asList(scores)).exchange(replicas);
        replicas.sum(Arrays.stream(gradients).filter(Objects::nonNull).toList(), network.gradients());
        return whole;
    }

    private void forward(int k, PartSums sums) {
        sums.begin(k, true);
        try {
            pass(k, sums);
            throw new IllegalStateException("the network did not exchange the sums of all of its " + losses
                    + " segmentation losses");
        } catch (PartSums.SumsKnown e) {
            // This is how far it was to go.
        }
    }

    @SuppressWarnings("try") // A scope is only closed.
    private void pass(int k, PartSums sums) {
        // The same for each pass of this part, whichever replica has it.
        Nd4j.getRandom().setSeed(seed(seed, getIterationCount(model), parts.first() + k));
        try (ExchangeScope scope = ExchangeScope.open(sums, ExchangeScope.Join.SUM)) {
            network.pass(share.parts().get(k));
        }
    }

    /** A number that has nothing in common with those of other steps and parts. */
    static long seed(long seed, int step, int part) {
        long ofStep = new SplittableRandom(new SplittableRandom(seed).nextLong() + step).nextLong();
        return new SplittableRandom(ofStep + part).nextLong();
    }

    /** What DL4J does not divide by the number of examples becomes the part's share of a mean. */
    private void average(int k) {
        int own = parts.size(parts.first() + k, share.examples());
        if (own < share.examples()) {
            network.averages(network.gradients()).forEach(slice -> slice.muli((double) own / share.examples()));
        }
    }

    @SuppressWarnings("try") // A scope is only closed.
    private INDArray copy(int k) {
        if (buffers[k] == null) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                buffers[k] = network.gradients().dup();
            }
        } else {
            buffers[k].assign(network.gradients());
        }
        return buffers[k];
    }

    private long checksum() {
        return (long) ArrayChecksum.of(model.params()) << Integer.SIZE
                | ArrayChecksum.of(network.updater().getStateViewArray()) & 0xFFFFFFFFL;
    }
}
