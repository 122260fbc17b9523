package org.segloss4j.cli.training;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.replicas.Replicas;

/**
 * Lets what ends one of several replicas end all of them, at the same place and with the same reason. Whatever a
 * replica does by itself and may fail in, such as reading a file, it does by {@link #own}, and before they next do
 * something together all call {@link #stops}. A process that is alone asks nobody.
 */
public final class Agreement {

    private static final byte GO_ON = 0;
    private static final byte STOP = 1;
    private static final byte FAILED = 2;
    private static final byte SAVE = 3;

    private final Replicas replicas;

    public Agreement(Replicas replicas) {
        this.replicas = replicas;
    }

    /** Whether this replica is the one that writes files and prints. */
    public boolean isFirst() {
        return replicas.rank() == 0;
    }

    /**
     * Does what this replica does by itself. If it fails, the others learn the reason at their next {@link #stops}.
     *
     * @param work what to do
     * @return what it gives
     */
    public <T> T own(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            fail(reason(e));
            throw e;
        }
    }

    /** The same without a result. */
    void own(Runnable work) {
        own(() -> {
            work.run();
            return null;
        });
    }

    /**
     * Tells the others that this replica cannot go on; then nothing can be done together any more.
     *
     * @param reason one line
     */
    public void fail(String reason) {
        if (replicas.size() > 1) {
            vote(FAILED, reason);
        }
    }

    private static String reason(RuntimeException e) {
        Throwable cause = e instanceof UncheckedIOException ? e.getCause() : e;
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /**
     * Asks all whether they go on.
     *
     * @param own whether this replica wants to stop
     * @return whether one of them does
     * @throws UserException if one has failed; gives its rank and its reason
     */
    public boolean stops(boolean own) {
        return ask(own ? STOP : GO_ON) == STOP;
    }

    /** What all do next. */
    enum Next {
        /** Another step. */
        GO_ON,
        /** Another step, but first they save what there is. */
        SAVE,
        /** They end. */
        STOP
    }

    /**
     * Asks all whether they go on, and whether the first wants to save before.
     *
     * @param stop whether this replica wants to stop
     * @param save whether this replica would save; only the first one's wish counts
     * @return what all do
     * @throws UserException as {@link #stops}
     */
    Next next(boolean stop, boolean save) {
        return switch (ask(stop ? STOP : save && isFirst() ? SAVE : GO_ON)) {
            case STOP -> Next.STOP;
            case SAVE -> Next.SAVE;
            default -> Next.GO_ON;
        };
    }

    /** What the votes of all come to. */
    private byte ask(byte own) {
        if (replicas.size() == 1) {
            return own;
        }
        byte all = GO_ON;
        List<byte[]> votes = vote(own, "");
        for (int rank = 0; rank < votes.size(); rank++) {
            byte[] vote = votes.get(rank);
            if (vote[0] == FAILED) {
                throw new UserException("replica " + rank + " has failed: "
                        + new String(vote, 1, vote.length - 1, StandardCharsets.UTF_8));
            }
            all = vote[0] == STOP || all == GO_ON ? vote[0] : all;
        }
        return all;
    }

    private List<byte[]> vote(byte what, String why) {
        byte[] reason = why.getBytes(StandardCharsets.UTF_8);
        byte[] vote = Arrays.copyOf(new byte[] {what}, 1 + reason.length);
        System.arraycopy(reason, 0, vote, 1, reason.length);
        return replicas.allGather(vote);
    }
}
