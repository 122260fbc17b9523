package org.segloss4j.internal.cpu.lanes;

import java.nio.ByteBuffer;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.Truths;
import org.segloss4j.internal.backend.Weights;

/**
 * Copies runs of pixels between a tensor's memory and tiles of floats, {@code [channel][lane]}: one contiguous run per
 * channel where the channels come first in memory, one block of rows where they come last. Holds a block of rows, so
 * each thread has its own.
 */
public final class TileIo {

    /** Of a run that is cleared. */
    private static final int LANES = 512;

    private float[][] zeros;
    private float[] rows = new float[0];
    private byte[] bytes = new byte[0];
    private int[] bits = new int[0];

    /** Reads pixels [s, s + lanes) of all channels of example n. */
    public void read(Tensor t, long n, long s, int lanes, float[][] tile) {
        int channels = t.channels();
        if (!isBlockOfRows(t)) {
            for (int c = 0; c < channels; c++) {
                readChannel(t, n, c, s, lanes, tile[c]);
            }
            return;
        }
        float[] block = rows(lanes * channels);
        long at = t.offset(n, 0, s) * Float.BYTES;
        t.storage().window(at).asFloatBuffer().get(Storage.indexInWindow(at) / Float.BYTES, block, 0,
                lanes * channels);
        for (int c = 0; c < channels; c++) {
            for (int k = 0, from = c; k < lanes; k++, from += channels) {
                tile[c][k] = block[from];
            }
        }
    }

    /** Reads pixels [s, s + lanes) of one channel of a tensor of any type. */
    public static void readChannel(Tensor t, long n, int c, long s, int lanes, float[] row) {
        int bytes = t.type().bytes();
        if (t.pixelStride() * lanes * bytes >= 1 << 30) {
            for (int k = 0; k < lanes; k++) {
                row[k] = (float) Elements.get(t, n, c, s + k);
            }
            return;
        }
        long at = t.offset(n, c, s) * bytes;
        ByteBuffer window = t.storage().window(at);
        int index = Storage.indexInWindow(at);
        int step = (int) t.pixelStride() * bytes;
        switch (t.type()) {
            case FLOAT -> {
                if (step == Float.BYTES) {
                    window.asFloatBuffer().get(index / Float.BYTES, row, 0, lanes);
                    return;
                }
                for (int k = 0; k < lanes; k++) {
                    row[k] = window.getFloat(index + k * step);
                }
            }
            case HALF -> {
                for (int k = 0; k < lanes; k++) {
                    row[k] = Elements.fromHalf(window.getShort(index + k * step));
                }
            }
            case BFLOAT16 -> {
                for (int k = 0; k < lanes; k++) {
                    row[k] = Elements.fromBfloat16(window.getShort(index + k * step));
                }
            }
            case UINT8 -> {
                for (int k = 0; k < lanes; k++) {
                    row[k] = window.get(index + k * step) & 0xff;
                }
            }
            default -> {
                for (int k = 0; k < lanes; k++) {
                    row[k] = (float) Elements.get(t.type(), window, index + k * step);
                }
            }
        }
    }

    /** Reads weights of one channel of a mask; those that are none are reported and become 0. */
    public static void readWeights(Tensor mask, long n, int c, long s, int lanes, float[] row, BadInput bad) {
        readChannel(mask, n, c, s, lanes, row);
        checkWeights(mask, n, c, s, lanes, row, bad);
    }

    /** Sets what is no weight to 0, and reports it. */
    public static void checkWeights(Tensor mask, long n, int c, long s, int lanes, float[] weights, BadInput bad) {
        // Of the types of masks, double alone holds numbers that vanish in float.
        boolean mayVanish = mask.type() == ElementType.DOUBLE;
        for (int t = 0; t < lanes; t++) {
            float weight = weights[t];
            if (weight == 0 && mayVanish || !Weights.isWeight(weight)) {
                double given = Elements.get(mask, n, c, s + t);
                if (given != 0) {
                    bad.add(BadInput.Kind.WEIGHT, n, s + t, given);
                    weights[t] = 0;
                }
            }
        }
    }

