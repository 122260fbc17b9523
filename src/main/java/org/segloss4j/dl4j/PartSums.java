package org.segloss4j.dl4j;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.segloss4j.ClassSums;
import org.segloss4j.SumsExchange;
import org.segloss4j.replicas.ReplicaException;
import org.segloss4j.replicas.Replicas;

/**
 * The exchange of sums in one step of a replica that has any number of parts. The losses of a network exchange one
 * after the other, in the order in which DL4J goes back through them: for each, every replica sends the sums of all of
 * its parts in one message, and those of all parts of the batch are merged in their order.
 *
 * <p>A replica's parts but the last go forward first, only for their sums. With the sums of the last part, each loss
 * is exchanged. Then the others go forward and backward, and find the sums of the whole batch here.
 */
final class PartSums implements SumsExchange {

    private final Replicas replicas;
    private final int losses;
    /** For each own part in their order, the sums of its losses; null until it has gone forward, or if it is empty. */
    private final Own[][] own;
    /** Of each loss that has been exchanged. */
    private final List<Merged> merged = new ArrayList<>();
    /** The own part that is at work. */
    private int part;
    /** The next loss in its pass. */
    private int loss;
    private boolean isForSumsOnly;

    /**
     * Nothing is known yet.
     *
     * @param replicas who exchanges
     * @param losses   how many losses of the network exchange
     * @param parts    how many parts this replica has
     */
    PartSums(Replicas replicas, int losses, int parts) {
        this.replicas = replicas;
        this.losses = losses;
        own = new Own[parts][losses];
    }

    /**
     * A pass of a part begins.
     *
     * @param number   among the own parts
     * @param sumsOnly whether it is to end with {@link SumsKnown} when the sums of all losses are known
     */
    void begin(int number, boolean sumsOnly) {
        part = number;
        loss = 0;
        isForSumsOnly = sumsOnly;
    }

    /** Exchanges what the passes have not: all losses if this replica has no examples. */
    void finish() {
        while (merged.size() < losses) {
            exchange();
        }
    }

    @Override
    public int replicas() {
        return replicas.size();
    }

    @Override
    public int rank() {
        return replicas.rank();
    }

    @Override
    public Whole allReduce(ClassSums sums, int examples) {
        if (loss == losses) {
            throw new IllegalStateException("more than " + losses + " losses of the network exchange their sums: only"
                    + " those of its output layers can be trained by replicas");
        }
        Own now = new Own(sums, examples);
        int number = loss++;
        if (isForSumsOnly) {
            own[part][number] = now;
            if (loss == losses) {
                throw new SumsKnown();
            }
            // What follows between two losses of a graph is thrown away.
            return new Whole(sums, 0, examples);
        }
        if (own[part][number] == null) {
            own[part][number] = now;
        } else if (!own[part][number].equals(now)) {
            throw new IllegalStateException("a part of the batch gave other predictions when it went forward again:"
                    + " something in the network is random, but does not draw from Nd4j.getRandom(); have one part a"
                    + " replica");
        }
        if (number == merged.size()) {
            exchange();
        }
        Merged whole = merged.get(number);
        return new Whole(whole.sums, whole.firsts.get(part), whole.examples);
    }

    private void exchange() {
        int number = merged.size();
        List<byte[]> messages = replicas.allGather(message(number));
        ClassSums sums = null;
        int examples = 0;
        List<Integer> firsts = new ArrayList<>();
        for (int rank = 0; rank < messages.size(); rank++) {
            for (Own next : read(rank, messages.get(rank))) {
                if (rank == replicas.rank()) {
                    firsts.add(examples);
                }
                examples += next.examples;
                sums = sums == null || next.sums == null ? sums == null ? next.sums : sums
                        : merge(sums, next.sums, rank);
            }
        }
        merged.add(new Merged(sums, examples, firsts));
    }

    private byte[] message(int number) {
        List<byte[]> texts = new ArrayList<>();
        int length = Integer.BYTES;
        for (Own[] sums : own) {
            texts.add(sums[number] == null ? new byte[0] : sums[number].sums.toBytes());
            length += 2 * Integer.BYTES + texts.get(texts.size() - 1).length;
        }
        ByteBuffer out = ByteBuffer.allocate(length).putInt(own.length);
        for (int k = 0; k < own.length; k++) {
            out.putInt(own[k][number] == null ? 0 : own[k][number].examples).putInt(texts.get(k).length)
                    .put(texts.get(k));
        }
        return out.array();
    }

    private static List<Own> read(int rank, byte[] message) {
        List<Own> parts = new ArrayList<>();
        try {
            ByteBuffer in = ByteBuffer.wrap(message);
            int count = in.getInt();
            for (int k = 0; k < count; k++) {
                int examples = in.getInt();
                int length = in.getInt();
                if (examples < 0 || length < 0 || length > in.remaining() || examples == 0 != (length == 0)) {
                    throw new IllegalArgumentException(examples + " examples with " + length + " bytes of sums");
                }
                byte[] bytes = new byte[length];
                in.get(bytes);
                parts.add(new Own(length == 0 ? null : ClassSums.ofBytes(bytes), examples));
            }
            if (in.hasRemaining()) {
                throw new IllegalArgumentException(in.remaining() + " bytes too many");
            }
            return parts;
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new ReplicaException("replica " + rank + " sent no sums of its parts: " + e, e);
        }
    }

    private static ClassSums merge(ClassSums sums, ClassSums next, int rank) {
        try {
            return sums.merge(next);
        } catch (IllegalArgumentException e) {
            throw new ReplicaException("replica " + rank + " has another loss or other classes than the replicas before"
                    + " it: " + e.getMessage(), e);
        }
    }

    /** The sums of a part's losses are known, so its pass need not go on. */
    static final class SumsKnown extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private SumsKnown() {
            super("the sums are known", null, false, false);
        }
    }

    /**
     * What a loss has of one part.
     *
     * @param sums     its sums, or null if it is empty
     * @param examples how many
     */
    private record Own(ClassSums sums, int examples) {
    }

    /**
     * What a loss has of the whole batch.
     *
     * @param sums     merged
     * @param examples how many
     * @param firsts   where each own part begins
     */
    private record Merged(ClassSums sums, int examples, List<Integer> firsts) {
    }
}
