package org.segloss4j.replicas;

import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The replicas find each other: each connects to replica 0, which compares the descriptions of the job, then to the
 * rank below; when all connections stand, replica 0 lets all go. Strangers are sent away with one line, and the
 * replicas go on waiting for the right ones.
 */
final class Meeting {

    /** Strangers at once; the oldest has to go when there are more, so that there is always room for a replica. */
    private static final int MOST_STRANGERS = 64;
    private static final long GREETING_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** Who is connected to may come to answer only when it has got the addresses, too. */
    private static final long CALLING_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long TELLING_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long LEAST_PAUSE = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long MOST_PAUSE = TimeUnit.SECONDS.toNanos(1);

    private final int rank;
    private final List<HostPort> addresses;
    private final Secret secret;
    private final JobDescription job;
    private final long timeout;
    private final Consumer<String> warnings;
    private final Selector selector;

    private final Deque<Greeting> strangers = new ArrayDeque<>();
    private final List<Greeting> strangersAtTheDoor = new ArrayList<>();
    private final Link[] star;
    private final boolean[] known;
    private final boolean[] ready;
    private Link below;
    private Link above;
    private Calling calling;
    private boolean go;
    private String fault;
    private long asked;

    /** Attempts to connect to one replica. */
    private final class Calling {
        private final Greeting.Role role;
        private final int peer;
        private Greeting greeting;
        private long next = System.nanoTime();
        private long pause = LEAST_PAUSE;
        private String failure = "no answer";

        Calling(Greeting.Role role, int peer) {
            this.role = role;
            this.peer = peer;
        }

        void attempt(long now) {
            if (greeting != null && now - greeting.since() > CALLING_NANOS) {
                failed("no answer");
            }
            if (greeting == null && now - next >= 0) {
                try {
                    greeting = Greeting.connect(addresses.get(peer).resolve(), selector, secret, role, rank,
                            addresses.size(), peer);
                } catch (UnknownHostException e) {
                    failed("the name " + addresses.get(peer).host() + " is unknown");
                } catch (IOException e) {
                    failed(reason(e));
                }
            }
        }

        void failed(String why) {
            if (greeting != null) {
                greeting.close();
                greeting = null;
            }
            failure = why;
            next = System.nanoTime() + pause;
            pause = Math.min(2 * pause, MOST_PAUSE);
        }

        void lookAtFailure(String why) {
            if (!why.equals(failure) && why.contains("secret")) {
                warnings.accept(Peers.name(peer, addresses) + " refuses this replica: " + why);
            }
            failed(why);
        }
    }

    Meeting(int rank, List<HostPort> addresses, Secret secret, JobDescription job, long timeout,
            Consumer<String> warnings, Selector selector) {
        this.rank = rank;
        this.addresses = addresses;
        this.secret = secret;
        this.job = job;
        this.timeout = timeout;
        this.warnings = warnings;
        this.selector = selector;
        star = new Link[rank == 0 ? addresses.size() : 1];
        known = new boolean[star.length];
        ready = new boolean[star.length];
        calling = rank == 0 ? null : new Calling(Greeting.Role.STAR, 0);
    }

    /** Meets the others. */
    Peers meet(ServerSocketChannel server) throws IOException {
        long start = System.nanoTime();
        try {
            server.configureBlocking(false);
            SelectionKey door = server.register(selector, SelectionKey.OP_ACCEPT);
            while (!go) {
                long now = System.nanoTime();
                if (calling != null) {
                    calling.attempt(now);
                }
                sendAwayTheSlow(now);
                checkTime(now - start);
                greetWhoCame(server);
                if (Thread.currentThread().isInterrupted()) {
                    throw new ReplicaException(name(rank) + " was interrupted while it waited for the others");
                }
                links().forEach(this::hear);
                letGo();
            }
            door.cancel();
            return new Peers(rank, addresses, selector, star, below, above, timeout);
        } catch (ReplicaException e) {
            boolean interrupted = Thread.interrupted();
            fault = e.getMessage();
            links().forEach(link -> link.send(FrameType.FAULT, 0, Frame.text(fault)));
            if (rank == 0 && !interrupted && System.nanoTime() - start < timeout) {
                tellThoseWhoCome(server);
            }
            new Peers(rank, addresses, selector, star, below, above, timeout).cut();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            throw e;
        } finally {
            strangers.forEach(Greeting::close);
            if (calling != null && calling.greeting != null) {
                calling.greeting.close();
            }
        }
    }

