package org.segloss4j.dl4j;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.segloss4j.data.BatchShare;
import org.segloss4j.replicas.Parts;
import org.segloss4j.replicas.ReplicaException;
import org.segloss4j.replicas.Replicas;

/**
 * Trains a network by several replicas as if it were one: each replica holds the same network and works on its parts
 * of each batch. Sums of the losses and gradients are added up over all parts, in their order, and every replica takes
 * the same step with them, by DL4J's own updater, once for the whole batch. So the replicas have the same parameters to
 * the bit after every step, with any updater, and with a given number of parts any number of replicas gives the same.
 *
 * <pre>{@code
 * DataParallelTrainer trainer = DataParallelTrainer.of(network, replicas).parts(4).seed(1);
 * try (SegmentationShare batches = iterator.share(trainer.parts())) {
 *     while (batches.hasNext()) {
 *         double loss = trainer.step(batches.next());
 *     }
 * }
 * network.incrementEpochCount();
 * }</pre>
 *
 * <p><b>What is equal.</b> Without batch normalisation and random numbers a step is, to rounding, that of
 * {@code network.fit} with the whole batch: updater, regularisation, normalisation of gradients and constraints act
 * once, on the whole. Batch normalisation takes mean and variance of each part by itself, and its running ones follow
 * the mean of the parts', weighted by their examples. Dropout and noise draw from ND4J's generator, which is seeded for
 * each part by seed, step and part, whatever replica it belongs to; so this thread's {@code Nd4j.getRandom()} is in
 * another state after a step. Losses other than those of SegLoss4J are taken to
 * be sums over examples, as DL4J takes them; a {@code CenterLossOutputLayer} is not.
 *
 * <p><b>Cost.</b> Per step: one small message for each segmentation loss, one for the scores, and the sum of the
 * gradients. A replica of several parts holds one gradient for each, and, if there is a segmentation loss, goes forward
 * twice through all of its parts but the last, since no gradient is known before the sums of all parts are. So have as
 * many parts as replicas unless the bits are to be those of another number of replicas.
 *
 * <p><b>Listeners</b> of the network are told of each step once, and of forward and backward passes for each pass of a
 * part, also of those that are only for the sums. Of a step's features and labels the network shows them the number of
 * the whole batch's examples, by which {@code PerformanceListener} counts, but not the numbers in them.
 *
 * <p><b>Faults.</b> If a step ends with an exception, network and updater are as they were before it, unless a listener
 * threw it that had been told of the step's end. This trainer takes no further step then: close the replicas, which
 * tells the others.
 *
 * <p>Settings give a new trainer and leave this one alone. Use by one thread, that of the replica.
 *
 * @since 0.1.0
 */
public final class DataParallelTrainer {

    /** How often parameters are compared unless it is set. */
    private static final int CHECKED_EVERY = 100;

    private final TrainableNetwork network;
    private final Replicas replicas;
    private final Parts parts;
    private final long seed;
    private final int checkEvery;
    private final TimedReplicas timed;
    private SummedDescent descent;
    private boolean isBroken;
    private long steps;
    private long examples;
    private long nanos;

    private DataParallelTrainer(TrainableNetwork network, Replicas replicas, Parts parts, long seed, int checkEvery) {
        this.network = network;
        this.replicas = replicas;
        this.parts = parts;
        this.seed = seed;
        this.checkEvery = checkEvery;
        timed = new TimedReplicas(replicas);
    }

    /**
     * A trainer with one part a replica, seed 0, which compares parameters every 100 steps.
     *
     * @param network  initialised, of data type FLOAT or DOUBLE; the same on all replicas
     * @param replicas stay the caller's to close
     * @return the trainer
     * @throws IllegalArgumentException if the network cannot be trained so; says why
     */
    public static DataParallelTrainer of(MultiLayerNetwork network, Replicas replicas) {
        return of(new MultiLayerTraining(network), replicas);
    }

    /**
     * A trainer with one part a replica, seed 0, which compares parameters every 100 steps.
     *
     * @param network  initialised, of data type FLOAT or DOUBLE; the same on all replicas
     * @param replicas stay the caller's to close
     * @return the trainer
     * @throws IllegalArgumentException if the network cannot be trained so; says why
     */
    public static DataParallelTrainer of(ComputationGraph network, Replicas replicas) {
        return of(new GraphTraining(network), replicas);
    }

