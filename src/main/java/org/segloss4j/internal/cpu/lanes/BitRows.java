package org.segloss4j.internal.cpu.lanes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;

/**
 * Makes floats of bytes that are 0 or 1, eight at a time: two bytes choose two floats from a table. HotSpot has vector
 * instructions for the conversion of bytes from JDK 21 on only. Belongs to one thread.
 */
public final class BitRows {

    /** The floats of two bits, the lower bit first in memory. */
    private static final long[] PAIRS = new long[4];

    static {
        ByteBuffer pairs = ByteBuffer.allocate(PAIRS.length * Long.BYTES).order(ByteOrder.nativeOrder());
        pairs.asFloatBuffer().put(new float[] {0, 0, 1, 0, 0, 1, 1, 1});
        pairs.asLongBuffer().get(PAIRS);
    }

    private final byte[] bytes;
    private final LongBuffer octets;
    private final LongBuffer pairs;
    private final FloatBuffer floats;

    /** For rows of up to that many lanes. */
    public BitRows(int lanes) {
        int padded = (lanes + 7) / 8 * 8;
        bytes = new byte[padded];
        octets = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
        ByteBuffer memory = ByteBuffer.allocate(padded * Float.BYTES).order(ByteOrder.nativeOrder());
        pairs = memory.asLongBuffer();
        floats = memory.asFloatBuffer();
    }

    /** Reads class indices as floats and returns true, if all are bytes of 0 or 1; else the row holds anything. */
    public boolean read(Tensor t, long n, long s, int lanes, float[] row) {
        if (t.type() != ElementType.UINT8 || t.pixelStride() != 1) {
            return false;
        }
        long at = t.offset(n, 0, s);
        t.storage().window(at).get(Storage.indexInWindow(at), bytes, 0, lanes);
        for (int k = lanes; k % 8 != 0; k++) {
            bytes[k] = 0;
        }
        long all = spread((lanes + 7) / 8);
        floats.get(0, row, 0, lanes);
        return (all & ~0x0101010101010101L) == 0;
    }

    private long spread(int count) {
        long all = 0;
        for (int k = 0; k < count; k++) {
            long octet = octets.get(k);
            all |= octet;
            // The lowest bits of two neighbouring bytes come together.
            int low = (int) (octet | octet >>> 7);
            int high = (int) (octet >>> 32 | octet >>> 39);
            pairs.put(4 * k, PAIRS[low & 3]);
            pairs.put(4 * k + 1, PAIRS[low >>> 16 & 3]);
            pairs.put(4 * k + 2, PAIRS[high & 3]);
            pairs.put(4 * k + 3, PAIRS[high >>> 16 & 3]);
        }
        return all;
    }
}
