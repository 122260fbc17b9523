package org.segloss4j.cuda;

/**
 * How a kernel is spread over a device.
 *
 * @param blocks      blocks of the grid
 * @param threads     threads of a block
 * @param sharedBytes dynamic shared memory of a block, in bytes
 * @param cooperative whether all blocks must be on the device at a time, since they wait for one another
 */
record LaunchShape(int blocks, int threads, int sharedBytes, boolean cooperative) {

    /** Blocks that need not know of one another. */
    LaunchShape(int blocks, int threads, int sharedBytes) {
        this(blocks, threads, sharedBytes, false);
    }

    /** A kernel that is launched so, as messages of errors name it. */
    String describe(String kernel) {
        return kernel + ", grid " + blocks + ", block " + threads + ", " + sharedBytes + " bytes of shared memory,";
    }
}
