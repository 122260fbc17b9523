package org.segloss4j.internal.cuda;

import com.sun.jna.NativeLibrary;

/**
 * Address space of the host, full of zeros, that takes memory only where it is written.
 *
 * @param address of the first byte
 * @param bytes   size
 */
record SparseMemory(long address, long bytes) implements AutoCloseable {

    private static final NativeLibrary C = NativeLibrary.getInstance("c");
    private static final int READ_AND_WRITE = 3;
    /** Private, of no file, and not counted against the memory that there is. */
    private static final int FLAGS = 0x4022;

    static SparseMemory of(long bytes) {
        long address = call("mmap", 0L, bytes, READ_AND_WRITE, FLAGS, -1, 0L);
        if (address == -1) {
            throw new IllegalStateException("no " + bytes + " bytes of address space");
        }
        return new SparseMemory(address, bytes);
    }

    @Override
    public void close() {
        call("munmap", address, bytes);
    }

    private static long call(String name, Object... arguments) {
        return C.getFunction(name).invokeLong(arguments);
    }
}
