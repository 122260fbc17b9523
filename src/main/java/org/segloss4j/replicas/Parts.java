package org.segloss4j.replicas;

/**
 * Which parts of each batch a replica works on. A job divides every batch into the same number of parts, whatever the
 * number of its replicas, and sums over the parts in their order; so 1, 2 and 4 replicas compute the same bits. Of a
 * batch of b examples part p of P has those from ⌊p·b/P⌋ to ⌊(p+1)·b/P⌋ - 1, none if b is small.
 *
 * @param total the number of parts of a batch, P
 * @param first the first part of this replica
 * @param end   the part after its last one
 * @since 0.1.0
 */
public record Parts(int total, int first, int end) {

    /**
     * Checks the parts.
     *
     * @param total the number of parts of a batch, P
     * @param first the first part of this replica
     * @param end   the part after its last one
     * @throws IllegalArgumentException if they are none of P
     */
    public Parts {
        if (first < 0 || end < first || total < end || total < 1) {
            throw new IllegalArgumentException("parts " + first + " to " + end + " are none of " + total);
        }
    }

    /**
     * The parts of a replica: as many as those of the others or one less, and all of them next to each other.
     *
     * @param total the number of parts of a batch, at least one for each replica
     * @param rank  the replica
     * @param size  the number of replicas
     * @return its parts
     * @throws IllegalArgumentException if there are fewer parts than replicas
     */
    public static Parts of(int total, int rank, int size) {
        if (total < size) {
            throw new IllegalArgumentException(total + (total == 1 ? " part" : " parts") + " for " + size
                    + " replicas: each needs at least one part");
        }
        return new Parts(total, divided(rank, total, size), divided(rank + 1, total, size));
    }

    /** ⌊k·whole/count⌋. */
    private static int divided(int k, int whole, int count) {
        return (int) ((long) k * whole / count);
    }

    /**
     * The number of this replica's parts.
     *
     * @return at least 0
     */
    public int count() {
        return end - first;
    }

    /**
     * Where a part begins in a batch.
     *
     * @param part     from 0 to P; P itself gives the end of the batch
     * @param examples of the batch
     * @return index of the part's first example
     */
    public int begin(int part, int examples) {
        return divided(part, examples, total);
    }

    /**
     * How many examples a part has.
     *
     * @param part     from 0 to P - 1
     * @param examples of the batch
     * @return at least 0
     */
    public int size(int part, int examples) {
        return begin(part + 1, examples) - begin(part, examples);
    }
}
