package org.segloss4j.replicas;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Where threads wait for one another: each brings something, and when the last has come each gets what all brought.
 * After a failure nobody can meet again.
 */
final class LocalMeeting {

    private final Duration timeout;
    private Brought[] brought;
    private int arrived;
    /** Grows when the last has come. */
    private long round;
    private List<Brought> last = List.of();
    /** One line, or null while all is well. */
    private String fault;
    private final boolean[] hasLeft;

    LocalMeeting(int size, Duration timeout) {
        this.timeout = timeout;
        brought = new Brought[size];
        hasLeft = new boolean[size];
    }

    int size() {
        return hasLeft.length;
    }

    /**
     * Waits for all.
     *
     * @param rank who comes
     * @param call what it calls, which must be the same for all
     * @param own  what it brings
     * @param type of what is brought to such a call
     * @return what all brought, in the order of the ranks
     */
    synchronized <T> List<T> bring(int rank, String call, T own, Class<T> type) {
        requireWell(rank);
        brought[rank] = new Brought(call, own);
        arrived++;
        if (arrived == size()) {
            last = List.of(brought);
            brought = new Brought[size()];
            arrived = 0;
            round++;
            notifyAll();
        } else {
            await(rank);
        }
        List<T> all = new ArrayList<>();
        for (int other = 0; other < size(); other++) {
            if (!call.equals(last.get(other).call)) {
                throw fail("replica " + rank + " calls " + call + " where replica " + other + " calls "
                        + last.get(other).call);
            }
            all.add(type.cast(last.get(other).what));
        }
        return Collections.unmodifiableList(all);
    }

    private void requireWell(int rank) {
        if (hasLeft[rank]) {
            throw new ReplicaException(closed(rank));
        }
        for (int other = 0; other < size() && fault == null; other++) {
            if (hasLeft[other]) {
                fault = left(other);
            }
        }
        if (fault != null) {
            throw new ReplicaException(fault);
        }
    }

    private static String closed(int rank) {
        return "replica " + rank + " is closed";
    }

    private static String left(int rank) {
        return "replica " + rank + " has left while others wait for it";
    }

    private void await(int rank) {
        long mine = round;
        long end = System.nanoTime() + Patience.nanos(timeout);
        while (round == mine && fault == null) {
            long rest = end - System.nanoTime();
            if (rest <= 0) {
                throw fail(missing() + " not come within " + timeout.toMillis() + " ms");
            }
            try {
                // One more than the rest in whole milliseconds, since 0 would wait for ever.
                wait(TimeUnit.NANOSECONDS.toMillis(rest) + 1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                fault = "replica " + rank + " was interrupted";
                notifyAll();
                throw new ReplicaException(fault, e);
            }
        }
        if (round == mine) {
            throw new ReplicaException(fault);
        }
    }

    private String missing() {
        List<Integer> ranks = new ArrayList<>();
        for (int other = 0; other < size(); other++) {
            if (brought[other] == null) {
                ranks.add(other);
            }
        }
        String names = ranks.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return ranks.size() == 1 ? "replica " + names + " has" : "replicas " + names + " have";
    }

    private ReplicaException fail(String line) {
        if (fault == null) {
            fault = line;
            notifyAll();
        }
        return new ReplicaException(fault);
    }

    /**
     * Says that a replica will not come again; those that wait for it end, and so does its own call if another thread
     * says so meanwhile.
     */
    synchronized void leave(int rank) {
        hasLeft[rank] = true;
        if (arrived > 0 && fault == null) {
            fault = brought[rank] == null ? left(rank) : closed(rank);
            notifyAll();
        }
    }

    /**
     * What a thread has come with.
     *
     * @param call the method that it calls
     * @param what an argument of it
     */
    private record Brought(String call, Object what) {
    }
}
