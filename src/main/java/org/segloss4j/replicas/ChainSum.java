package org.segloss4j.replicas;

import java.nio.ByteBuffer;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.segloss4j.internal.backend.Storage;

/**
 * A sum of large arrays: chunk by chunk it goes up the ranks, each of which adds its own, and the finished sum comes
 * down the same connections, while later chunks still go up.
 */
final class ChainSum implements Call {

    private final List<Storage> parts;
    private final Storage result;
    private final DataType type;
    private final long bytes;
    private final Numbers numbers;

    private int rank;
    private boolean begun;
    private boolean someBelow;
    private boolean some;
    private long up;
    private long down;
    private boolean atTop;
    private boolean atBottom;

    ChainSum(List<Storage> parts, Storage result, DataType type) {
        this.parts = parts;
        this.result = result;
        this.type = type;
        bytes = result.bytes();
        numbers = Numbers.of(type == DataType.DOUBLE);
    }

    @Override
    public String name() {
        return FrameType.SUM.call();
    }

    @Override
    public boolean step(Peers peers) {
        rank = peers.rank();
        atBottom = peers.below() == null;
        atTop = peers.above() == null;
        if (!begun && !begin(peers)) {
            return false;
        }
        boolean moved = true;
        while (moved && down < bytes) {
            moved = goUp(peers) | goDown(peers);
        }
        return down == bytes;
    }

    private boolean begin(Peers peers) {
        if (!atBottom) {
            Frame frame = peers.next(peers.below(), FrameType.SUM);
            if (frame == null) {
                return false;
            }
            compare(peers, frame.payload());
            peers.consume(peers.below());
        }
        begun = true;
        some = someBelow || !parts.isEmpty();
        if (!atTop) {
            ByteBuffer header = ByteBuffer.allocate(Long.BYTES + 2).putLong(bytes)
                    .put((byte) (type == DataType.DOUBLE ? 1 : 0)).put((byte) (some ? 1 : 0)).flip();
            peers.above().send(FrameType.SUM, peers.call(), header);
        } else if (!some) {
            throw peers.fault("no replica has an array to add in " + peers.where());
        }
        if (!some) {
            up = bytes;
        }
        return true;
    }

    private void compare(Peers peers, ByteBuffer header) {
        ByteBuffer from = header.duplicate();
        long otherBytes = from.getLong();
        DataType otherType = from.get() == 1 ? DataType.DOUBLE : DataType.FLOAT;
        someBelow = from.get() == 1;
        if (otherBytes != bytes || otherType != type) {
            throw peers.fault(peers.name(peers.rank()) + " adds arrays of " + describe(bytes, type) + " in "
                    + peers.where() + ", but " + peers.name(peers.rank() - 1) + " of "
                    + describe(otherBytes, otherType));
        }
    }

    private static String describe(long bytes, DataType type) {
        return bytes / type.width() + " " + type;
    }

    private boolean goUp(Peers peers) {
        Link to = atTop ? peers.below() : peers.above();
        if (up == bytes || to != null && !to.isFlushed()) {
            return false;
        }
        int chunk = (int) Math.min(Link.CHUNK_BYTES, bytes - up);
        int first = 0;
        if (someBelow) {
            Frame frame = chunk(peers, peers.below(), chunk);
            if (frame == null) {
                return false;
            }
            numbers.receive(frame.payload(), chunk);
            peers.consume(peers.below());
        } else {
            // Not added to zero, which would make a zero of -0.
            numbers.read(parts.get(0), up, chunk);
            first = 1;
        }
        for (int part = first; part < parts.size(); part++) {
            numbers.add(parts.get(part), up, chunk);
        }
        up += chunk;
        if (atTop) {
            numbers.write(result, down, chunk);
            down = up;
        }
        if (to != null) {
            numbers.send(to.chunk(), chunk);
            to.sendChunk(peers.call(), chunk);
        }
        return true;
    }

    private boolean goDown(Peers peers) {
        if (atTop || !atBottom && !peers.below().isFlushed()) {
            return false;
        }
        int chunk = (int) Math.min(Link.CHUNK_BYTES, bytes - down);
        Frame frame = chunk == 0 ? null : chunk(peers, peers.above(), chunk);
        if (frame == null) {
            return false;
        }
        numbers.receive(frame.payload(), chunk);
        peers.consume(peers.above());
        numbers.write(result, down, chunk);
        down += chunk;
        if (!atBottom) {
            numbers.send(peers.below().chunk(), chunk);
            peers.below().sendChunk(peers.call(), chunk);
        }
        return true;
    }

    private static Frame chunk(Peers peers, Link from, int bytes) {
        Frame frame = peers.next(from, FrameType.CHUNK);
        if (frame != null && frame.payload().remaining() != bytes) {
            throw peers.fault(peers.name(from.peer()) + " sent a chunk of " + frame.payload().remaining()
                    + " bytes in " + peers.where() + " instead of " + bytes);
        }
        return frame;
    }

    @Override
    public boolean waitsFor(int peer) {
        return peer == rank - 1 && !atBottom && (!begun || someBelow && up < bytes)
                || peer == rank + 1 && !atTop && down < bytes;
    }

    @Override
    public long progress() {
        return up + down;
    }
}
