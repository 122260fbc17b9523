package org.segloss4j;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.Statistics;

/**
 * What a message says of the sums that only some losses need: a bit for each kind of them and of other labels and,
 * where there are any, the definitions of the sums over pairs of classes. The message of a loss without any is as it
 * was before there were such.
 */
final class StatisticsMessage {

    private static final int SQUARES = 1;
    private static final int DISTANCES = 2;
    private static final int PIXELS = 4;
    private static final int PAIRS = 8;
    /** Of the first kind of other labels; that of the next is twice as much. */
    private static final int OTHERS = 16;
    private static final int KNOWN = SQUARES | DISTANCES | PIXELS | PAIRS
            | ((1 << OtherLabels.values().length) - 1) * OTHERS;

    private static final byte GROUP = 0;
    private static final byte MATRIX = 1;

    private StatisticsMessage() {
    }

    static byte flags(Statistics statistics, Set<OtherLabels> others) {
        int flags = (statistics.squares() ? SQUARES : 0) | (statistics.distances() ? DISTANCES : 0)
                | (statistics.pixels() ? PIXELS : 0) | (statistics.pairs().isEmpty() ? 0 : PAIRS);
        for (OtherLabels kind : others) {
            flags |= OTHERS << kind.ordinal();
        }
        return (byte) flags;
    }

    /** Over which other labels there are sums. */
    static Set<OtherLabels> others(byte flags) {
        Set<OtherLabels> others = EnumSet.allOf(OtherLabels.class);
        others.removeIf(kind -> (flags & OTHERS << kind.ordinal()) == 0);
        return others;
    }

    /** The definitions: their number, and for each its kind, its size, and its classes or factors. */
    static byte[] pairs(Statistics statistics) {
        if (statistics.pairs().isEmpty()) {
            return new byte[0];
        }
        long length = Integer.BYTES;
        for (PairSum pair : statistics.pairs()) {
            length += 1 + Integer.BYTES + (pair instanceof PairSum.Matrix matrix
                    ? (long) Double.BYTES * matrix.factors().size() * matrix.factors().size()
                    : (long) Integer.BYTES * ((PairSum.Group) pair).classes().size());
        }
        ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(length)).putInt(statistics.pairs().size());
        for (PairSum pair : statistics.pairs()) {
            if (pair instanceof PairSum.Matrix matrix) {
                out.put(MATRIX).putInt(matrix.factors().size());
                matrix.factors().forEach(row -> row.forEach(out::putDouble));
            } else {
                PairSum.Group group = (PairSum.Group) pair;
                out.put(GROUP).putInt(group.classes().size());
                group.classes().forEach(out::putInt);
            }
        }
        return out.array();
    }

    /**
     * Reads both.
     *
     * @param flags   the bits
     * @param classes the number of classes, for which the definitions must be good
     * @param in      stands at the definitions, and afterwards behind them
     * @throws IllegalArgumentException          if they make no sense; says why
     * @throws java.nio.BufferUnderflowException if they end early
     */
    static Statistics read(byte flags, int classes, ByteBuffer in) {
        if ((flags & ~KNOWN) != 0) {
            throw new IllegalArgumentException("class sums with the flags " + flags + ", of which this version knows "
                    + KNOWN);
        }
        List<PairSum> pairs = new ArrayList<>();
        if ((flags & PAIRS) != 0) {
            int count = in.getInt();
            if (count < 1) {
                throw new IllegalArgumentException("class sums with " + count + " sums over pairs of classes");
            }
            for (int k = 0; k < count; k++) {
                pairs.add(pair(classes, in));
            }
        }
        return new Statistics((flags & SQUARES) != 0, (flags & DISTANCES) != 0, pairs, (flags & PIXELS) != 0);
    }

    private static PairSum pair(int classes, ByteBuffer in) {
        byte kind = in.get();
        int size = in.getInt();
        double bytes = kind == MATRIX ? (double) Double.BYTES * size * size : (double) Integer.BYTES * size;
        if (kind != GROUP && kind != MATRIX || size < 1 || size > classes || kind == MATRIX && size != classes
                || bytes > in.remaining()) {
            throw new IllegalArgumentException("class sums with a sum over pairs of " + size + " classes, of "
                    + classes + " in all, of the kind " + kind);
        }
        return kind == GROUP ? group(size, classes, in) : matrix(size, in);
    }

    private static PairSum group(int size, int classes, ByteBuffer in) {
        List<Integer> group = new ArrayList<>();
        for (int k = 0; k < size; k++) {
            int index = in.getInt();
            // Not by laying the group out: the number of classes was not checked yet, and its square may be any size.
            if (index >= classes) {
                throw new IllegalArgumentException("class sums with a group that holds " + index + ", of " + classes
                        + " classes in all");
            }
            group.add(index);
        }
        return new PairSum.Group(group);
    }

    private static PairSum matrix(int size, ByteBuffer in) {
        List<List<Double>> rows = new ArrayList<>();
        for (int y = 0; y < size; y++) {
            List<Double> row = new ArrayList<>();
            for (int c = 0; c < size; c++) {
                row.add(in.getDouble());
            }
            rows.add(row);
        }
        return new PairSum.Matrix(rows);
    }
}
