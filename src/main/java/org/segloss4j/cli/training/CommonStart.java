package org.segloss4j.cli.training;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.training.Checkpoints.Checkpoint;
import org.segloss4j.replicas.Replicas;

/** Brings several replicas to the same start: they must mean the same training, and get the state of the first one. */
public final class CommonStart {

    private static final ObjectMapper JSON = new ObjectMapper();
    /** Longer values are compared and shown by their beginning and a digest. */
    private static final int SHOWN = 120;

    private final Replicas replicas;

    public CommonStart(Replicas replicas) {
        this.replicas = replicas;
    }

    /**
     * Compares what the replicas are about to do.
     *
     * @param own what the training of this replica depends on, by name
     * @throws UserException if another one differs: the same one line everywhere, which names its rank, what differs,
     *                       and both values
     */
    public void requireSame(Map<String, String> own) {
        List<byte[]> all = LongMessages.gather(replicas, toJson(own));
        Map<String, String> first = fromJson(all.get(0));
        for (int rank = 1; rank < all.size(); rank++) {
            Map<String, String> other = fromJson(all.get(rank));
            Map<String, String> names = new LinkedHashMap<>(first);
            names.putAll(other);
            for (String name : names.keySet()) {
                if (!Objects.equals(first.get(name), other.get(name))) {
                    throw new UserException("replica " + rank + " differs from replica 0 in " + name + ": it has "
                            + shown(other.get(name)) + ", replica 0 has " + shown(first.get(name))
                            + "; all replicas need the same version, options and data");
                }
            }
        }
    }

    private static String shown(String value) {
        return value == null ? "nothing" : value;
    }

    private static byte[] toJson(Map<String, String> values) {
        ObjectNode root = JSON.createObjectNode();
        values.forEach((name, value) -> root.put(name, value.length() <= SHOWN ? value
                : value.substring(0, SHOWN) + "... (SHA-256 " + digest(value) + ")"));
        return root.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, String> fromJson(byte[] json) {
        Map<String, String> values = new LinkedHashMap<>();
        try {
            JSON.readTree(json).fields().forEachRemaining(each -> values.put(each.getKey(), each.getValue().asText()));
        } catch (IOException e) {
            throw new IllegalStateException("a replica sent what is no JSON: " + e.getMessage(), e);
        }
        return values;
    }

    /** The first half of the SHA-256 of a text. */
    private static String digest(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, digest.length / 2);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Gives every replica the state of the first one: parameters, the updater's memory, counters, scores.
     *
     * @param own what this replica starts with; a new network of the same configuration where it is not the first
     * @return the start of the first replica, with this replica's own network
     */
    public Checkpoint ofTheFirst(Checkpoint own) {
        if (replicas.size() == 1) {
            return own;
        }
        ComputationGraph network = (ComputationGraph) own.model().network();
        boolean isFirst = replicas.rank() == 0;
        byte[] state = isFirst ? own.state().toJson().getBytes(StandardCharsets.UTF_8) : new byte[0];
        byte[] counters = isFirst ? (network.getIterationCount() + " " + network.getEpochCount())
                .getBytes(StandardCharsets.UTF_8) : new byte[0];
        byte[] sent = LongMessages.gather(replicas, state).get(0);
        String[] counts = new String(replicas.allGather(counters).get(0), StandardCharsets.UTF_8).split(" ");
        take(network.params(), isFirst);
        take(network.getUpdater().getStateViewArray(), isFirst);
        if (isFirst) {
            return own;
        }
        network.getConfiguration().setIterationCount(Integer.parseInt(counts[0]));
        network.getConfiguration().setEpochCount(Integer.parseInt(counts[1]));
        try {
            return new Checkpoint(own.model(), TrainingState.fromJson(new String(sent, StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new IllegalStateException("replica 0 sent no state of a training: " + e.getMessage(), e);
        }
    }

    /** The sum of one array is that array. */
    private void take(INDArray array, boolean isFirst) {
        if (array != null && !array.isEmpty()) {
            replicas.sum(isFirst ? List.of(array) : List.of(), array);
        }
    }
}