    private void greetWhoCame(ServerSocketChannel server) throws IOException {
        links().forEach(Link::updateInterest);
        selector.select(key -> attend(key, server), TimeUnit.NANOSECONDS.toMillis(LEAST_PAUSE));
        greetAll();
    }

    /** Replicas that are just about to come would else wait until their time is up, and not know why. */
    private void tellThoseWhoCome(ServerSocketChannel server) throws IOException {
        long end = System.nanoTime() + TELLING_NANOS;
        while (System.nanoTime() < end && IntStream.range(1, star.length).anyMatch(peer -> star[peer] == null)) {
            greetWhoCame(server);
        }
    }

    private List<Link> links() {
        List<Link> links = new ArrayList<>();
        for (Link link : star) {
            if (link != null) {
                links.add(link);
            }
        }
        if (below != null) {
            links.add(below);
        }
        if (above != null) {
            links.add(above);
        }
        return links;
    }

    private String name(int peer) {
        return Peers.name(peer, addresses);
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private void attend(SelectionKey key, ServerSocketChannel server) {
        if (key.attachment() instanceof Greeting greeting) {
            strangersAtTheDoor.add(greeting);
        } else if (key.attachment() instanceof Link link) {
            link.ready(key.readyOps());
        } else {
            accept(server);
        }
    }

    private void accept(ServerSocketChannel server) {
        try {
            for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
                if (strangers.size() == MOST_STRANGERS) {
                    sendAway(strangers.peek(), "too many others wait");
                }
                strangers.add(Greeting.accept(channel, selector, secret));
            }
        } catch (IOException e) {
            warnings.accept(name(rank) + " could not accept a connection: " + reason(e));
        }
    }

    private void sendAway(Greeting stranger, String why) {
        stranger.close();
        strangers.remove(stranger);
        warnings.accept(name(rank) + " closed a connection from " + stranger.other() + ": " + why);
    }

    private void sendAwayTheSlow(long now) {
        while (!strangers.isEmpty() && now - strangers.peek().since() > Math.min(timeout, GREETING_NANOS)) {
            sendAway(strangers.peek(), "it did not say what it wants in time");
        }
    }

    private void greetAll() {
        for (Greeting greeting : strangersAtTheDoor) {
            try {
                if (greeting.advance(rank)) {
                    welcome(greeting);
                }
            } catch (IOException e) {
                if (greeting.isAccepted()) {
                    sendAway(greeting, reason(e));
                } else if (calling != null && calling.greeting == greeting) {
                    calling.lookAtFailure(reason(e));
                }
            }
        }
        strangersAtTheDoor.clear();
    }

    /** Somebody has proved to know the secret. */
    private void welcome(Greeting greeting) {
        Link link = greeting.link();
        if (!greeting.isAccepted()) {
            calling = null;
            if (greeting.role() == Greeting.Role.STAR) {
                star[0] = link;
                link.send(FrameType.DESCRIPTION, 0, job.bytes());
            } else {
                below = link;
            }
            return;
        }
        strangers.remove(greeting);
        if (fault != null) {
            take(greeting.role(), link);
            link.send(FrameType.FAULT, 0, Frame.text(fault));
            return;
        }
        if (greeting.peerSize() != addresses.size()) {
            take(greeting.role(), link);
            throw new ReplicaException("replica " + greeting.peer() + " (from " + greeting.other() + ") is one of "
                    + greeting.peerSize() + " replicas, but " + name(rank) + " one of " + addresses.size());
        }
        boolean taken = greeting.role() == Greeting.Role.STAR ? star[greeting.peer()] != null : above != null;
        if (taken) {
            String why = "another replica " + greeting.peer() + " is there already";
            link.send(FrameType.FAULT, 0, Frame.text(name(rank) + " refuses this replica: " + why));
            link.finish();
            sendAway(greeting, why);
        } else {
            take(greeting.role(), link);
        }
    }

