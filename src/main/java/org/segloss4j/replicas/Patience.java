package org.segloss4j.replicas;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * How long a replica waits in a call, and who is to blame then. One that has waited for too long asks replica 0, which
 * calls the roll: who does not answer, does not take part in the call and is at fault. If all are there, the
 * network is slow, and they go on, unless nothing at all has moved until the next time.
 */
final class Patience {

    /**
     * What a replica says of itself.
     *
     * @param call       the number of its call
     * @param name       the kind of the call
     * @param progress   how far it is
     * @param needsBelow whether it waits for the rank below
     * @param needsAbove whether it waits for the rank above
     */
    private record Presence(long call, String name, long progress, boolean needsBelow, boolean needsAbove) {

        static Presence of(Peers peers) {
            Call current = peers.current();
            return new Presence(peers.call(), current.name(), current.progress(), current.waitsFor(peers.rank() - 1),
                    current.waitsFor(peers.rank() + 1));
        }

        static Presence read(Frame frame) {
            try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(frame.bytes()))) {
                return new Presence(frame.call(), in.readUTF(), in.readLong(), in.readBoolean(), in.readBoolean());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        ByteBuffer bytes() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (DataOutputStream out = new DataOutputStream(bytes)) {
                out.writeUTF(name);
                out.writeLong(progress);
                out.writeBoolean(needsBelow);
                out.writeBoolean(needsAbove);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return ByteBuffer.wrap(bytes.toByteArray());
        }
    }

    private static final long NEVER = Long.MAX_VALUE;

    private final Peers peers;
    private final long timeout;
    private final long grace;

    private long since;
    private long progress;
    /** When replica 0 is to be blamed for its silence; or, at replica 0, those who have not answered the roll call. */
    private long verdict;
    private Presence[] roll;
    private long progressOfAll;

    Patience(Peers peers, long timeout) {
        this.peers = peers;
        this.timeout = timeout;
        grace = Math.min(TimeUnit.SECONDS.toNanos(2), Math.max(TimeUnit.MILLISECONDS.toNanos(250), timeout / 4));
    }

    /** How long one who is there may take to answer. */
    long grace() {
        return grace;
    }

    /** Begins to wait. */
    void begin() {
        restart();
        progress = 0;
        progressOfAll = -1;
    }

    private void restart() {
        since = System.nanoTime();
        verdict = NEVER;
        roll = null;
    }

    /**
     * Looks whether it was too long.
     *
     * @return for how long to wait before this is to be called again
     */
    long check() {
        long now = System.nanoTime();
        long moved = peers.current().progress();
        if (moved != progress && roll == null) {
            restart();
            progress = moved;
        }
        if (verdict == NEVER) {
            if (now - since < timeout) {
                return timeout - (now - since);
            }
            if (peers.rank() == 0) {
                callRoll();
            } else {
                peers.star(0).send(FrameType.WAITED, peers.call(), Frame.EMPTY);
                verdict = now + 3 * grace;
            }
        } else if (now >= verdict) {
            if (peers.rank() != 0) {
                throw peers.fault(absent(List.of(0)));
            }
            judge();
        }
        return verdict == NEVER ? timeout : Math.max(1, verdict - System.nanoTime());
    }

    /** Another replica has waited for too long. */
    void askedBy(Frame waited) {
        if (waited.call() == peers.call() && roll == null) {
            callRoll();
        }
    }

    private void callRoll() {
        roll = new Presence[peers.size()];
        roll[0] = Presence.of(peers);
        verdict = System.nanoTime() + grace;
        sendToAll(FrameType.ROLL_CALL);
    }

    private void sendToAll(FrameType type) {
        for (int peer = 1; peer < peers.size(); peer++) {
            peers.star(peer).send(type, peers.call(), Frame.EMPTY);
        }
    }

    /** What this replica answers. */
    ByteBuffer presence() {
        return Presence.of(peers).bytes();
    }

    /** What another answered. */
    void present(int peer, Frame frame) {
        if (roll != null) {
            roll[peer] = Presence.read(frame);
        }
    }

    private void judge() {
        List<Integer> absent = new ArrayList<>();
        long all = 0;
        for (int peer = 0; peer < roll.length; peer++) {
            if (roll[peer] != null) {
                checkCall(peer);
                all += roll[peer].progress();
            } else if (peers.star(peer).next() == null) {
                // One whose next message waits here already is ahead.
                absent.add(peer);
            }
        }
        if (!absent.isEmpty()) {
            throw peers.fault(absent(absent));
        }
        if (all == progressOfAll) {
            throw peers.fault(stuck());
        }
        progressOfAll = all;
        restart();
        sendToAll(FrameType.PATIENCE);
    }

    private void checkCall(int peer) {
        Presence there = roll[peer];
        if (there.call() == peers.call() && !there.name().equals(peers.current().name())) {
            throw peers.fault("the replicas do not make the same calls: " + peers.name(0) + " is in " + peers.where()
                    + ", but " + peers.name(peer) + " in " + there.name() + " " + there.call());
        }
    }

    private String absent(List<Integer> ranks) {
        return ranks.stream().map(peers::name).collect(Collectors.joining(" and ")) + " did not come to "
                + peers.where() + " within " + seconds(timeout) + " s";
    }

    private String stuck() {
        for (int peer = 1; peer < roll.length; peer++) {
            if (needs(peer, true) && !needs(peer - 1, true)) {
                return between(peer - 1, peer);
            }
        }
        for (int peer = roll.length - 2; peer >= 0; peer--) {
            if (needs(peer, false) && !needs(peer + 1, false)) {
                return between(peer + 1, peer);
            }
        }
        return "all replicas are in " + peers.where() + ", but nothing moved within " + seconds(timeout) + " s";
    }

    private boolean needs(int peer, boolean below) {
        return roll[peer] != null && (below ? roll[peer].needsBelow() : roll[peer].needsAbove());
    }

    private String between(int from, int to) {
        return "nothing that " + peers.name(from) + " sends in " + peers.where() + " arrives at " + peers.name(to)
                + " within " + seconds(timeout) + " s, though both are there";
    }

    /** A timeout in nanoseconds: one that is longer than they can count, such as for ever, is 292 years. */
    static long nanos(Duration timeout) {
        try {
            return timeout.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    static String seconds(long nanos) {
        double seconds = nanos / 1e9;
        return seconds == Math.rint(seconds) ? Long.toString(Math.round(seconds)) : Double.toString(seconds);
    }
}
