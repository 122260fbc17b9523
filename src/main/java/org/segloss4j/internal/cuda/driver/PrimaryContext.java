package org.segloss4j.internal.cuda.driver;

import java.util.Set;
import java.util.function.IntSupplier;

/**
 * The primary context of a device. ND4J uses the same context, so pointers and streams are valid in both libraries. It
 * is current only during a call. Afterwards the thread has its previous context, or none, again, since ND4J may have
 * set the thread to another device.
 */
final class PrimaryContext {

    /** Results after which the driver refuses all work of the context: faults of kernels and of the hardware. */
    private static final Set<Integer> FATAL = Set.of(214, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719);

    private final Driver driver;
    private final DeviceFacts facts;
    private final long handle;
    private volatile boolean closed;
    /** The error that made the context useless, or null. */
    private volatile String lost;

    /**
     * Retains the context.
     *
     * @throws CudaException if the driver refuses
     */
    PrimaryContext(Driver driver, DeviceFacts facts) {
        this.driver = driver;
        this.facts = facts;
        long[] retained = new long[1];
        check(driver.retainPrimaryContext(facts.ordinal(), retained), "cuDevicePrimaryCtxRetain");
        this.handle = retained[0];
    }

    /** Calls the driver with the context current. */
    void call(IntSupplier call, String name) {
        long before = enter();
        try {
            check(call.getAsInt(), name);
        } finally {
            leave(before);
        }
    }

    /** Calls the driver to free something, of which a lost context has only what the driver forgets with it. */
    void free(IntSupplier call, String name) {
        long before = enterToClose();
        try {
            int result = call.getAsInt();
            if (lost == null) {
                check(result, name);
            }
        } finally {
            leave(before);
        }
    }

    /**
     * Makes the context current.
     *
     * @return what was current, for {@link #leave}
     * @throws IllegalStateException if the device is closed
     * @throws CudaException         if the context is lost; names the first error
     */
    long enter() {
        if (lost != null) {
            throw new CudaException("device " + facts.ordinal() + " (" + facts.name() + ") cannot be used any more in"
                    + " this process, since an earlier call failed: " + lost);
        }
        return enterToClose();
    }

    /** The same for what frees, also where the context is lost. */
    long enterToClose() {
        if (closed) {
            throw new IllegalStateException("device " + facts.ordinal() + " (" + facts.name() + ") is closed");
        }
        long[] current = new long[1];
        check(driver.currentContext(current), "cuCtxGetCurrent");
        if (current[0] != handle) {
            check(driver.setCurrentContext(handle), "cuCtxSetCurrent");
        }
        return current[0];
    }

    /** Restores the context that the thread had before. */
    void leave(long before) {
        if (before != handle) {
            // The result is not checked: an exception would hide the one that may be propagating already.
            driver.setCurrentContext(before);
        }
    }

    /** Releases the context, once. */
    int release() {
        closed = true;
        return driver.releasePrimaryContext(facts.ordinal());
    }

    boolean closed() {
        return closed;
    }

    boolean isLost() {
        return lost != null;
    }

    /** Whether a result says that something before the call went wrong, and not the call itself. */
    static boolean isEarlierFault(int result) {
        return FATAL.contains(result);
    }

    /** Throws if a call did not work. */
    void check(int result, String call) {
        if (result != Driver.SUCCESS) {
            String message = call + " on device " + facts.ordinal() + " (" + facts + "): " + driver.errorName(result);
            if (FATAL.contains(result)) {
                lost = message;
                message += "; the device cannot be used any more in this process";
            }
            throw new CudaException(message);
        }
    }
}
