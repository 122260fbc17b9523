package org.segloss4j.internal.cuda;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.segloss4j.Need;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.cuda.driver.DeviceFacts;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.driver.Drivers;
import org.segloss4j.internal.cuda.driver.KernelDevice;
import org.segloss4j.internal.cuda.driver.KernelDevices;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** The CUDA backend on a device, for tests of other packages. */
public final class RealBackends {

    private RealBackends() {
    }

    /** Skips the test where there is no device; {@code -Dsegloss4j.test.require=cuda} makes it fail. */
    public static void require() {
        Need.present("cuda", CudaAvailability.cause());
    }

    /** The backend that users get. */
    public static LossBackend backend() {
        return CudaAvailability.backend();
    }

    /** A backend of its own with another launch policy. */
    public static LossBackend backend(LaunchPolicy policy) {
        return new CudaBackend(new CudaDevices(Drivers.open(), CudaAvailability::compilers), policy);
    }

    /** A backend of its own on tensors that lie in the device's memory. */
    public static LossBackend deviceResident() {
        KernelDevice device = new CudaDevices(Drivers.open(), CudaAvailability::compilers).device(0);
        return new DeviceResidentBackend(device, new DevicePlace(0, device.stream(0)));
    }

    /** That backend, or none where there is no device and none is required. */
    public static Stream<LossBackend> ifAvailable() {
        if (CudaAvailability.cause() != null && Need.isRequired("cuda")) {
            throw new AssertionError("cuda is required but missing: " + CudaAvailability.cause());
        }
        return CudaAvailability.cause() == null ? Stream.of(backend()) : Stream.empty();
    }

    /** Compiles what a computation launches under some launch policies, by all cores, into the cache. */
    public static void compile(List<LaunchPolicy> policies, Consumer<LossBackend> computation) {
        Set<KernelVariant> needed = ConcurrentHashMap.newKeySet();
        Driver driver = Drivers.open();
        driver.init();
        DeviceFacts facts = DeviceFacts.of(driver, 0);
        KernelDevices probe = new UnusedMemoryDevice() {
            @Override
            public int multiprocessors() {
                return facts.multiprocessors();
            }

            @Override
            public void launch(KernelVariant variant, LaunchShape shape, ByteBuffer arguments, long stream) {
                needed.add(variant);
            }
        };
        policies.forEach(policy -> computation.accept(new CudaBackend(probe, policy)));
        List<KernelText> texts = needed.stream().map(KernelText::of).toList();
        // As the device will ask for them: machine code where a compiler knows the device, else PTX.
        texts.parallelStream().forEach(text -> CudaAvailability.compilers().load(text, facts.capability(),
                image -> image));
    }
}
