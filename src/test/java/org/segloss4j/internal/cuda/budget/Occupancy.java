package org.segloss4j.internal.cuda.budget;

import java.util.List;

/** How many of the warps that a multiprocessor can hold a kernel lets it hold, as the programming guide computes it. */
final class Occupancy {

    /** Of an A100 and an H100, 80 is 8.0. */
    static final List<Integer> CAPABILITIES = List.of(80, 90);

    private static final int WARPS = 64;
    private static final int BLOCKS = 32;
    private static final int REGISTERS = 64 * 1024;
    /** A warp gets registers in units of so many. */
    private static final int REGISTER_UNIT = 256;
    /** Of shared memory, for each block. */
    private static final int RESERVED = 1024;

    private Occupancy() {
    }

    /** Percent of the warps of a multiprocessor of that capability. */
    static int percent(int capability, int registers, int threads, int sharedBytes) {
        int warps = (threads + 31) / 32;
        int ofWarp = (registers * 32 + REGISTER_UNIT - 1) / REGISTER_UNIT * REGISTER_UNIT;
        int shared = (capability == 80 ? 164 : 228) * 1024;
        int blocks = Math.min(Math.min(BLOCKS, WARPS / warps),
                Math.min(REGISTERS / ofWarp / warps, shared / (sharedBytes + RESERVED)));
        return 100 * blocks * warps / WARPS;
    }
}
