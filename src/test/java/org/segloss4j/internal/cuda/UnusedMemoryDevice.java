package org.segloss4j.internal.cuda;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.driver.KernelDevices;

/** A device without memory: copies in go nowhere, copies out bring zeros. */
public abstract class UnusedMemoryDevice implements KernelDevice, KernelDevices {

    @Override
    public String description() {
        return "none";
    }

    @Override
    public KernelDevice device(int ordinal) {
        return this;
    }

    @Override
    public int current() {
        return 0;
    }

    @Override
    public int multiprocessors() {
        return 3;
    }

    @Override
    public long stream(int number) {
        return 0;
    }

    @Override
    public long allocate(long bytes) {
        return 256;
    }

    @Override
    public void free(long address) {
        // There is nothing to free.
    }

    @Override
    public ByteBuffer allocatePinned(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void freePinned(ByteBuffer buffer) {
        // The garbage collector does it.
    }

    @Override
    public void copyIn(long deviceAddress, long hostAddress, long bytes, long stream) {
        // There is no memory.
    }

    @Override
    public void copyOut(long hostAddress, long deviceAddress, long bytes, long stream) {
        new Pointer(hostAddress).setMemory(0, bytes, (byte) 0);
    }

    @Override
    public void clear(long deviceAddress, long bytes, long stream) {
        // There is no memory.
    }

    @Override
    public void synchronize(long stream) {
        // Nothing runs.
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
