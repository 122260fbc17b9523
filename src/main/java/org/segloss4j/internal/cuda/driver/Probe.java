package org.segloss4j.internal.cuda.driver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** Does everything once that the backend does: compiles, loads, allocates, launches, copies, waits. */
public final class Probe {

    /** Adds one to what it is given. */
    public static final KernelText KERNEL = new KernelText("""
            #line 1 "probe.cu"
            struct Probe {
                int* target;
                int value;
            };
            extern "C" __global__ void seg_probe(Probe probe) {
                *probe.target = probe.value + 1;
            }
            """, List.of(), "seg_probe");

    private static final int VALUE = 41;

    private Probe() {
    }

    /**
     * Tries a device.
     *
     * @return who compiled the kernel to what
     * @throws CudaException              if a call fails or the result is wrong
     * @throws KernelCompilationException if there is no code for the device
     */
    public static String run(CudaDevice device) {
        long stream = device.stream(0);
        long target = device.allocate(Integer.BYTES);
        ByteBuffer result = device.allocatePinned(Integer.BYTES);
        try {
            device.clear(target, Integer.BYTES, stream);
            ByteBuffer arguments = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
            arguments.putLong(0, target).putInt(8, VALUE);
            String origin = device.launch(KERNEL, new LaunchShape(1, 1, 0), arguments, stream);
            device.copyOut(device.pinnedAddress(result), target, Integer.BYTES, stream);
            device.synchronize(stream);
            if (result.getInt(0) != VALUE + 1) {
                throw new CudaException("a kernel that should write " + (VALUE + 1) + " wrote " + result.getInt(0)
                        + " on " + device.description() + ", compiled to " + origin);
            }
            return origin;
        } finally {
            device.freePinned(result);
            device.free(target);
        }
    }
}
