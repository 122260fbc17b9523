package org.segloss4j.cuda;

/** A machine with one device. */
record OneDevice(KernelDevice device) implements KernelDevices {

    @Override
    public KernelDevice device(int ordinal) {
        return device;
    }

    @Override
    public int current() {
        return 0;
    }
}
