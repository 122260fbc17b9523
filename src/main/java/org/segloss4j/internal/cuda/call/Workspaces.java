package org.segloss4j.internal.cuda.call;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** The workspaces of all devices: each call leases what it needs, and nobody else uses it meanwhile. */
public final class Workspaces implements AutoCloseable {

    private final Map<Integer, Queue<Workspace>> free = new ConcurrentHashMap<>();
    private final LongAdder staged = new LongAdder();

    /** Bytes of tensors that were copied between host and device so far. */
    public long stagedBytes() {
        return staged.sum();
    }

    /** A workspace on the device of a place, kept from an earlier call if there is one. */
    public Lease lease(CallPlace place) {
        Queue<Workspace> ofDevice = free.computeIfAbsent(place.ordinal(), device -> new ConcurrentLinkedQueue<>());
        Workspace kept = ofDevice.poll();
        return new Lease(place, ofDevice, kept != null ? kept : new Workspace(place.device(), staged));
    }

    /** A workspace for the duration of a call. */
    public static final class Lease implements AutoCloseable {

        final CallPlace place;
        final Workspace workspace;
        private final Queue<Workspace> free;
        private boolean kept;
        private boolean isMoved;

        private Lease(CallPlace place, Queue<Workspace> free, Workspace workspace) {
            this.place = place;
            this.free = free;
            this.workspace = workspace;
        }

        /** Says that the call succeeded, so that a later one may use the workspace. Returns its argument. */
        public <T> T keep(T result) {
            kept = true;
            return result;
        }

        /** The same lease for somebody who closes it later; this one is over. */
        public Lease moved() {
            isMoved = true;
            return new Lease(place, free, workspace);
        }

        /** After a failure, waits until no work in flight uses the memory. */
        void settle() {
            if (!kept) {
                place.device().synchronize(place.stream());
            }
        }

        /** Returns the workspace. After a failure it is freed instead, once no work in flight uses its memory. */
        @Override
        public void close() {
            if (isMoved) {
                return;
            }
            if (kept) {
                free.add(workspace);
                return;
            }
            try {
                settle();
            } finally {
                workspace.close();
            }
        }
    }

    /** Frees all workspaces that no call uses. */
    @Override
    public void close() {
        for (Queue<Workspace> ofDevice : free.values()) {
            for (Workspace workspace = ofDevice.poll(); workspace != null; workspace = ofDevice.poll()) {
                workspace.close();
            }
        }
    }
}
