package org.segloss4j.internal.cuda.driver;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What the driver says about a device.
 *
 * @param ordinal         its number
 * @param name            as the driver calls it
 * @param capability      compute capability, 90 for 9.0
 * @param memory          bytes
 * @param multiprocessors their number
 */
public record DeviceFacts(int ordinal, String name, int capability, long memory, int multiprocessors) {

    /**
     * Asks the driver.
     *
     * @throws CudaException if a query fails
     */
    public static DeviceFacts of(Driver driver, int ordinal) {
        byte[] name = new byte[256];
        check(driver, driver.deviceName(ordinal, name), "cuDeviceGetName", ordinal);
        long[] memory = new long[1];
        check(driver, driver.deviceMemory(ordinal, memory), "cuDeviceTotalMem", ordinal);
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new DeviceFacts(ordinal, new String(name, 0, length, StandardCharsets.UTF_8),
                10 * attribute(driver, ordinal, Driver.CAPABILITY_MAJOR)
                        + attribute(driver, ordinal, Driver.CAPABILITY_MINOR),
                memory[0], attribute(driver, ordinal, Driver.MULTIPROCESSORS));
    }

    private static int attribute(Driver driver, int ordinal, int attribute) {
        int[] value = new int[1];
        check(driver, driver.deviceAttribute(ordinal, attribute, value), "cuDeviceGetAttribute " + attribute, ordinal);
        return value[0];
    }

    private static void check(Driver driver, int result, String call, int ordinal) {
        if (result != Driver.SUCCESS) {
            throw new CudaException(call + " of device " + ordinal + ": " + driver.errorName(result));
        }
    }

    /** For people. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s, compute capability %d.%d, %.1f GiB, %d multiprocessors", name,
                capability / 10, capability % 10, memory / (double) (1L << 30), multiprocessors);
    }
}
