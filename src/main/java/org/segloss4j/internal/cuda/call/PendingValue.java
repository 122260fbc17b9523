package org.segloss4j.internal.cuda.call;

import java.util.function.Consumer;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;

/**
 * The value of a loss that a device may still be computing. It holds the workspace of the call until it is read, and
 * keeps what was found then: each question gets the same value, or the same exception. Safe for use by several threads.
 */
final class PendingValue implements Summands {

    private final Consumer<PendingValue> whenRead;
    /** Both null once the value has been read. */
    private Lease lease;
    private DeviceSweeps sweeps;
    private Summands value;
    private RuntimeException failure;

    PendingValue(Lease lease, DeviceSweeps sweeps, Consumer<PendingValue> whenRead) {
        this.lease = lease;
        this.sweeps = sweeps;
        this.whenRead = whenRead;
    }

    /**
     * Waits for the kernels the first time.
     *
     * @throws IllegalArgumentException for bad labels or weights
     */
    @Override
    public double getAsDouble() {
        return known().getAsDouble();
    }

    @Override
    public double[] terms() {
        return known().terms();
    }

    @Override
    public long[] counts() {
        return known().counts();
    }

    private synchronized Summands known() {
        read();
        if (failure != null) {
            throw failure;
        }
        return value;
    }

    /** Waits for the kernels, keeps what they found, and returns the workspace. */
    synchronized void read() {
        if (lease == null) {
            return;
        }
        try (Lease held = lease) {
            value = sweeps.checkedValue();
            held.keep(null);
        } catch (RuntimeException e) {
            failure = e;
        } catch (Error e) {
            failure = new IllegalStateException("the value of a loss could not be read: " + e, e);
            throw e;
        } finally {
            lease = null;
            sweeps = null;
            whenRead.accept(this);
        }
    }
}
