package org.nd4j.jita.allocator.impl;

import org.bytedeco.javacpp.BytePointer;

/** The two copies of a buffer. */
public class AllocationPoint {

    final long host;
    final BytePointer device;
    boolean hostActual = true;
    boolean deviceActual;

    AllocationPoint(long host, long bytes) {
        this.host = host;
        device = new BytePointer(bytes).fill(0xee);
    }

    public boolean isActualOnDeviceSide() {
        return deviceActual;
    }
}
