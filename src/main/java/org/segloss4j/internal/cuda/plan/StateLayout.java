package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.backend.BadInput;

/** Offsets in the struct {@code State} of {@code kernels/seg/base/arguments.cuh}, through which kernels report. */
public final class StateLayout {

    /** Size of the struct. */
    public static final int BYTES = 64;
    /** The value of the loss, a double. */
    public static final int VALUE = 56;
    /** The counts of bad input stand behind the ticket, each with the first position behind it. */
    private static final int FIRST_KIND = 8;
    private static final int KIND_BYTES = 16;

    private StateLayout() {
    }

    /** How often a kind of bad input was found, 64 bits. */
    public static int count(BadInput.Kind kind) {
        return FIRST_KIND + KIND_BYTES * kind.ordinal();
    }

    /** The complement of the first position n·S + s of a kind of bad input, 64 bits; zero if there is none. */
    public static int first(BadInput.Kind kind) {
        return count(kind) + Long.BYTES;
    }
}
