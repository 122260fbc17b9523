package org.segloss4j.replicas;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;

/**
 * A new connection until both sides have proved that they know the secret: who connects says hello with a random
 * number; who accepts answers with another; who connects proves first, so that a stranger who knocks at the port learns
 * nothing that depends on the secret; who accepts proves next. Each proof is an HMAC of all that both have said and of
 * the side that it comes from.
 */
final class Greeting {

    /** What a connection is for. */
    enum Role {
        /** Messages through replica 0. */
        STAR,
        /** Large arrays along the ranks. */
        CHAIN
    }

    /** Why a greeting failed, in words. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why);
        }
    }

    private enum Step {
        CONNECT, HEAR_HELLO, HEAR_ANSWER, HEAR_PROOF, HEAR_PROOF_BACK
    }

    private static final byte[] MAGIC = "SegLoss4".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int RANDOM_BYTES = 32;
    private static final int HELLO_BYTES = MAGIC.length + 4 * Integer.BYTES + 1 + RANDOM_BYTES;
    private static final int ANSWER_BYTES = MAGIC.length + Integer.BYTES + RANDOM_BYTES;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SocketChannel channel;
    private final SelectionKey key;
    private final Secret secret;
    private final boolean accepted;
    private final long since = System.nanoTime();
    private SocketAddress other;
    private Step step;
    private ByteBuffer in;
    private byte[] hello;
    private byte[] answer;
    private Role role;
    private int peer;
    private int peerSize;

    private Greeting(SocketChannel channel, Selector selector, int interest, Secret secret, boolean accepted)
            throws IOException {
        this.channel = channel;
        this.secret = secret;
        this.accepted = accepted;
        channel.configureBlocking(false);
        key = channel.register(selector, interest, this);
    }

    /** Answers a connection that somebody made. */
    static Greeting accept(SocketChannel channel, Selector selector, Secret secret) throws IOException {
        Greeting greeting = new Greeting(channel, selector, SelectionKey.OP_READ, secret, true);
        greeting.other = channel.getRemoteAddress();
        greeting.hear(Step.HEAR_HELLO, HELLO_BYTES);
        greeting.setOptions();
        return greeting;
    }

    /** Connects to a replica. */
    static Greeting connect(InetSocketAddress address, Selector selector, Secret secret, Role role, int rank, int size,
            int peer) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            Greeting greeting = new Greeting(channel, selector, SelectionKey.OP_CONNECT, secret, false);
            greeting.other = address;
            greeting.role = role;
            greeting.peer = peer;
            greeting.step = Step.CONNECT;
            greeting.hello = ByteBuffer.allocate(HELLO_BYTES).put(MAGIC).putInt(VERSION).put((byte) role.ordinal())
                    .putInt(rank).putInt(peer).putInt(size).put(random()).array();
            if (channel.connect(address)) {
                greeting.sayHello();
            }
            return greeting;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static byte[] random() {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        return random;
    }

