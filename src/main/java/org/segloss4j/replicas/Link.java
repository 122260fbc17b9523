package org.segloss4j.replicas;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;

/**
 * A connection to a replica that has proved that it belongs to the job. Frames go in and out, and nothing waits. A
 * frame is a header (type, length, number of the frame on this connection, number of the collective call), what is
 * said, and a MAC over both; only chunks of large arrays have no MAC, which would take longer than they travel.
 */
final class Link {

    /** Bytes of numbers in a chunk: several are on their way at once, and one fits the cache of a core. */
    static final int CHUNK_BYTES = 128 << 10;
    /** Most bytes of all messages together. */
    static final int MESSAGES_BYTES = 64 << 20;

    private static final int HEADER_BYTES = 24;
    private static final int MAC_BYTES = 16;
    /** A socket copies what lies on the heap through a buffer of its own, which it keeps: not more than this. */
    private static final int WRITE_BYTES = 128 << 10;

    private final int peer;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Mac signOut;
    private final Mac signIn;
    private final byte[] mac = new byte[Secret.PROOF_BYTES];
    private final int limit;
    private final boolean carriesChunks;

    private final Deque<ByteBuffer> out = new ArrayDeque<>();
    private final ByteBuffer chunkOut;
    private long sentFrames;
    private boolean broken;

    /** Filled from index {@code start} up to its position. */
    private ByteBuffer in;
    private int start;
    private Frame current;
    private int currentBytes;
    private long receivedFrames;

    private String end;
    private boolean forged;
    private boolean left;

