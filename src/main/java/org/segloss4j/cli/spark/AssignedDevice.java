package org.segloss4j.cli.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.spark.resource.ResourceInformation;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Backends;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.nd4j.Nd4jMemory;

/**
 * The GPU of a task: the one that Spark has assigned, else those of CUDA_VISIBLE_DEVICES, else the one of the setting.
 *
 * @param source  who says so, for people; null if nobody does
 * @param ordinal its number for CUDA, or null to leave the choice to CUDA
 */
record AssignedDevice(String source, Integer ordinal) {

    /** The variable by which CUDA hides devices; it numbers those that remain from 0 on. */
    static final String VISIBLE = "CUDA_VISIBLE_DEVICES";
    /** Spark's name for GPUs. */
    private static final String GPU = "gpu";
    /** The device of this process: CUDA is told of one, so that all tasks of an executor have the same. */
    private static final AtomicReference<AssignedDevice> USED = new AtomicReference<>();

    /**
     * Finds the device.
     *
     * @param resources what Spark has assigned to the task
     * @param visible   the value of CUDA_VISIBLE_DEVICES, or null
     * @param setting   the value of the system property, or null
     * @throws UserException if it makes no sense; names the values
     */
    static AssignedDevice of(Map<String, ResourceInformation> resources, String visible, String setting) {
        List<String> listed = visible == null || visible.isBlank() ? List.of()
                : Arrays.stream(visible.split(",")).map(String::strip).toList();
        ResourceInformation gpus = resources.get(GPU);
        if (gpus != null) {
            return ofSpark(Arrays.asList(gpus.addresses()), listed);
        }
        if (setting != null) {
            if (!setting.matches("[0-9]{1,9}")) {
                throw new UserException("-D" + Backends.DEVICE + " is " + setting + ", but must be a number from 0 on");
            }
            return new AssignedDevice((listed.isEmpty() ? "" : VISIBLE + "=" + visible + " and ") + "-D"
                    + Backends.DEVICE + "=" + setting, Integer.valueOf(setting));
        }
        return listed.isEmpty() ? new AssignedDevice(null, null) : new AssignedDevice(VISIBLE + "=" + visible, 0);
    }

    private static AssignedDevice ofSpark(List<String> addresses, List<String> listed) {
        if (addresses.size() != 1) {
            throw new UserException("Spark has assigned the GPUs " + String.join(", ", addresses)
                    + " to one task, but a replica uses one: set spark.task.resource.gpu.amount to 1");
        }
        String address = addresses.get(0);
        String source = "Spark's GPU address " + address;
        if (!listed.isEmpty()) {
            if (!listed.contains(address)) {
                throw new UserException(source + " is not in " + VISIBLE + "=" + String.join(",", listed)
                        + " of the executor, so CUDA would not see it");
            }
            return new AssignedDevice(source + " in " + VISIBLE + "=" + String.join(",", listed),
                    listed.indexOf(address));
        }
        if (!address.matches("[0-9]{1,9}")) {
            throw new UserException(source + " is no number: let the discovery script print numbers as nvidia-smi"
                    + " does, or set " + VISIBLE + " in the executor to a list that holds it");
        }
        return new AssignedDevice(source, Integer.valueOf(address));
    }

    /**
     * Makes it the device of this process.
     *
     * @throws UserException if another one is already
     */
    void use() {
        if (!USED.compareAndSet(null, this) && !USED.get().equals(this)) {
            throw new UserException("this executor has tasks of different GPUs (" + source + " and "
                    + USED.get().source() + "), but one process uses one: give each executor one GPU and one task by"
                    + " spark.executor.resource.gpu.amount=1 and as many spark.task.cpus as spark.executor.cores");
        }
        if (ordinal != null) {
            System.setProperty(Backends.DEVICE, ordinal.toString());
            if (Nd4jMemory.here().onDevices()) {
                Nd4j.getAffinityManager().unsafeSetDevice(ordinal);
            }
        }
    }

    /** What is used and whether it can be, for people. Looks for CUDA only if there is a device to look for. */
    String describe() {
        if (source == null) {
            return "no GPU assigned";
        }
        String cause = CudaAvailability.cause();
        if (cause != null) {
            return source + " is CUDA device " + ordinal + ", which cannot be used: " + cause;
        }
        return source + " is CUDA " + CudaAvailability.report().stream().filter(line ->
                line.startsWith("device " + ordinal + ":") || line.startsWith("arrays of the host go to:"))
                .collect(Collectors.joining("; "));
    }
}
