package org.segloss4j.internal.cuda.driver;

import java.util.function.IntSupplier;

/**
 * The primary context of a device. ND4J uses the same context, so pointers and streams are valid in both libraries. It
 * is current only during a call. Afterwards the thread has its previous context, or none, again, since ND4J may have
 * set the thread to another device.
 */
final class PrimaryContext {

    private final Driver driver;
    private final DeviceFacts facts;
    private final long handle;
    private volatile boolean closed;

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

    /**
     * Makes the context current.
     *
     * @return what was current, for {@link #leave}
     * @throws IllegalStateException if the device is closed
     */
    long enter() {
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

    /** Throws if a call did not work. */
    void check(int result, String call) {
        if (result != Driver.SUCCESS) {
            throw new CudaException(call + " on device " + facts.ordinal() + " (" + facts + "): "
                    + driver.errorName(result));
        }
    }
}
