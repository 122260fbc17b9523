package org.segloss4j.internal.nd4j;

/** Where ND4J's arrays lie. */
public interface ArrayMemory {

    /**
     * Whether arrays lie in the memory of CUDA devices, as those of nd4j-cuda do.
     *
     * @return false if all are the host's
     */
    boolean onDevices();

    /**
     * Starts a computation.
     *
     * @param onDevice whether it can use the memory of a device; otherwise, arrays on a device are copied to the host
     * @return access to its arrays
     */
    ArrayAccess access(boolean onDevice);
}
