package org.segloss4j.internal.cuda.call;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.driver.KernelDevices;

/**
 * Where a call runs. If any tensor is in device memory, it runs on that device and on the stream of that tensor; if all
 * are in host memory, on the current device of the thread and on a stream that only this thread uses.
 *
 * @param device  the device
 * @param ordinal its number
 * @param stream  the stream
 */
public record CallPlace(KernelDevice device, int ordinal, long stream) {

    /**
     * Finds the place. If tensors have different streams, it synchronises with all but the first.
     *
     * @param gradient what is written, or null
     * @throws IllegalArgumentException if tensors lie on several devices; names both
     */
    public static CallPlace of(KernelDevices devices, Batch batch, Tensor gradient) {
        Map<String, Tensor> there = new LinkedHashMap<>();
        put(there, "predictions", batch.predictions());
        put(there, "labels", batch.labels().tensor());
        put(there, "mask", batch.mask());
        put(there, "gradient", gradient);
        if (there.isEmpty()) {
            int current = devices.current();
            KernelDevice device = devices.device(current);
            return new CallPlace(device, current, device.stream(0));
        }
        String firstName = there.keySet().iterator().next();
        DevicePlace first = there.get(firstName).storage().place();
        Set<Long> streams = new LinkedHashSet<>();
        there.forEach((name, tensor) -> {
            DevicePlace place = tensor.storage().place();
            if (place.device() != first.device()) {
                throw new IllegalArgumentException(name + " " + tensor + " on CUDA device " + place.device() + ", but "
                        + firstName + " " + there.get(firstName) + " on device " + first.device());
            }
            streams.add(place.stream());
        });
        KernelDevice device = devices.device(first.device());
        streams.remove(first.stream());
        streams.forEach(device::synchronize);
        return new CallPlace(device, first.device(), first.stream());
    }

    /** The same device, but with one of the streams that only this thread uses. */
    public CallPlace onStream(int number) {
        return new CallPlace(device, ordinal, device.stream(number));
    }

    private static void put(Map<String, Tensor> there, String name, Tensor tensor) {
        if (tensor != null && tensor.storage().place() != null) {
            there.put(name, tensor);
        }
    }
}
