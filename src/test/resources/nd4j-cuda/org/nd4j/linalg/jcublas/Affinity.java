package org.nd4j.linalg.jcublas;

import org.nd4j.jita.allocator.impl.AtomicAllocator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.cpu.nativecpu.CpuAffinityManager;

/** Brings the copies of arrays up to date. */
public class Affinity extends CpuAffinityManager {

    @Override
    public void ensureLocation(INDArray array, Location location) {
        if (location == Location.HOST) {
            AtomicAllocator.getInstance().toHost(array);
        } else {
            AtomicAllocator.getInstance().toDevice(array);
        }
    }

    @Override
    public void tagLocation(INDArray array, Location location) {
        if (location != Location.HOST) {
            throw new AssertionError("only what the host writes is tagged");
        }
        AtomicAllocator.getInstance().hostWritten(array);
    }
}
