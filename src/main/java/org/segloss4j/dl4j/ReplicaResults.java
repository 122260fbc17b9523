package org.segloss4j.dl4j;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.nd4j.evaluation.BaseEvaluation;
import org.segloss4j.ClassSums;
import org.segloss4j.replicas.ReplicaException;
import org.segloss4j.replicas.Replicas;
import org.segloss4j.weights.ClassCounts;

/**
 * Joins what replicas have found in their shares of a data set. All replicas call a method together, and each gets the
 * result of the whole data set, merged in the order of the ranks.
 *
 * <pre>{@code
 * SegmentationEvaluation own = new SegmentationEvaluation(12);
 * try (SegmentationShare batches = validation.share(parts)) {
 *     while (batches.hasNext()) {
 *         batches.next().parts().stream().filter(Objects::nonNull).forEach(part ->
 *                 own.eval(part.getLabels(0), network.outputSingle(part.getFeatures(0)), null, List.of()));
 *     }
 * }
 * SegmentationEvaluation all = ReplicaResults.evaluation(replicas, own);
 * }</pre>
 *
 * @since 0.1.0
 */
public final class ReplicaResults {

    private ReplicaResults() {
    }

    /**
     * Joins evaluations. Counts are whole numbers, so the result does not depend on who has counted what. Evaluations
     * that keep images have them in the order of the ranks.
     *
     * @param replicas who join
     * @param own      what this replica has evaluated, perhaps nothing; it stays as it is
     * @param <T>      one of {@code org.segloss4j.evaluation}
     * @return the evaluation of all, with the settings of the own one
     * @throws ReplicaException if a replica is lost or its settings are others; names its rank
     */
    public static <T extends BaseEvaluation<T>> T evaluation(Replicas replicas, T own) {
        T whole = own.newInstance();
        // The class is that of T: it is the one that newInstance makes.
        @SuppressWarnings("unchecked")
        Class<T> type = (Class<T>) whole.getClass();
        join(replicas, own.toJson().getBytes(StandardCharsets.UTF_8), "evaluation", bytes ->
                BaseEvaluation.fromJson(new String(bytes, StandardCharsets.UTF_8), type), (none, next) -> {
            whole.merge(next);
            return null;
        });
        return whole;
    }

    /**
     * Joins class counts. They are whole numbers, so the result does not depend on who has counted what.
     *
     * @param replicas who join
     * @param own      what this replica has counted, perhaps nothing
     * @return the counts of all
     * @throws ReplicaException if a replica is lost or has other classes; names its rank
     */
    public static ClassCounts counts(Replicas replicas, ClassCounts own) {
        return join(replicas, own.toJson().getBytes(StandardCharsets.UTF_8), "class count",
                bytes -> ClassCounts.fromJson(new String(bytes, StandardCharsets.UTF_8)),
                (whole, next) -> whole == null ? next : whole.merge(next));
    }

    /**
     * Joins the sums of a loss, for its value over a whole data set. They are merged part by part, so the result
     * depends on the parts, but not on which replica has which of them.
     *
     * @param replicas who join
     * @param own      the sums of this replica's parts in their order; null where a part has no example
     * @return the sums of all parts, or null if all are empty
     * @throws ReplicaException if a replica is lost or its loss is another; names its rank
     */
    public static ClassSums sums(Replicas replicas, List<ClassSums> own) {
        List<byte[]> parts = own.stream().map(sums -> sums == null ? new byte[0] : sums.toBytes()).toList();
        ByteBuffer out = ByteBuffer.allocate(parts.stream().mapToInt(part -> Integer.BYTES + part.length).sum());
        parts.forEach(part -> out.putInt(part.length).put(part));
        return join(replicas, out.array(), "list of sums", ReplicaResults::read, (whole, next) ->
                Stream.concat(Stream.ofNullable(whole), next.stream()).reduce(ClassSums::merge).orElse(null));
    }

    private static List<ClassSums> read(byte[] message) {
        List<ClassSums> sums = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(message);
        while (in.hasRemaining()) {
            int length = in.getInt();
            if (length < 0 || length > in.remaining()) {
                throw new IllegalArgumentException("a part of " + length + " bytes");
            }
            byte[] part = new byte[length];
            in.get(part);
            if (length > 0) {
                sums.add(ClassSums.ofBytes(part));
            }
        }
        return sums;
    }

    /** Reads the messages of all and folds them in the order of the ranks, beginning with null. */
    private static <T, R> R join(Replicas replicas, byte[] own, String what, Function<byte[], T> reading,
                                 BiFunction<R, T, R> merging) {
        List<byte[]> messages = replicas.allGather(own);
        R whole = null;
        for (int rank = 0; rank < messages.size(); rank++) {
            try {
                whole = merging.apply(whole, reading.apply(messages.get(rank)));
            } catch (RuntimeException e) {
                throw new ReplicaException("the " + what + " of replica " + rank + " does not fit those of the"
                        + " others: " + e.getMessage(), e);
            }
        }
        return whole;
    }
}
