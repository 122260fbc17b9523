package org.segloss4j.internal.backend;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.indexer.Bfloat16Indexer;
import org.bytedeco.javacpp.indexer.HalfIndexer;

/** Reads and writes single elements of a tensor of any type. */
public final class Elements {

    private Elements() {
    }

    /**
     * An element of a tensor of any type.
     *
     * @param t the tensor
     * @param n example
     * @param c channel
     * @param s pixel
     * @return its value
     */
    public static double get(Tensor t, long n, int c, long s) {
        long at = t.offset(n, c, s) * t.type().bytes();
        return get(t.type(), t.storage().window(at), Storage.indexInWindow(at));
    }

    /**
     * An element of a tensor of an integer type.
     *
     * @param t the tensor
     * @param n example
     * @param c channel
     * @param s pixel
     * @return its value
     */
    public static long getLong(Tensor t, long n, int c, long s) {
        long at = t.offset(n, c, s) * t.type().bytes();
        return getLong(t.type(), t.storage().window(at), Storage.indexInWindow(at));
    }

    /**
     * Writes an element of a tensor of a floating-point type, rounded to that type.
     *
     * @param t     the tensor
     * @param n     example
     * @param c     channel
     * @param s     pixel
     * @param value its value
     * @throws IllegalArgumentException if the type is no floating-point type
     */
    public static void put(Tensor t, long n, int c, long s, double value) {
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

    /**
     * An element of any type.
     *
     * @param type   its type
     * @param window a buffer that holds it
     * @param index  index of its first byte
     * @return its value
     */
    public static double get(ElementType type, ByteBuffer window, int index) {
        return switch (type) {
            case FLOAT -> window.getFloat(index);
            case DOUBLE -> window.getDouble(index);
            case HALF -> fromHalf(window.getShort(index));
            case BFLOAT16 -> fromBfloat16(window.getShort(index));
            default -> getLong(type, window, index);
        };
    }

    /**
     * An element of an integer type.
     *
     * @param type   its type
     * @param window a buffer that holds it
     * @param index  index of its first byte
     * @return its value
     */
    public static long getLong(ElementType type, ByteBuffer window, int index) {
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

    /**
     * A number as a type holds it.
     *
     * @param type  the type; of integers, nothing is rounded
     * @param value any value
     * @return the nearest number of a floating-point type; NaN stays NaN
     */
    public static double round(ElementType type, double value) {
        return switch (type) {
            case FLOAT -> (float) value;
            case HALF -> fromHalf(toHalf((float) value));
            case BFLOAT16 -> fromBfloat16(toBfloat16((float) value));
            default -> value;
        };
    }

    /**
     * Widens a half.
     *
     * @param bits IEEE 754 binary16
     * @return its value
     */
    public static float fromHalf(short bits) {
        return HalfIndexer.toFloat(bits);
    }

    /**
     * Rounds to half.
     *
     * @param value any value
     * @return IEEE 754 binary16
     */
    public static short toHalf(float value) {
        return (short) HalfIndexer.fromFloat(value);
    }

    /**
     * Widens a bfloat16.
     *
     * @param bits the upper half of a float
     * @return its value
     */
    public static float fromBfloat16(short bits) {
        return Bfloat16Indexer.toFloat(bits);
    }

    /**
     * Rounds to bfloat16: to the nearest, ties to even. (That of JavaCPP cuts off.)
     *
     * @param value any value; NaN stays NaN
     * @return the upper half of a float
     */
    public static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) (Float.isNaN(value) ? bits >> 16 | 0x40 : bits + 0x7fff + (bits >> 16 & 1) >> 16);
    }
}
