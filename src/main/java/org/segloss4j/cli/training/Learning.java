package org.segloss4j.cli.training;

import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** What a step and a judgement of a network are: of a process alone, or of one of many replicas. */
interface Learning {

    /**
     * The steps of an epoch.
     *
     * @param epoch 0 for the first one
     * @param done  its steps that were taken before
     */
    Pass pass(int epoch, int done);

    /**
     * Counts what the network predicted of the samples of all steps since the last call, in each before the step. All
     * replicas call it at the same place.
     *
     * @return those of all replicas
     */
    SegmentationEvaluation counts();

    /**
     * Judges the network as it is by this process's validation samples.
     *
     * @param stop whether the process is asked to end
     * @return what joins the scores with those of the others, or null if the process is asked to end meanwhile
     */
    Supplier<Judgement> judge(BooleanSupplier stop);

    /**
     * How fast the steps since the last call were.
     *
     * @return a few words for people, or nothing
     */
    String speed();

    /** The steps of an epoch. */
    interface Pass extends AutoCloseable {

        /** Whether there is another one. */
        boolean hasNext();

        /**
         * Reads the samples of the next step.
         *
         * @throws java.io.UncheckedIOException if a file cannot be read
         */
        void read();

        /**
         * Takes the step whose samples were read.
         *
         * @return the samples of its batch and their loss
         */
        Step step();

        @Override
        void close();
    }

    /**
     * A step that was taken.
     *
     * @param samples of the whole batch
     * @param loss    of the whole batch, before the step
     */
    record Step(int samples, double loss) {
    }

    /**
     * How good a network is.
     *
     * @param terms  the value of each term of the loss, of all validation samples as one batch; of a loss that cannot
     *               be divided, the mean over the batches weighted by their samples
     * @param scores of them
     */
    record Judgement(Map<String, Double> terms, SegmentationEvaluation scores) {

        /** The value of the loss. */
        double loss() {
            return terms.values().stream().mapToDouble(Double::doubleValue).sum();
        }
    }
}
