package org.segloss4j.internal.cuda;

import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.driver.KernelDevices;

/** A machine with one device. */
public record OneDevice(KernelDevice device) implements KernelDevices {

    @Override
    public KernelDevice device(int ordinal) {
        return device;
    }

    @Override
    public int current() {
        return 0;
    }
}
