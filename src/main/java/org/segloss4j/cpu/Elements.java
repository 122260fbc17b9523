package org.segloss4j.cpu;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.indexer.Bfloat16Indexer;
import org.bytedeco.javacpp.indexer.HalfIndexer;
import org.segloss4j.backend.ElementType;
import org.segloss4j.backend.Storage;
import org.segloss4j.backend.Tensor;

/** Reads and writes single elements of a tensor of any type. */
final class Elements {

    private Elements() {
    }

    /** The element [n, c, s] of a tensor of any type as a double. */
    static double get(Tensor t, long n, int c, long s) {
        long at = t.offset(n, c, s) * t.type().bytes();
        return get(t.type(), t.storage().window(at), Storage.indexInWindow(at));
    }

    /** The element [n, c, s] of a tensor of an integer type. */
    static long getLong(Tensor t, long n, int c, long s) {
        long at = t.offset(n, c, s) * t.type().bytes();
        return getLong(t.type(), t.storage().window(at), Storage.indexInWindow(at));
    }

    /** Writes the element [n, c, s] of a tensor of a floating-point type, rounded to that type. */
    static void put(Tensor t, long n, int c, long s, double value) {
        long at = t.offset(n, c, s) * t.type().bytes();
        ByteBuffer window = t.storage().window(at);
        int index = Storage.indexInWindow(at);
        switch (t.type()) {
            case FLOAT -> window.putFloat(index, (float) value);
            case DOUBLE -> window.putDouble(index, value);
            case HALF -> window.putShort(index, toHalf((float) value));
            case BFLOAT16 -> window.putShort(index, toBfloat16((float) value));
            default -> throw new IllegalArgumentException("cannot write a gradient of type " + t.type());
        }
    }

    static double get(ElementType type, ByteBuffer window, int index) {
        return switch (type) {
            case FLOAT -> window.getFloat(index);
            case DOUBLE -> window.getDouble(index);
            case HALF -> fromHalf(window.getShort(index));
            case BFLOAT16 -> fromBfloat16(window.getShort(index));
            default -> getLong(type, window, index);
        };
    }

    static long getLong(ElementType type, ByteBuffer window, int index) {
        return switch (type) {
            case UINT8 -> window.get(index) & 0xff;
            case INT8, BOOL -> window.get(index);
            case UINT16 -> window.getShort(index) & 0xffff;
            case INT16 -> window.getShort(index);
            case UINT32 -> window.getInt(index) & 0xffffffffL;
            case INT32 -> window.getInt(index);
            case UINT64, INT64 -> window.getLong(index);
            default -> throw new IllegalArgumentException(type + " does not hold whole numbers");
        };
    }

    static float fromHalf(short bits) {
        return HalfIndexer.toFloat(bits);
    }

    static short toHalf(float value) {
        return (short) HalfIndexer.fromFloat(value);
    }

    static float fromBfloat16(short bits) {
        return Bfloat16Indexer.toFloat(bits);
    }

    static short toBfloat16(float value) {
        return (short) Bfloat16Indexer.fromFloat(value);
    }
}