    /** For messages: everything but chunks. Or for the chain, where messages are short. */
    Link(int peer, SocketChannel channel, SelectionKey key, Mac signOut, Mac signIn, boolean carriesChunks) {
        this.peer = peer;
        this.channel = channel;
        this.key = key;
        this.signOut = signOut;
        this.signIn = signIn;
        this.carriesChunks = carriesChunks;
        limit = carriesChunks ? CHUNK_BYTES : MESSAGES_BYTES + (1 << 20);
        chunkOut = carriesChunks ? buffer(HEADER_BYTES + CHUNK_BYTES) : null;
        in = carriesChunks ? buffer(HEADER_BYTES + CHUNK_BYTES + MAC_BYTES)
                : ByteBuffer.allocate(8 << 10).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    int peer() {
        return peer;
    }

    /** Why nothing more will come, or null. */
    String end() {
        return end;
    }

    /** Whether this side has closed it. */
    boolean isClosed() {
        return !channel.isOpen();
    }

    /** Whether the other side has said that it leaves. */
    boolean hasLeft() {
        return left;
    }

    void leaves() {
        left = true;
    }

    /** Sends, or keeps what the socket does not take at once. */
    void send(FrameType type, long call, ByteBuffer payload) {
        int length = payload.remaining();
        boolean small = length <= WRITE_BYTES;
        ByteBuffer head = ByteBuffer.allocate(small ? HEADER_BYTES + length + MAC_BYTES : HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        header(head, type, call, length);
        signOut.update(head.array(), 0, HEADER_BYTES);
        signOut.update(payload.duplicate());
        sign(signOut);
        if (small) {
            out.add(head.put(payload.duplicate()).put(mac, 0, MAC_BYTES).flip());
        } else {
            out.add(head.flip());
            out.add(payload.duplicate());
            out.add(ByteBuffer.wrap(mac.clone(), 0, MAC_BYTES));
        }
        flush();
    }

    private void header(ByteBuffer to, FrameType type, long call, int length) {
        to.putInt(type.ordinal()).putInt(length).putLong(sentFrames++).putLong(call);
    }

    private void sign(Mac signature) {
        try {
            signature.doFinal(mac, 0);
        } catch (ShortBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where the numbers of the next chunk are to be written. Only if {@link #isFlushed}. */
    ByteBuffer chunk() {
        return chunkOut.clear().position(HEADER_BYTES).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Sends what was written into {@link #chunk}. */
    void sendChunk(long call, int bytes) {
        chunkOut.clear();
        header(chunkOut, FrameType.CHUNK, call, bytes);
        out.add(chunkOut.position(0).limit(HEADER_BYTES + bytes));
        flush();
    }

    /** Whether the socket has taken all that was sent. */
    boolean isFlushed() {
        return out.isEmpty();
    }

    /** Gives the socket what it takes. If it takes no more at all, the reading side will tell why. */
    void flush() {
        try {
            while (!broken && !out.isEmpty()) {
                ByteBuffer first = out.peek();
                int all = first.limit();
                if (!first.isDirect()) {
                    first.limit(Math.min(all, first.position() + WRITE_BYTES));
                }
                channel.write(first);
                boolean stuck = first.hasRemaining();
                first.limit(all);
                if (stuck) {
                    return;
                }
                if (!first.hasRemaining()) {
                    out.remove();
                }
            }
        } catch (IOException e) {
            broken = true;
        }
        if (broken) {
            out.clear();
        }
    }

    /** Takes what the socket has, unless a whole frame waits to be consumed. */
    void read() {
        try {
            while (end == null && current == null) {
                if (start == in.position()) {
                    start = 0;
                    in.clear();
                }
                if (!in.hasRemaining()) {
                    makeRoom(HEADER_BYTES);
                }
                if (!in.isDirect()) {
                    in.limit(Math.min(in.capacity(), in.position() + WRITE_BYTES));
                }
                int room = in.remaining();
                int count = channel.read(in);
                in.limit(in.capacity());
                if (count < 0) {
                    end = "it closed the connection";
                }
                if (count < room || next() != null) {
                    return;
                }
            }
        } catch (IOException e) {
            end = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        }
    }

    /**
     * The frame that is to be consumed next.
     *
     * @return null if there is none yet, or if what came is no frame of this connection, which is at its end then
     */
    Frame next() {
        if (current == null && in.position() - start >= HEADER_BYTES && !forged) {
            try {
                current = parse(in.position() - start);
            } catch (IOException e) {
                forged = true;
                end = e.getMessage();
            }
        }
        return current;
    }

    private Frame parse(int available) throws IOException {
        FrameType type = FrameType.of(in.getInt(start));
        int length = in.getInt(start + 4);
        if (type == null || in.getLong(start + 8) != receivedFrames || length < 0
                || type == FrameType.CHUNK && !carriesChunks) {
            throw new IOException("it sent what is no frame");
        }
        if (length > limit) {
            throw new IOException("it sent a frame of " + length + " bytes, of which at most " + limit
                    + " are allowed");
        }
        boolean signed = type != FrameType.CHUNK;
        int whole = HEADER_BYTES + length + (signed ? MAC_BYTES : 0);
        if (start + whole > in.capacity()) {
            makeRoom(whole);
        }
        if (available < whole) {
            return null;
        }
        if (signed) {
            check(length);
        }
        receivedFrames++;
        currentBytes = whole;
        return new Frame(type, in.getLong(start + 16),
                in.duplicate().position(start + HEADER_BYTES).limit(start + HEADER_BYTES + length)
                        .slice().order(ByteOrder.LITTLE_ENDIAN));
    }

    private void makeRoom(int bytes) {
        in.flip().position(start);
        if (bytes <= in.capacity()) {
            in.compact();
        } else {
            in = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN).put(in);
        }
        start = 0;
    }

    private void check(int length) throws IOException {
        signIn.update(in.duplicate().position(start).limit(start + HEADER_BYTES + length));
        sign(signIn);
        byte[] sent = new byte[MAC_BYTES];
        in.get(start + HEADER_BYTES + length, sent);
        byte[] own = new byte[MAC_BYTES];
        System.arraycopy(mac, 0, own, 0, MAC_BYTES);
        if (!MessageDigest.isEqual(sent, own)) {
            throw new IOException("it sent a frame with a wrong signature");
        }
    }

    /** Forgets the frame that {@link #next} gave. */
    void consume() {
        start += currentBytes;
        current = null;
    }

    /** Does what the selector says is possible. */
    void ready(int operations) {
        if ((operations & SelectionKey.OP_WRITE) != 0) {
            flush();
        }
        if ((operations & SelectionKey.OP_READ) != 0) {
            read();
        }
    }

    /** Tells the selector what this connection waits for. */
    void updateInterest() {
        int wanted = (end == null && current == null ? SelectionKey.OP_READ : 0)
                | (out.isEmpty() ? 0 : SelectionKey.OP_WRITE);
        if (key.isValid() && key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
    }

    /** Says that nothing more will come. */
    void finish() {
        try {
            channel.shutdownOutput();
        } catch (IOException e) {
            broken = true;
        }
    }

    /** Reads what still comes and forgets it, so that the other side can read what it was told before it is cut off. */
    void discard() {
        while (end == null) {
            start = 0;
            current = null;
            in.clear();
            int count;
            try {
                count = channel.read(in);
            } catch (IOException e) {
                count = -1;
            }
            if (count < 0) {
                end = "discarded";
            }
            if (count == 0) {
                return;
            }
        }
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            broken = true;
        }
    }
}
