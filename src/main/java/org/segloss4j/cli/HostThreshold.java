package org.segloss4j.cli;

import java.io.IOException;
import java.util.Optional;
import org.segloss4j.Backends;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.nd4j.Nd4jMemory;

/**
 * While this is open, arrays of the host go to the GPU from the size on that {@code break-even} has found, unless a
 * setting says otherwise. It only sets {@link Backends#THRESHOLD}; the decision is made where it always is.
 */
final class HostThreshold implements AutoCloseable {

    private final boolean isSet;
    private final String note;

    private HostThreshold(String threshold, String note) {
        this.note = note;
        isSet = threshold != null;
        if (isSet) {
            System.setProperty(Backends.THRESHOLD, threshold);
        }
    }

    /** Looks for a measurement of so many channels. */
    static HostThreshold measured(int channels) {
        boolean isAuto = Backends.selection().setting().equalsIgnoreCase("auto");
        if (!isAuto || System.getProperty(Backends.THRESHOLD) != null || Nd4jMemory.here().onDevices()) {
            return new HostThreshold(null, "");
        }
        Optional<MeasuredThresholds.Measured> found;
        try {
            found = MeasuredThresholds.of(channels);
        } catch (IOException e) {
            return new HostThreshold(null, "; what break-even has kept cannot be read: " + FileFault.words(e));
        }
        if (found.isEmpty()) {
            return new HostThreshold(null, "");
        }
        MeasuredThresholds.Measured it = found.get();
        String what = "break-even (" + MeasuredThresholds.channels(it.channels()) + ")";
        if (it.stale() != null) {
            return new HostThreshold(null, "; " + what + " was run " + it.stale() + ": run it again");
        }
        return it.from().isPresent() ? new HostThreshold(Long.toString(it.from().getAsLong()), ", by " + what)
                : new HostThreshold(null, "; " + what + " found cuda no faster up to " + it.largest() + " logits");
    }

    /** What to say behind the reason of the choice; may be empty. */
    String note() {
        return note;
    }

    @Override
    public void close() {
        if (isSet) {
            System.clearProperty(Backends.THRESHOLD);
        }
    }
}
