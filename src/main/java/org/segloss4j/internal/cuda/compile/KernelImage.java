package org.segloss4j.internal.cuda.compile;

import java.util.Arrays;

/**
 * A compiled kernel. Not a record, whose equality would compare the array by identity.
 */
public final class KernelImage {

    private final byte[] bytes;
    private final Target target;
    private final String origin;
    private final String log;

    /**
     * Creates the image.
     *
     * @param bytes  a cubin, or PTX without a final NUL
     * @param target what it was made for
     * @param origin who made it, for people
     * @param log    what the compiler said, with registers, stack and spills per kernel; empty if it was not compiled
     *               now
     */
    public KernelImage(byte[] bytes, Target target, String origin, String log) {
        this.bytes = bytes;
        this.target = target;
        this.origin = origin;
        this.log = log;
    }

    /** The code, shared with the image. */
    public byte[] bytes() {
        return bytes;
    }

    /** What the code was made for. */
    public Target target() {
        return target;
    }

    /** Who made the code, for people. */
    public String origin() {
        return origin;
    }

    /** What the compiler printed; empty if it did not run now. */
    public String log() {
        return log;
    }

    /** What the driver takes: PTX must end with NUL. */
    public byte[] forDriver() {
        return target.kind() == Target.Kind.PTX ? Arrays.copyOf(bytes, bytes.length + 1) : bytes;
    }
}
