package org.segloss4j.replicas;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * The connections of one replica and what keeps them in order during a call: who is lost, who has left, who is awaited
 * for too long. The thread that makes the call does all of it; between calls nothing happens. Replica 0 has a
 * connection to each other replica (the star), and each replica one to the next rank (the chain). A fault is decided
 * by replica 0 where it can, so that all replicas say the same.
 */
final class Peers {

    private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long DISCARD_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final int rank;
    private final List<HostPort> addresses;
    private final Selector selector;
    private final Link[] star;
    private final Link below;
    private final Link above;
    private final List<Link> links = new ArrayList<>();
    private final List<Link> touched = new ArrayList<>();
    private final Patience patience;

    private long call;
    private Call current;
    private String fault;
    private volatile boolean closing;

    /**
     * Joins connections.
     *
     * @param star  by rank; of replicas other than 0, only the first
     * @param below to the rank below, or null
     * @param above to the rank above, or null
     */
    Peers(int rank, List<HostPort> addresses, Selector selector, Link[] star, Link below, Link above, long timeout) {
        this.rank = rank;
        this.addresses = addresses;
        this.selector = selector;
        this.star = star;
        this.below = below;
        this.above = above;
        for (Link link : star) {
            add(link);
        }
        add(below);
        add(above);
        patience = new Patience(this, timeout);
    }

    private void add(Link link) {
        if (link != null) {
            links.add(link);
        }
    }

    int rank() {
        return rank;
    }

    int size() {
        return addresses.size();
    }

    Link star(int peer) {
        return star[peer];
    }

    Link below() {
        return below;
    }

    Link above() {
        return above;
    }

    /** The number of the present call. */
    long call() {
        return call;
    }

    Call current() {
        return current;
    }

    /** A replica as messages name it. */
    String name(int peer) {
        return name(peer, addresses);
    }

    static String name(int peer, List<HostPort> addresses) {
        return "replica " + peer + " (" + addresses.get(peer) + ")";
    }

    /** The present call as messages name it. */
    String where() {
        return current.name() + " " + call;
    }

    /** Takes part in a call until it is finished. */
    void run(Call next) {
        if (fault != null) {
            throw new ReplicaException(fault);
        }
        call++;
        current = next;
        patience.begin();
        touched.addAll(links);
        try {
            finish(next);
        } catch (ReplicaException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            ReplicaException fault = fault(name(rank) + " failed in " + where() + ": " + e);
            fault.initCause(e);
            throw fault;
        }
    }

    private void finish(Call next) {
        checkInterrupt();
        boolean finished = false;
        while (true) {
            for (int i = 0; i < touched.size(); i++) {
                control(touched.get(i));
            }
            touched.clear();
            finished = finished || next.step(this);
            if (finished && isFlushed()) {
                return;
            }
            await(patience.check());
        }
    }

    private boolean isFlushed() {
        for (int i = 0; i < links.size(); i++) {
            if (!links.get(i).isFlushed()) {
                return false;
            }
        }
        return true;
    }

