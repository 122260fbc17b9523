package org.segloss4j.cli.training;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.segloss4j.replicas.Replicas;

/** Messages that may be longer than {@link Replicas#allGather} is made for: in pieces. */
final class LongMessages {

    /** Bytes of a piece: a thousand replicas with a piece each are 32 MB. */
    private static final int PIECE = 1 << 15;

    private LongMessages() {
    }

    /** Gives every replica the message of each, in the order of the ranks. */
    static List<byte[]> gather(Replicas replicas, byte[] own) {
        List<Integer> lengths = replicas.allGather(ByteBuffer.allocate(Integer.BYTES).putInt(own.length).array())
                .stream().map(length -> ByteBuffer.wrap(length).getInt()).toList();
        List<ByteArrayOutputStream> messages = new ArrayList<>();
        lengths.forEach(length -> messages.add(new ByteArrayOutputStream(length)));
        int longest = lengths.stream().max(Integer::compare).orElseThrow();
        for (int from = 0; from < longest; from += PIECE) {
            List<byte[]> pieces = replicas.allGather(Arrays.copyOfRange(own, Math.min(own.length, from),
                    Math.min(own.length, from + PIECE)));
            for (int rank = 0; rank < pieces.size(); rank++) {
                messages.get(rank).writeBytes(pieces.get(rank));
            }
        }
        return messages.stream().map(ByteArrayOutputStream::toByteArray).toList();
    }
}
