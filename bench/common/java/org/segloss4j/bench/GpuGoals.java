package org.segloss4j.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the kernels are meant to reach, and what a row misses of it.
 *
 * <p>Jaccard, channels first: 1.5 × the floor (above 300 MB of logits, or in 16 bits, 1.6; beyond 32 classes 1.8) where
 * the logits as floats are 64 MB or more; 15 µs at 8x3x128x128. Dice + cross-entropy + focal: 1.15 × Jaccard. Channels
 * last: 1.25 × channels first. All: less than 1 MB of further memory, faster than every peer, and 3 × as fast as a
 * compiled loss where there are several classes and 64 MB. Calls: 25 µs at 8x3x128x128; from the host 1.3 × the copies.
 */
final class GpuGoals {

    private static final double MEGABYTE = 1e6;
    private static final String SMALLEST = "8x3x128x128";

    private GpuGoals() {
    }

    /**
     * The goals that a row misses, in words; empty if it meets all that there are for it, or if there is no time.
     *
     * @param row   kernels or calls
     * @param rows  of the same run
     * @param peers of the same device; may be empty
     */
    static List<String> missed(ResultRow row, List<ResultRow> rows, List<ResultRow> peers) {
        List<String> missed = new ArrayList<>();
        if (row.value() == null) {
            return missed;
        }
        if (row.benchmark().equals("calls")) {
            if (row.device().pinnedCopy() != null) {
                atMost(missed, row.micros() / row.device().pinnedCopy(), 1.3, "%s × the copies");
            } else if (row.shape().equals(SMALLEST)) {
                atMost(missed, row.micros(), 25, "%s µs");
            }
            return missed;
        }
        if (row.layout().equals("channels_last")) {
            beside(rows, row, row.loss(), "channels_first").ifPresent(first -> atMost(missed, row.micros()
                    / first.micros(), 1.25, "%s × channels first"));
        } else if (row.loss().equals("dice_ce_focal")) {
            beside(rows, row, "jaccard", row.layout()).ifPresent(jaccard -> atMost(missed, row.micros()
                    / jaccard.micros(), 1.15, "%s × jaccard"));
        } else if (row.shape().equals(SMALLEST)) {
            atMost(missed, row.micros(), 15, "%s µs");
        } else if (isLarge(row)) {
            atMost(missed, row.device().timesFloor(), timesFloor(row), "%s × floor");
        }
        if (row.device().extraBytes() != null && row.device().extraBytes() >= MEGABYTE) {
            missed.add("1 MB");
        }
        bestPeer(row, peers).filter(peer -> peer.micros() <= row.micros()).ifPresent(peer -> missed.add(
                "every peer"));
        like(row, peers).filter(peer -> peer.contender().equals("TORCH_COMPILE") && isLarge(row) && row.channels() > 1
                && peer.micros() < 3 * row.micros()).findFirst().ifPresent(peer -> missed.add(
                        "a third of torch compile"));
        return missed;
    }

    private static void atMost(List<String> missed, double number, double goal, String text) {
        if (!(number <= goal)) {
            missed.add(String.format(text, Double.toString(goal).replaceFirst("\\.0$", "")));
        }
    }

    private static boolean isLarge(ResultRow row) {
        return 4 * row.logits() >= 64 * MEGABYTE;
    }

    private static double timesFloor(ResultRow row) {
        if (row.channels() > 32) {
            return 1.8;
        }
        return !row.element().equals("float") || 4 * row.logits() > 300 * MEGABYTE ? 1.6 : 1.5;
    }

    private static Optional<ResultRow> beside(List<ResultRow> rows, ResultRow row, String loss, String layout) {
        return rows.stream().filter(other -> other.benchmark().equals(row.benchmark()) && other.value() != null
                && other.contender().equals(row.contender()) && other.loss().equals(loss)
                && other.shape().equals(row.shape()) && other.element().equals(row.element())
                && other.layout().equals(layout)).findFirst();
    }

    private static Stream<ResultRow> like(ResultRow row, List<ResultRow> peers) {
        return peers.stream().filter(peer -> peer.value() != null && peer.problem().equals(row.problem()));
    }

    /** The fastest peer that computed the same. */
    static Optional<ResultRow> bestPeer(ResultRow row, List<ResultRow> peers) {
        return like(row, peers).min(Comparator.comparingDouble(ResultRow::micros));
    }

    /** A contender's name as text, and which form of it that was. */
    static String name(ResultRow peer) {
        return (peer.contender() + (peer.composition() == null ? "" : ", " + peer.composition()))
                .toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