    /**
     * Reports dense labels that are no {@linkplain Truths truths}.
     *
     * @param labels  where they were read from
     * @param g       [C][lanes], 0 for void outputs
     * @param scratch a row
     */
    public void checkTruths(Tensor labels, long n, long s, int lanes, float[][] g, float[] scratch,
                                   BadInput bad) {
        if (g.length == 1 ? haveBitsOfTruths(labels, n, s, lanes) || Truths.areTruths(g[0], lanes)
                : areTruths(g, scratch, lanes)) {
            return;
        }
        for (int t = 0; t < lanes; t++) {
            for (int c = 0; c < g.length; c++) {
                if (!Truths.isTruth(g[c][t])) {
                    bad.add(BadInput.Kind.LABEL, n, s + t, Elements.get(labels, n, c, s + t));
                }
            }
        }
    }

    private static boolean areTruths(float[][] g, float[] scratch, int lanes) {
        Rows.excess(g[0], scratch, lanes);
        for (int c = 1; c < g.length; c++) {
            Rows.addExcess(scratch, g[c], lanes);
        }
        return Rows.sum(scratch, lanes) == 0;
    }

    /**
     * Whether labels, void ones included, are contiguous floats from 0 to 1. False says nothing.
     */
    private boolean haveBitsOfTruths(Tensor labels, long n, long s, int lanes) {
        if (labels.type() != ElementType.FLOAT || labels.pixelStride() != 1) {
            return false;
        }
        bits = bits.length < lanes ? new int[lanes] : bits;
        long at = labels.offset(n, 0, s) * Float.BYTES;
        labels.storage().window(at).asIntBuffer().get(Storage.indexInWindow(at) / Float.BYTES, bits, 0, lanes);
        return Truths.areBitsOfTruths(bits, lanes);
    }

    /** Writes pixels [s, s + lanes) of all channels of example n, rounded to the tensor's type. */
    void write(Tensor t, long n, long s, int lanes, float[][] tile) {
        int channels = t.channels();
        if (isBlockOfRows(t)) {
            float[] block = rows(lanes * channels);
            for (int c = 0; c < channels; c++) {
                for (int k = 0, to = c; k < lanes; k++, to += channels) {
                    block[to] = tile[c][k];
                }
            }
            long at = t.offset(n, 0, s) * Float.BYTES;
            t.storage().window(at).asFloatBuffer().put(Storage.indexInWindow(at) / Float.BYTES, block, 0,
                    lanes * channels);
            return;
        }
        for (int c = 0; c < channels; c++) {
            if (t.type() == ElementType.FLOAT && t.pixelStride() == 1) {
                long at = t.offset(n, c, s) * Float.BYTES;
                t.storage().window(at).asFloatBuffer().put(Storage.indexInWindow(at) / Float.BYTES, tile[c], 0,
                        lanes);
            } else {
                for (int k = 0; k < lanes; k++) {
                    Elements.put(t, n, c, s + k, tile[c][k]);
                }
            }
        }
    }

    /** Writes 0 to pixels [from, to) of all channels of example n. */
    public void clear(Tensor t, long n, long from, long to) {
        zeros = zeros == null ? new float[t.channels()][LANES] : zeros;
        for (long s = from; s < to; s += LANES) {
            write(t, n, s, (int) Math.min(LANES, to - s), zeros);
        }
    }

    /**
     * Reads class indices; an ignored label becomes {@link #IGNORED}, and so does one that is no class, which is
     * reported.
     */
    public void readIndices(Tensor t, long n, long s, int lanes, int classes, Integer ignore, int[] indices,
                            BadInput bad) {
        boolean quick = t.type() == ElementType.UINT8 && t.pixelStride() == 1;
        if (quick) {
            bytes = bytes.length < lanes ? new byte[lanes] : bytes;
            long at = t.offset(n, 0, s);
            t.storage().window(at).get(Storage.indexInWindow(at), bytes, 0, lanes);
        }
        for (int k = 0; k < lanes; k++) {
            long y = quick ? bytes[k] & 0xff : Elements.getLong(t, n, 0, s + k);
            if (ignore != null && y == ignore) {
                indices[k] = IGNORED;
            } else if (y >= 0 && y < classes) {
                indices[k] = (int) y;
            } else {
                indices[k] = IGNORED;
                bad.add(BadInput.Kind.LABEL, n, s + k, y);
            }
        }
    }

    /** The index of a pixel without a class. */
    public static final int IGNORED = -1;

    private static boolean isBlockOfRows(Tensor t) {
        return t.type() == ElementType.FLOAT && t.channels() > 1 && t.channelStride() == 1
                && t.pixelStride() == t.channels() && t.channels() < 1 << 18;
    }

    private float[] rows(int length) {
        if (rows.length < length) {
            rows = new float[length];
        }
        return rows;
    }
}
