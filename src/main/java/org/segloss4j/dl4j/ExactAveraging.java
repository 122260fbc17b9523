package org.segloss4j.dl4j;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.deeplearning4j.parallelism.factory.DefaultTrainerContext;
import org.deeplearning4j.parallelism.trainer.DefaultTrainer;
import org.deeplearning4j.parallelism.trainer.Trainer;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.segloss4j.ExchangeScope;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.ReplicaException;
import org.segloss4j.replicas.ReplicaSums;
import org.segloss4j.replicas.Replicas;

/**
 * Lets the workers of DL4J's {@link ParallelWrapper} compute the segmentation losses of all their batches together: a
 * round, in which each worker takes one batch, is a step with the one large batch that these are parts of. Worker k has
 * rank k. A last round with fewer batches than workers is a step of those that have one.
 *
 * <pre>{@code
 * ParallelWrapper wrapper = new ParallelWrapper.Builder<>(net).workers(2).averagingFrequency(1)
 *         .trainingMode(ParallelWrapper.TrainingMode.AVERAGING).build();
 * wrapper.setTrainerContext(new ExactAveraging(Duration.ofMinutes(1)));
 * }</pre>
 *
 * <p>It is set on the wrapper, not on its builder: M2.1's builder replaces what {@code trainerFactory} was given.
 *
 * <p>The wrapper averages the parameters, which is the step of one network on the large batch where the updater's step
 * is proportional to the gradients: with {@code Sgd}, and for a {@code ComputationGraph} with {@code Nesterovs} since
 * its state is averaged too. For a {@code MultiLayerNetwork} M2.1 does not average such a state correctly, with any
 * loss. The step of {@code Adam} and its like is not proportional: the workers get the exact gradients of their parts,
 * but the mean of their steps is another than that of one network.
 *
 * <p>The averaging of M2.1 weighs all workers of a round equally, whatever the size of their batches; the gradients are
 * multiplied accordingly. It needs an averaging frequency of 1, since parameters that differ have no common loss. A
 * worker that fails ends the round of the others. One instance serves one wrapper. It needs
 * {@code deeplearning4j-parallel-wrapper} on the class path.
 *
 * @since 0.1.0
 */
public final class ExactAveraging extends DefaultTrainerContext {

    private final Duration timeout;
    /** The batches of the round that have come; used by the thread that fits alone. */
    private final List<Feed> round = new ArrayList<>();

    /**
     * For one wrapper.
     *
     * @param timeout for how long a worker waits for the others in a backward pass
     */
    public ExactAveraging(Duration timeout) {
        // Tells at once what would be wrong with it.
        LocalReplicas.of(1, Objects.requireNonNull(timeout, "timeout"));
        this.timeout = timeout;
    }

    @Override
    public Trainer create(String uuid, int threadId, Model model, int rootDevice, boolean useMDS,
                          ParallelWrapper wrapper, WorkspaceMode workspaceMode, int averagingFrequency) {
        if (averagingFrequency != 1) {
            throw new IllegalArgumentException("an averaging frequency of " + averagingFrequency
                    + " leaves the workers with different parameters, which have no common loss: set it to 1");
        }
        // What is left of a fit that failed.
        round.clear();
        return new Worker(uuid, threadId, model, useMDS, wrapper, workspaceMode);
    }

    /** Begins the round: from here on it is known how many workers have a batch. */
    private void begin() {
        List<Replicas> replicas = round.isEmpty() ? List.of() : LocalReplicas.of(round.size(), timeout);
        for (int rank = 0; rank < replicas.size(); rank++) {
            awaitReady(round.get(rank).worker);
            round.get(rank).worker.replicas = replicas.get(rank);
        }
        round.forEach(feed -> feed.start.run());
        round.clear();
    }

    /** A worker copies the model at its start, which it cannot while another trains it and waits for that worker. */
    private static void awaitReady(Worker worker) {
        try {
            worker.ready.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicaException("interrupted while the workers start", e);
        }
    }

    /**
     * A batch that a worker is to train with.
     *
     * @param worker who
     * @param start  gives it the batch
     */
    private record Feed(Worker worker, Runnable start) {
    }

    /** A worker whose batches are parts of those of its round. */
    private final class Worker extends DefaultTrainer {

        /** Whether it has its model, or has failed. */
        private final CountDownLatch ready = new CountDownLatch(1);
        /** Those of the present round; handed over with the batch, by its queue. */
        private Replicas replicas;

        Worker(String uuid, int threadId, Model model, boolean useMDS, ParallelWrapper wrapper,
               WorkspaceMode workspaceMode) {
            this.uuid = uuid + "_thread_" + threadId;
            this.threadId = threadId;
            originalModel = model;
            replicatedModel = model;
            this.useMDS = useMDS;
            parallelWrapper = wrapper;
            this.workspaceMode = workspaceMode;
            averagingFrequency = 1;
        }

        @Override
        public void run() {
            try {
                super.run();
            } finally {
                ready.countDown();
            }
        }

        @Override
        protected void postInit() {
            super.postInit();
            ready.countDown();
        }

        @Override
        public void feedDataSet(DataSet dataSet, long etlTime) {
            take(() -> super.feedDataSet(dataSet, etlTime));
        }

        @Override
        public void feedMultiDataSet(MultiDataSet dataSet, long etlTime) {
            take(() -> super.feedMultiDataSet(dataSet, etlTime));
        }

        private void take(Runnable start) {
            round.add(new Feed(this, start));
            if (round.size() == parallelWrapper.getWorkers()) {
                begin();
            }
        }

        /** The wrapper feeds a whole round before it waits for its first worker. */
        @Override
        public void waitTillRunning() {
            begin();
            super.waitTillRunning();
        }

        @Override
        protected void fit(DataSet dataSet) {
            exchanging(() -> super.fit(dataSet));
        }

        @Override
        protected void fit(MultiDataSet dataSet) {
            exchanging(() -> super.fit(dataSet));
        }

        @SuppressWarnings("try") // The scope is open, not used.
        private void exchanging(Runnable step) {
            try (Replicas own = replicas;
                    ExchangeScope scope = ExchangeScope.open(new ReplicaSums(own), ExchangeScope.Join.AVERAGE)) {
                step.run();
            }
        }
    }
}
