package org.segloss4j.replicas;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Small messages: all go to replica 0, which sends them to all in the order of the ranks. */
final class MessagesCall implements Call {

    private final int rank;
    private final byte[][] messages;
    private final boolean[] arrived;
    private int missing;
    private boolean sent;

    MessagesCall(int rank, int size, byte[] own) {
        this.rank = rank;
        messages = new byte[size][];
        messages[rank] = own.clone();
        arrived = new boolean[size];
        arrived[rank] = true;
        missing = size - 1;
    }

    @Override
    public String name() {
        return FrameType.MESSAGE.call();
    }

    @Override
    public boolean step(Peers peers) {
        return rank == 0 ? collect(peers) : exchange(peers);
    }

    private boolean collect(Peers peers) {
        for (int peer = 1; missing > 0 && peer < messages.length; peer++) {
            if (!arrived[peer]) {
                Frame frame = peers.next(peers.star(peer), FrameType.MESSAGE);
                if (frame != null) {
                    messages[peer] = frame.bytes();
                    arrived[peer] = true;
                    missing--;
                    peers.consume(peers.star(peer));
                }
            }
        }
        if (missing == 0 && !sent) {
            sent = true;
            ByteBuffer all = join(peers);
            for (int peer = 1; peer < messages.length; peer++) {
                peers.star(peer).send(FrameType.MESSAGES, peers.call(), all);
            }
        }
        return sent;
    }

    private ByteBuffer join(Peers peers) {
        long bytes = 0;
        for (byte[] message : messages) {
            bytes += Integer.BYTES + message.length;
        }
        if (bytes > Link.MESSAGES_BYTES) {
            throw peers.fault("the messages of all replicas have " + bytes + " bytes together, of which at most "
                    + Link.MESSAGES_BYTES + " are allowed");
        }
        ByteBuffer all = ByteBuffer.allocate((int) bytes);
        for (byte[] message : messages) {
            all.putInt(message.length).put(message);
        }
        return all.flip();
    }

    private boolean exchange(Peers peers) {
        Link zero = peers.star(0);
        if (!sent) {
            sent = true;
            zero.send(FrameType.MESSAGE, peers.call(), ByteBuffer.wrap(messages[rank]));
        }
        Frame frame = peers.next(zero, FrameType.MESSAGES);
        if (frame == null) {
            return false;
        }
        split(frame.payload());
        peers.consume(zero);
        missing = 0;
        return true;
    }

    private void split(ByteBuffer all) {
        ByteBuffer from = all.duplicate();
        for (int peer = 0; peer < messages.length; peer++) {
            byte[] message = new byte[from.getInt()];
            from.get(message);
            messages[peer] = message;
        }
    }

    List<byte[]> result() {
        return new ArrayList<>(Arrays.asList(messages));
    }

    @Override
    public boolean waitsFor(int peer) {
        return missing > 0 && (rank == 0 ? peer > 0 && peer < arrived.length && !arrived[peer] : peer == 0);
    }

    /** None: who is too slow is too slow whenever the others came. */
    @Override
    public long progress() {
        return 0;
    }
}
