package org.segloss4j.internal.cuda.driver;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.segloss4j.internal.cuda.compile.CompileLadder;

/** The devices of the driver, each opened when it is first asked for. Safe for use by several threads. */
public final class CudaDevices implements KernelDevices, AutoCloseable {

    /** The system property with the number of the device that serves threads without a current device. */
    public static final String PROPERTY = "segloss4j.cuda.device";

    /**
     * The system property with the number of this process among those of the machine that share its devices: they take
     * them in turn, unless the device is set.
     */
    public static final String PROCESS = "segloss4j.cuda.process";

    private final Driver driver;
    private final Supplier<CompileLadder> ladder;
    private final int version;
    private final int count;
    private final int preferred;
    private final Map<Integer, CudaDevice> open = new TreeMap<>();

    /**
     * Initialises the driver.
     *
     * @param ladder asked for the compilers when there is a device to compile for
     * @throws CudaException if initialisation fails, or there is no device, or not the one that the setting names
     */
    public CudaDevices(Driver driver, Supplier<CompileLadder> ladder) {
        this.driver = driver;
        this.ladder = ladder;
        check(driver.init(), "cuInit");
        int[] value = new int[1];
        check(driver.version(value), "cuDriverGetVersion");
        this.version = value[0];
        check(driver.deviceCount(value), "cuDeviceGetCount");
        this.count = value[0];
        if (count == 0) {
            throw new CudaException("the driver has no device");
        }
        this.preferred = preferred(System.getProperty(PROPERTY,
                Integer.toString(Math.floorMod(Integer.getInteger(PROCESS, 0), count))), count);
    }

    private static int preferred(String setting, int count) {
        if (!setting.matches("[0-9]{1,9}") || Integer.parseInt(setting) >= count) {
            throw new CudaException("-D" + PROPERTY + " is " + setting + ", but must be "
                    + (count == 1 ? "0, as there is one device" : "from 0 to " + (count - 1)));
        }
        return Integer.parseInt(setting);
    }

    private void check(int result, String call) {
        if (result != Driver.SUCCESS) {
            throw new CudaException(call + ": " + driver.errorName(result));
        }
    }

    /** Number of devices. */
    public int count() {
        return count;
    }

    /**
     * A device, which stays open until this is closed.
     *
     * @throws IllegalArgumentException if there is none of that number
     * @throws CudaException            if the driver refuses it
     */
    @Override
    public synchronized CudaDevice device(int ordinal) {
        if (ordinal < 0 || ordinal >= count) {
            throw new IllegalArgumentException("there is no CUDA device " + ordinal + ", only " + count);
        }
        return open.computeIfAbsent(ordinal, number -> new CudaDevice(driver, number, ladder.get()));
    }

    /** The device of the thread's current context, as ND4J's threads have one, else that of the setting, else 0. */
    @Override
    public int current() {
        int[] ordinal = new int[1];
        return driver.currentDevice(ordinal) == Driver.SUCCESS ? ordinal[0] : preferred;
    }

    /** The device of this thread, and by what. */
    public String currentWithReason() {
        return "device " + current() + (System.getProperty(PROPERTY) != null ? ", by -D" + PROPERTY
                : System.getProperty(PROCESS) != null ? ", of " + count + " in turn" : "");
    }

    /** The driver, one line per device, and which of several serves the arrays of the host. */
    public List<String> report() {
        List<String> lines = new ArrayList<>();
        lines.add("driver: for CUDA " + version / 1000 + "." + version % 1000 / 10);
        for (int k = 0; k < count; k++) {
            lines.add("device " + k + ": " + DeviceFacts.of(driver, k));
        }
        if (count > 1 || System.getProperty(PROPERTY) != null) {
            lines.add("arrays of the host go to: " + currentWithReason());
        }
        return lines;
    }

    @Override
    public synchronized void close() {
        CudaException first = null;
        for (CudaDevice device : open.values()) {
            try {
                device.close();
            } catch (CudaException e) {
                first = first == null ? e : first;
            }
        }
        open.clear();
        if (first != null) {
            throw first;
        }
    }
}