    private static DataParallelTrainer of(TrainableNetwork network, Replicas replicas) {
        network.check();
        return new DataParallelTrainer(network, replicas, Parts.of(replicas.size(), replicas.rank(), replicas.size()),
                0, CHECKED_EVERY);
    }

    /**
     * Sets into how many parts batches are divided. The result depends on it, but not on the number of replicas.
     *
     * @param total at least one for each replica; the same on all replicas
     * @return the new trainer
     * @throws IllegalArgumentException if there are fewer parts than replicas
     */
    public DataParallelTrainer parts(int total) {
        return new DataParallelTrainer(network, replicas, Parts.of(total, replicas.rank(), replicas.size()), seed,
                checkEvery);
    }

    /**
     * Sets the seed of what is random in the network, such as dropout.
     *
     * @param number the same on all replicas
     * @return the new trainer
     */
    public DataParallelTrainer seed(long number) {
        return new DataParallelTrainer(network, replicas, parts, number, checkEvery);
    }

    /**
     * Sets how often the replicas compare their parameters and the states of their updaters, by a checksum that travels
     * with the scores. They also do so at the first step.
     *
     * @param everySteps at least 1; the same on all replicas
     * @return the new trainer
     * @throws IllegalArgumentException if it is below 1
     */
    public DataParallelTrainer checkEvery(int everySteps) {
        if (everySteps < 1) {
            throw new IllegalArgumentException("parameters are to be compared every " + everySteps
                    + " steps, but it must be at least 1");
        }
        return new DataParallelTrainer(network, replicas, parts, seed, everySteps);
    }

    /**
     * The parts of each batch that this replica works on.
     *
     * @return for {@link org.segloss4j.data.SegmentationIterator#share} or {@link BatchShare#of}
     */
    public Parts parts() {
        return parts;
    }

    /**
     * Takes one step with a batch. All replicas do so, also those that have no example in it.
     *
     * @param share this replica's parts of the batch
     * @return the score of the whole batch, which is also the network's: its loss plus regularisation
     * @throws IllegalArgumentException if the batch has no example, the parts are not those that this replica has to
     *                                  work on, or one of them does not fit to the network
     * @throws ReplicaException         if a replica is lost, too slow or at another step, batch or network; names its
     *                                  rank
     * @throws IllegalStateException    if an earlier step failed
     */
    public double step(BatchShare share) {
        if (isBroken) {
            throw new IllegalStateException("an earlier step failed, so the replicas are no longer together: close them"
                    + " and start from a checkpoint");
        }
        check(share);
        isBroken = true;
        long begin = System.nanoTime();
        if (descent == null) {
            descent = new SummedDescent(network, timed, parts, seed);
        }
        double score = descent.step(share, steps % checkEvery == 0);
        isBroken = false;
        nanos += System.nanoTime() - begin;
        examples += share.examples();
        steps++;
        return score;
    }

    private void check(BatchShare share) {
        if (share.examples() < 1) {
            throw new IllegalArgumentException("a batch of " + share.examples() + " examples, of which nothing can be"
                    + " learnt");
        }
        if (share.parts().size() != parts.count()) {
            throw new IllegalArgumentException("the batch has " + share.parts().size() + " parts for replica "
                    + replicas.rank() + ", which has " + parts.count() + " of " + parts.total());
        }
        for (int k = 0; k < parts.count(); k++) {
            int size = parts.size(parts.first() + k, share.examples());
            long given = share.parts().get(k) == null ? 0 : share.parts().get(k).getFeatures(0).size(0);
            if (given != size) {
                throw new IllegalArgumentException("part " + (parts.first() + k) + " of " + parts.total()
                        + " of a batch of " + share.examples() + " examples has " + size + " of them, but " + given
                        + " are given");
            }
        }
    }

    /**
     * How fast it has been since it was created.
     *
     * @return as this replica measured it
     */
    public Throughput throughput() {
        return new Throughput(steps, examples, nanos / 1e9, timed.nanos() / 1e9);
    }
}
