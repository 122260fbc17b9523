package org.segloss4j.dl4j;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.segloss4j.replicas.Parts;
import org.segloss4j.replicas.ReplicaException;
import org.segloss4j.replicas.Replicas;

/**
 * What replicas tell each other of a step before they take it: where they are, and how their parts score.
 *
 * @param step     the network's iterations before
 * @param examples of the whole batch
 * @param parts    the number of parts of a batch
 * @param seed     of what is random
 * @param checksum of parameters and updater, or 0 if they are not compared in this step
 * @param scores   of the own parts; 0 where one is empty
 */
record StepReport(int step, int examples, int parts, long seed, long checksum, List<Double> scores) {

    /**
     * Tells the others.
     *
     * @param replicas who tell each other
     * @return the score of the whole batch: the mean of the parts', weighted by their examples, in their order
     * @throws ReplicaException if one is elsewhere, or its parameters are others; names both sides
     */
    double exchange(Replicas replicas) {
        List<byte[]> messages = replicas.allGather(toBytes());
        double score = 0;
        int part = 0;
        for (int rank = 0; rank < messages.size(); rank++) {
            StepReport other = read(rank, messages.get(rank));
            compare(replicas, rank, other);
            Parts shares = Parts.of(parts, rank, replicas.size());
            if (other.scores.size() != shares.count()) {
                throw new ReplicaException("replica " + rank + " has " + other.scores.size() + " parts, but "
                        + shares.count() + " are its share of " + parts);
            }
            for (double own : other.scores) {
                int size = shares.size(part++, examples);
                // An empty part has no score, and a score that is not finite must not vanish.
                score += size == 0 ? 0 : own * size / examples;
            }
        }
        return score;
    }

    private void compare(Replicas replicas, int rank, StepReport other) {
        if (other.step != step || other.examples != examples || other.parts != parts || other.seed != seed) {
            throw new ReplicaException("replica " + rank + " is at " + other.place() + ", but replica "
                    + replicas.rank() + " at " + place() + ": all need the same data, settings and checkpoint");
        }
        if (other.checksum != checksum) {
            throw new ReplicaException(String.format("replica %d has other parameters or another state of the updater"
                    + " than replica %d before step %d (checksums %016x and %016x): start from the same checkpoint; if"
                    + " they did, a machine of theirs computes wrongly", rank, replicas.rank(), step, other.checksum,
                    checksum));
        }
    }

    private String place() {
        return "step " + step + " with a batch of " + examples + " examples in " + parts + " parts and seed " + seed;
    }

    private byte[] toBytes() {
        ByteBuffer out = ByteBuffer.allocate(4 * Integer.BYTES + 2 * Long.BYTES + scores.size() * Double.BYTES)
                .putInt(step).putInt(examples).putInt(parts).putLong(seed).putLong(checksum).putInt(scores.size());
        scores.forEach(out::putDouble);
        return out.array();
    }

    private static StepReport read(int rank, byte[] message) {
        try {
            ByteBuffer in = ByteBuffer.wrap(message);
            int step = in.getInt();
            int examples = in.getInt();
            int parts = in.getInt();
            long seed = in.getLong();
            long checksum = in.getLong();
            int count = in.getInt();
            List<Double> scores = new ArrayList<>();
            for (int k = 0; k < count; k++) {
                scores.add(in.getDouble());
            }
            if (in.hasRemaining()) {
                throw new ReplicaException("replica " + rank + " sent " + in.remaining() + " bytes too many");
            }
            return new StepReport(step, examples, parts, seed, checksum, scores);
        } catch (BufferUnderflowException e) {
            throw new ReplicaException("replica " + rank + " sent " + message.length + " bytes that report no step", e);
        }
    }
}
