package org.segloss4j.internal.files;

import java.util.Locale;
import java.util.function.Supplier;

/** Makes arrays whose length a file decides. One that does not fit is a fault of the file, not the program's end. */
public final class LargeArrays {

    /** Some JVMs make no longer arrays. */
    private static final int LONGEST = Integer.MAX_VALUE - 8;

    private LargeArrays() {
    }

    /**
     * An array of bytes.
     *
     * @param what   the file's size in words, such as "is 300x200 pixels"
     * @param length of the array
     * @return the array
     * @throws FileFault if it does not fit into memory
     */
    public static byte[] bytes(String what, long length) throws FileFault {
        return make(what, length, length, () -> new byte[(int) length]);
    }

    /**
     * An array of ints.
     *
     * @param what   the file's size in words, such as "is 300x200 pixels"
     * @param length of the array
     * @return the array
     * @throws FileFault if it does not fit into memory
     */
    public static int[] ints(String what, long length) throws FileFault {
        return make(what, length, 4 * length, () -> new int[(int) length]);
    }

    /**
     * An array of floats.
     *
     * @param what   the file's size in words, such as "is 300x200 pixels"
     * @param length of the array
     * @return the array
     * @throws FileFault if it does not fit into memory
     */
    public static float[] floats(String what, long length) throws FileFault {
        return make(what, length, 4 * length, () -> new float[(int) length]);
    }

    /**
     * Rows of bytes, which together may be longer than an array.
     *
     * @param what   the file's size in words, such as "is 300x200 pixels"
     * @param rows   how many
     * @param length of each
     * @return the rows
     * @throws FileFault if they do not fit into memory
     */
    public static byte[][] rows(String what, int rows, long length) throws FileFault {
        return make(what, Math.max(rows, length), rows * (length + 24), () -> new byte[rows][(int) length]);
    }

    /**
     * Does work whose memory somebody else allocates.
     *
     * @param what  the file's size in words, such as "is 300x200 pixels"
     * @param bytes that the work needs at least
     * @throws FileFault if they are not there
     */
    public static void require(String what, long bytes) throws FileFault {
        if (bytes > Runtime.getRuntime().maxMemory()) {
            throw tooLarge(what, bytes, null);
        }
    }

    /**
     * The fault of a file that does not fit into memory.
     *
     * @param what  the file's size in words, such as "is 300x200 pixels"
     * @param bytes that are needed at least
     * @param cause what happened, or null
     * @return the fault
     */
    public static FileFault tooLarge(String what, long bytes, Throwable cause) {
        return new FileFault(what + ", for which " + amount(bytes) + " of memory are needed; Java may use "
                + amount(Runtime.getRuntime().maxMemory()) + " (-Xmx)", cause);
    }

    private static <A> A make(String what, long length, long bytes, Supplier<A> array) throws FileFault {
        if (length > LONGEST) {
            throw new FileFault(what + ", more than an array of Java holds");
        }
        require(what, bytes);
        try {
            return array.get();
        } catch (OutOfMemoryError e) {
            // Nothing is lost by going on: the array that did not fit is all that was asked for.
            throw tooLarge(what, bytes, e);
        }
    }

    private static String amount(long bytes) {
        double mega = bytes / (1024.0 * 1024);
        return mega < 10_000 ? String.format(Locale.ROOT, "%.0f MB", Math.ceil(mega))
                : String.format(Locale.ROOT, "%.1f GB", mega / 1024);
    }
}
