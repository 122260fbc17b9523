package org.segloss4j.internal.cuda.plan;

/**
 * What a launch is told of grid and block.
 *
 * @param blocks      blocks of the grid
 * @param threads     threads of a block
 * @param sharedBytes dynamic shared memory of a block, in bytes
 */
public record LaunchShape(int blocks, int threads, int sharedBytes) {

    /** A kernel that is launched so, as messages of errors name it. */
    public String describe(String kernel) {
        return kernel + ", grid " + blocks + ", block " + threads + ", " + sharedBytes + " bytes of shared memory,";
    }
}
