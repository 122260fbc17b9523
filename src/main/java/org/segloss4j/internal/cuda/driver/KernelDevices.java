package org.segloss4j.internal.cuda.driver;

/** The devices that a backend may run on, by their ordinals. Safe for use by several threads. */
public interface KernelDevices {

    /**
     * A device.
     *
     * @throws IllegalArgumentException if there is none of that ordinal
     * @throws CudaException            if the driver refuses it
     */
    KernelDevice device(int ordinal);

    /** The device that this thread is set to, or 0: where tensors of the host are brought. */
    int current();
}
