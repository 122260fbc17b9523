package org.segloss4j.internal.backend;

/** The element types that predictions, labels and masks may have. */
public enum ElementType {
    /** 32-bit IEEE 754. */
    FLOAT(4, false),
    /** 64-bit IEEE 754. */
    DOUBLE(8, false),
    /** 16-bit IEEE 754. */
    HALF(2, false),
    /** The upper 16 bits of a FLOAT. */
    BFLOAT16(2, false),
    /** Unsigned 8-bit integer. */
    UINT8(1, true),
    /** Signed 8-bit integer. */
    INT8(1, true),
    /** Unsigned 16-bit integer. */
    UINT16(2, true),
    /** Signed 16-bit integer. */
    INT16(2, true),
    /** Unsigned 32-bit integer. */
    UINT32(4, true),
    /** Signed 32-bit integer. */
    INT32(4, true),
    /** Unsigned 64-bit integer; values from 2^63 on are not supported. */
    UINT64(8, true),
    /** Signed 64-bit integer. */
    INT64(8, true),
    /** One byte, 0 or 1. */
    BOOL(1, true);

    private final int bytes;
    private final boolean integer;

    ElementType(int bytes, boolean integer) {
        this.bytes = bytes;
        this.integer = integer;
    }

    /**
     * Size of one element.
     *
     * @return bytes
     */
    public int bytes() {
        return bytes;
    }

    /**
     * Whether the type holds whole numbers.
     *
     * @return false for the floating-point types
     */
    public boolean integer() {
        return integer;
    }
}
