package org.segloss4j;

/**
 * Lets the replicas of a network, each of which sees a part of a batch, compute the loss of the whole batch, which is
 * not the mean of the losses of its parts. Every replica calls {@link #allReduce} once for each first sweep of a loss,
 * all in the same order, and each call returns when all of them have called.
 *
 * @since 0.1.0
 */
public interface SumsExchange {

    /**
     * The number of replicas.
     *
     * @return at least 1
     */
    int replicas();

    /**
     * Which of the replicas this is. Its examples come after those of all lower ranks.
     *
     * @return from 0 to {@link #replicas} - 1
     */
    int rank();

    /**
     * Joins the sums of all replicas. They are merged in the order of the ranks, whichever comes first, so every
     * replica gets the same sums to the bit.
     *
     * @param own      the sums of this replica's examples, or null if it has none in this batch
     * @param examples the number of these examples
     * @return the sums of the whole batch, the same for all replicas, and where the examples of this replica lie in it
     */
    Whole allReduce(ClassSums own, int examples);

    /**
     * The sums of a whole batch.
     *
     * @param sums         of all examples
     * @param firstExample index of the first example of this replica in the whole batch
     * @param examples     the number of all examples
     * @since 0.1.0
     */
    record Whole(ClassSums sums, int firstExample, int examples) {
    }
}