    private void take(Greeting.Role role, Link link) {
        if (role == Greeting.Role.CHAIN) {
            above = link;
        } else if (link.peer() < star.length) {
            star[link.peer()] = link;
        }
    }

    private void hear(Link link) {
        Frame frame = link.next();
        while (frame != null && (link != below && link != above || frame.type() == FrameType.FAULT) && !go) {
            heard(link, frame);
            link.consume();
            frame = link.next();
        }
        if (frame == null && link.end() != null) {
            throw new ReplicaException(name(link.peer()) + " was lost while the replicas met: " + link.end());
        }
    }

    private void heard(Link link, Frame frame) {
        switch (frame.type()) {
            case FAULT -> throw new ReplicaException(frame.text());
            case DESCRIPTION -> {
                String difference = job.difference(name(rank), JobDescription.read(frame.payload()),
                        name(link.peer()));
                if (difference != null) {
                    throw new ReplicaException(difference);
                }
                known[link.peer()] = true;
                link.send(FrameType.WELCOME, 0, Frame.EMPTY);
            }
            case WELCOME -> {
                known[0] = true;
                calling = new Calling(Greeting.Role.CHAIN, rank - 1);
            }
            case READY -> ready[link.peer()] = true;
            case WAITED -> throw missing();
            case GO -> go = true;
            default -> throw new ReplicaException(name(link.peer()) + " sent a " + frame.type()
                    + " while the replicas met");
        }
    }

    private boolean connected() {
        return (rank == addresses.size() - 1 || above != null) && (rank == 0 || below != null);
    }

    private void letGo() {
        if (rank != 0 && connected() && !ready[0]) {
            ready[0] = true;
            star[0].send(FrameType.READY, 0, Frame.EMPTY);
        }
        if (rank == 0 && connected() && absent().isEmpty()) {
            for (int peer = 1; peer < star.length; peer++) {
                star[peer].send(FrameType.GO, 0, Frame.EMPTY);
            }
            go = true;
        }
    }

    private List<Integer> absent() {
        return IntStream.range(1, star.length).filter(peer -> !ready[peer]).boxed().toList();
    }

    private void checkTime(long waited) {
        if (waited < timeout) {
            return;
        }
        if (rank == 0) {
            throw missing();
        }
        if (star[0] == null) {
            throw new ReplicaException(name(0) + " is missing after " + Patience.seconds(timeout) + " s: "
                    + calling.failure);
        }
        if (asked == 0) {
            // Replica 0 knows who is missing, and its own time may not be up.
            asked = waited;
            star[0].send(FrameType.WAITED, 0, ByteBuffer.wrap(new byte[0]));
        } else if (waited - asked > TimeUnit.SECONDS.toNanos(2)) {
            throw new ReplicaException(name(0) + " does not say who is missing after " + Patience.seconds(timeout)
                    + " s");
        }
    }

    /** Those that nobody has seen; if there are none, those whose own connections are not complete. */
    private ReplicaException missing() {
        List<Integer> absent = absent().stream().filter(peer -> star[peer] == null).toList();
        boolean unseen = !absent.isEmpty();
        String names = (unseen ? absent : absent()).stream().map(this::name).collect(Collectors.joining(", "));
        return new ReplicaException((unseen ? "missing after " : "not connected with their neighbours after ")
                + Patience.seconds(timeout) + " s: " + names);
    }
}
