package org.segloss4j.internal.cuda;

import java.util.List;
import java.util.function.UnaryOperator;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/** Stands before the product's class on the class path: the device of this process is the host, which counts. */
public final class CudaAvailability {

    private static final HostDevice DEVICE = new HostDevice(HostVariants.SPECIAL, UnaryOperator.identity());
    private static final CudaBackend BACKEND = new CudaBackend(DEVICE, LaunchPolicy.DEFAULT);

    private CudaAvailability() {
    }

    public static String cause() {
        return null;
    }

    public static LossBackend backend() {
        return BACKEND;
    }

    public static List<String> report() {
        return List.of("cuda: available");
    }

    /** What the device was asked to do so far. */
    public static String done() {
        return DEVICE.launches + " launches, " + DEVICE.synchronisations + " waits, " + DEVICE.copied
                + " bytes copied, " + BACKEND.stagedBytes() + " of tensors";
    }

    /** Counts from 0 again. */
    public static void reset() {
        DEVICE.launches.set(0);
        DEVICE.synchronisations.set(0);
        DEVICE.copied.set(0);
    }

    /** Lets copies touch the memory of an array, which the device has not allocated. */
    public static void lend(long address, long bytes) {
        DEVICE.lend(address, bytes);
    }
}
