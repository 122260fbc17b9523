package org.segloss4j.replicas;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The replicas of a job as one of them sees them. All methods but {@link #rank}, {@link #size} and {@link #close} are
 * collective: every replica calls them in the same order, and they return when all have called. Every result is the
 * same on all replicas to the bit, whichever of them comes first. Use by one thread at a time.
 *
 * @since 0.1.0
 */
public interface Replicas extends AutoCloseable {

    /**
     * Which of the replicas this is.
     *
     * @return from 0 to {@link #size} - 1
     */
    int rank();

    /**
     * The number of replicas.
     *
     * @return at least 1
     */
    int size();

    /**
     * Gives every replica the message of each. For small messages.
     *
     * @param own this replica's message, which may be empty
     * @return the messages in the order of the ranks
     * @throws ReplicaException if a replica is lost or too slow; names its rank
     */
    List<byte[]> allGather(byte[] own);

    /**
     * Adds arrays over all replicas, one after the other: those of replica 0 in their order, then those of replica 1,
     * and so on. So the result does not depend on how many replicas share the arrays, only on the arrays and their
     * order. For large arrays, such as the gradient of a network.
     *
     * @param parts  the arrays of this replica, FLOAT or DOUBLE, contiguous in row-major order, of the same length and
     *               type on all replicas; none if it has nothing to add. At least one replica has one.
     * @param result receives the sum; of the same length, type and order. It may be one of the parts.
     * @throws ReplicaException         if a replica is lost or too slow, or its arrays are others; names its rank
     * @throws IllegalArgumentException if an own array cannot be added at all and the others have not been asked yet
     */
    void sum(List<INDArray> parts, INDArray result);

    /** Leaves the others, who are told if they still wait. */
    @Override
    void close();
}