    private void setOptions() throws IOException {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    boolean isAccepted() {
        return accepted;
    }

    Role role() {
        return role;
    }

    /** The rank of the other side; not to be believed before the end. */
    int peer() {
        return peer;
    }

    /** The number of replicas that the other side knows. */
    int peerSize() {
        return peerSize;
    }

    SocketAddress other() {
        return other;
    }

    long since() {
        return since;
    }

    /**
     * Goes on as far as it can.
     *
     * @return whether both sides have proved that they know the secret
     * @throws IOException if they have not
     */
    boolean advance(int rank) throws IOException {
        if (step == Step.CONNECT) {
            if (!channel.finishConnect()) {
                return false;
            }
            if (channel.getLocalAddress().equals(channel.getRemoteAddress())) {
                // TCP allows it where the system has given the wanted port to the caller itself.
                throw new Refused("nobody listens");
            }
            sayHello();
        }
        while (heard()) {
            switch (step) {
                case HEAR_HELLO -> answer(rank);
                case HEAR_ANSWER -> {
                    answer = in.array();
                    checkVersion(answer);
                    say(proof(true));
                    hear(Step.HEAR_PROOF_BACK, Secret.PROOF_BYTES);
                }
                case HEAR_PROOF -> {
                    check(true);
                    say(proof(false));
                    return true;
                }
                case HEAR_PROOF_BACK -> {
                    check(false);
                    return true;
                }
                default -> throw new IllegalStateException(step.toString());
            }
        }
        return false;
    }

    private void sayHello() throws IOException {
        setOptions();
        key.interestOps(SelectionKey.OP_READ);
        say(hello);
        hear(Step.HEAR_ANSWER, ANSWER_BYTES);
    }

    private void answer(int rank) throws IOException {
        hello = in.array();
        checkVersion(hello);
        ByteBuffer from = in.flip().position(MAGIC.length + Integer.BYTES);
        int roleCode = from.get();
        peer = from.getInt();
        int meant = from.getInt();
        peerSize = from.getInt();
        if (roleCode < 0 || roleCode >= Role.values().length || peer < 0 || meant != rank) {
            throw new Refused("it looks for replica " + meant + " and this is replica " + rank);
        }
        role = Role.values()[roleCode];
        if (peer == rank || role == Role.STAR && rank != 0 || role == Role.CHAIN && peer != rank + 1) {
            throw new Refused("replica " + peer + " has no business with replica " + rank);
        }
        answer = ByteBuffer.allocate(ANSWER_BYTES).put(MAGIC).putInt(VERSION).put(random()).array();
        say(answer);
        hear(Step.HEAR_PROOF, Secret.PROOF_BYTES);
    }

    private void hear(Step next, int bytes) {
        step = next;
        in = ByteBuffer.allocate(bytes);
    }

    private boolean heard() throws IOException {
        if (channel.read(in) < 0) {
            throw new Refused(step == Step.HEAR_PROOF_BACK
                    ? "it closed the connection when it saw the proof; is the secret the same?"
                    : "it closed the connection");
        }
        if (step == Step.HEAR_HELLO || step == Step.HEAR_ANSWER) {
            checkMagic();
        }
        return !in.hasRemaining();
    }

    private void checkMagic() throws Refused {
        for (int i = 0; i < Math.min(in.position(), MAGIC.length); i++) {
            if (in.get(i) != MAGIC[i]) {
                throw new Refused("it is no replica of SegLoss4J: it began with \"" + printable() + "\"");
            }
        }
    }

    /** What came so far, without what could confuse a terminal. */
    private String printable() {
        String text = new String(in.array(), 0, Math.min(in.position(), 16), StandardCharsets.ISO_8859_1);
        return text.replaceAll("[^ -~]|[\"\\\\]", "?");
    }

    private static void checkVersion(byte[] said) throws Refused {
        int version = ByteBuffer.wrap(said).getInt(MAGIC.length);
        if (version != VERSION) {
            throw new Refused("it speaks version " + version + " of the protocol, and this replica version " + VERSION);
        }
    }

    private byte[] proof(boolean ofCaller) {
        return secret.proof(ofCaller ? "I connect" : "I accept", hello, answer);
    }

    private void check(boolean ofCaller) throws Refused {
        if (!MessageDigest.isEqual(proof(ofCaller), in.array())) {
            throw new Refused("it does not know the secret");
        }
    }

    private void say(byte[] bytes) throws IOException {
        // A new connection takes these few bytes at once.
        ByteBuffer out = ByteBuffer.wrap(bytes);
        channel.write(out);
        if (out.hasRemaining()) {
            throw new Refused("it takes nothing");
        }
    }

    /** The connection, after {@link #advance} has said that both proved themselves. */
    Link link() {
        Mac fromCaller = secret.signature("from who connects", hello, answer);
        Mac fromAcceptor = secret.signature("from who accepts", hello, answer);
        Link link = accepted ? new Link(peer, channel, key, fromAcceptor, fromCaller, role == Role.CHAIN)
                : new Link(peer, channel, key, fromCaller, fromAcceptor, role == Role.CHAIN);
        key.attach(link);
        return link;
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // It is of no use any more in either case.
            key.cancel();
        }
    }
}
