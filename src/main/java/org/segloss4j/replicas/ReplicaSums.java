package org.segloss4j.replicas;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.segloss4j.ClassSums;
import org.segloss4j.SumsExchange;

/**
 * The exchange of sums over any {@link Replicas}: each sends its own in one small message, 8 bytes a sum, and merges
 * those of all in the order of the ranks.
 *
 * @since 0.1.0
 */
public final class ReplicaSums implements SumsExchange {

    private final Replicas replicas;

    /**
     * Over given replicas.
     *
     * @param replicas the replicas as this one of them sees them; stays the caller's to close
     */
    public ReplicaSums(Replicas replicas) {
        this.replicas = Objects.requireNonNull(replicas, "replicas");
    }

    @Override
    public int replicas() {
        return replicas.size();
    }

    @Override
    public int rank() {
        return replicas.rank();
    }

    /**
     * {@inheritDoc}
     *
     * @throws ReplicaException if a replica is lost or too slow, or its sums are of another loss or other classes;
     *                          names its rank
     */
    @Override
    public Whole allReduce(ClassSums own, int examples) {
        if (examples < 0 || own == null != (examples == 0)) {
            throw new IllegalArgumentException(examples + " examples with " + (own == null ? "no sums" : own)
                    + ": a replica has sums if, and only if, it has examples");
        }
        List<byte[]> messages = replicas.allGather(message(own, examples));
        ClassSums whole = null;
        int firstRank = 0;
        int before = 0;
        int all = 0;
        for (int rank = 0; rank < messages.size(); rank++) {
            Part part = part(rank, messages.get(rank));
            if (rank == replicas.rank()) {
                before = all;
            }
            all = Math.addExact(all, part.examples);
            if (whole == null) {
                whole = part.sums;
                firstRank = rank;
            } else if (part.sums != null) {
                whole = merge(whole, firstRank, part.sums, rank);
            }
        }
        return new Whole(whole, before, all);
    }

    private static byte[] message(ClassSums own, int examples) {
        byte[] sums = own == null ? new byte[0] : own.toBytes();
        return ByteBuffer.allocate(Integer.BYTES + sums.length).putInt(examples).put(sums).array();
    }

    private static Part part(int rank, byte[] message) {
        try {
            ByteBuffer in = ByteBuffer.wrap(message);
            int examples = message.length < Integer.BYTES ? -1 : in.getInt();
            if (examples < 0 || examples == 0 && in.hasRemaining()) {
                throw new IllegalArgumentException(message.length + " bytes do not hold the sums of some examples");
            }
            if (examples == 0) {
                return new Part(0, null);
            }
            byte[] sums = new byte[in.remaining()];
            in.get(sums);
            Part part = new Part(examples, ClassSums.ofBytes(sums));
            if (part.sums.perImage() && part.sums.rows() != examples) {
                throw new IllegalArgumentException(part.sums.rows() + " rows of sums for " + examples + " examples");
            }
            return part;
        } catch (IllegalArgumentException e) {
            throw new ReplicaException("replica " + rank + " sent what are no sums: " + e.getMessage(), e);
        }
    }

    private static ClassSums merge(ClassSums whole, int firstRank, ClassSums sums, int rank) {
        try {
            return whole.merge(sums);
        } catch (IllegalArgumentException e) {
            throw new ReplicaException("replica " + rank + " has " + sums + ", but replica " + firstRank + " has "
                    + whole + ": all need the same loss and the same number of classes", e);
        }
    }

    /**
     * What a replica sent.
     *
     * @param examples how many it has
     * @param sums     their sums, or null if there are none
     */
    private record Part(int examples, ClassSums sums) {
    }
}
