package org.segloss4j.internal.cuda.call;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;

/**
 * The values that nobody has asked for yet. Each holds a workspace, so there are only so many: beyond them the oldest
 * is read and keeps what was found, whoever still wants to know it. Safe for use by several threads.
 */
public final class UnreadValues implements AutoCloseable {

    /** As many as the output layers that several threads train at a time; each holds up to 8 MiB of pinned memory. */
    private static final int MOST = 16;

    private final Set<PendingValue> unread = new LinkedHashSet<>();

    /**
     * A value that can be asked for later.
     *
     * @param lease  the workspace of the call, returned when the value is read
     * @param sweeps the call, whose kernels are enqueued
     */
    public Summands add(Lease lease, DeviceSweeps sweeps) {
        PendingValue value = new PendingValue(lease, sweeps, this::remove);
        PendingValue oldest = null;
        synchronized (unread) {
            unread.add(value);
            if (unread.size() > MOST) {
                oldest = unread.iterator().next();
            }
        }
        if (oldest != null) {
            oldest.read();
        }
        return value;
    }

    private void remove(PendingValue value) {
        synchronized (unread) {
            unread.remove(value);
        }
    }

    /** Reads all values. */
    @Override
    public void close() {
        List<PendingValue> all;
        synchronized (unread) {
            all = new ArrayList<>(unread);
        }
        all.forEach(PendingValue::read);
    }
}