    private void await(long nanos) {
        for (int i = 0; i < links.size(); i++) {
            links.get(i).updateInterest();
        }
        try {
            selector.select(this::ready, Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)));
        } catch (IOException e) {
            throw fault(name(rank) + " cannot wait for the others in " + where() + ": " + e);
        }
        if (closing) {
            throw new ReplicaException("the replica was closed by another thread in " + where());
        }
        checkInterrupt();
    }

    private void checkInterrupt() {
        // Cleared, since the channels of an interrupted thread are closed before it can say why.
        if (Thread.interrupted()) {
            try {
                throw fault(name(rank) + " was interrupted in " + where());
            } finally {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void ready(SelectionKey key) {
        Link link = (Link) key.attachment();
        link.ready(key.readyOps());
        touched.add(link);
    }

    /**
     * The next frame of a connection, which the call cannot do without.
     *
     * @return null if it has not come yet
     */
    Frame next(Link link, FrameType wanted) {
        control(link);
        Frame frame = link.next();
        if (frame == null) {
            if (link.hasLeft()) {
                throw fault(name(link.peer()) + " has left, but others still wait for it in " + where());
            }
            return null;
        }
        if (frame.type() != wanted || frame.call() != call) {
            throw otherCall(link, frame);
        }
        return frame;
    }

    private ReplicaException otherCall(Link link, Frame frame) {
        return fault("the replicas do not make the same calls: " + name(rank) + " is in " + where() + ", but "
                + name(link.peer()) + " in " + frame.type().call() + " " + frame.call());
    }

    /** Handles what is no part of a call, up to the next frame that is. */
    private void control(Link link) {
        Frame frame;
        while ((frame = link.next()) != null && handled(link, frame)) {
            link.consume();
        }
        if (frame != null && frame.call() == call && !current.name().equals(frame.type().call())) {
            throw otherCall(link, frame);
        }
        if (frame == null && link.end() != null && !link.hasLeft()) {
            checkInterrupt();
            if (link.isClosed()) {
                throw cutOff();
            }
            throw fault(name(link.peer()) + " was lost in " + where() + ": " + link.end());
        }
    }

    private boolean handled(Link link, Frame frame) {
        switch (frame.type()) {
            case BYE -> link.leaves();
            case FAULT -> throw fault(frame.text(), link == star[0]);
            case WAITED -> patience.askedBy(frame);
            case ROLL_CALL -> link.send(FrameType.HERE, call, patience.presence());
            case HERE -> patience.present(link.peer(), frame);
            case PATIENCE -> patience.begin();
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Forgets the frame that {@link #next} gave. */
    void consume(Link link) {
        link.consume();
        // What follows it may have come already, so that the selector will not tell.
        control(link);
    }

    /**
     * Ends the job.
     *
     * @param text names the replica at fault
     * @return what is to be thrown
     */
    ReplicaException fault(String text) {
        return fault(text, false);
    }

    private ReplicaException fault(String text, boolean byZero) {
        fault = text;
        tell(FrameType.FAULT, Frame.text(text));
        if (rank != 0 && !byZero) {
            // Another may have told replica 0 before, and all are to say the same.
            String decided = decided();
            fault = decided == null ? text : decided;
        }
        cut();
        return new ReplicaException(fault);
    }

    /** This replica's own connections are being cut. It is the lost one then, and must not blame another. */
    private ReplicaException cutOff() {
        fault = name(rank) + " closed its connections in " + where();
        disconnect();
        return new ReplicaException(fault);
    }

    private String decided() {
        Link zero = star[0];
        long end = System.nanoTime() + patience.grace();
        while (System.nanoTime() < end) {
            zero.flush();
            zero.read();
            for (Frame frame = zero.next(); frame != null; frame = zero.next()) {
                if (frame.type() == FrameType.FAULT) {
                    return frame.text();
                }
                zero.consume();
            }
            if (zero.end() != null) {
                return null;
            }
            pause();
        }
        return null;
    }

    void tell(FrameType type, ByteBuffer payload) {
        for (Link link : links) {
            link.send(type, call, payload);
        }
    }

    /** Leaves: in good order, if there was no fault. May be called by another thread during a call. */
    void leave() {
        if (fault == null) {
            fault = "this replica is closed";
            boolean interrupted = Thread.interrupted();
            tell(FrameType.BYE, Frame.EMPTY);
            cut();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Makes a call of another thread end. */
    void interrupt() {
        closing = true;
        selector.wakeup();
    }

    void cut() {
        waitUntil(FLUSH_NANOS, link -> {
            link.flush();
            return link.isFlushed();
        });
        links.forEach(Link::finish);
        // What nobody has read makes the system cut the other side off at once, perhaps before it has read the reason.
        waitUntil(DISCARD_NANOS, link -> {
            link.discard();
            return link.end() != null;
        });
        disconnect();
        try {
            selector.close();
        } catch (IOException e) {
            throw new ReplicaException(fault, e);
        }
    }

    /** Cuts the connections without a word, as the end of a process does. */
    void disconnect() {
        links.forEach(Link::close);
    }

    private void waitUntil(long nanos, Predicate<Link> done) {
        long end = System.nanoTime() + nanos;
        while (!links.stream().map(done::test).reduce(true, Boolean::logicalAnd) && System.nanoTime() < end) {
            pause();
        }
    }

    private static void pause() {
        // Not a sleep, which an interrupt would end.
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
}
