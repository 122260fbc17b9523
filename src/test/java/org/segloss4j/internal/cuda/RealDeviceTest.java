package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.driver.CudaDevice;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.driver.Drivers;
import org.segloss4j.internal.cuda.driver.Probe;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** On every device that there is. */
class RealDeviceTest {

    private static final int INVALID_VALUE = 1;
    private static final int OUT_OF_MEMORY = 2;

    private static CudaDevices devices;
    private static Driver driver;

    @BeforeAll
    static void open() {
        RealBackends.require();
        driver = Drivers.open();
        devices = new CudaDevices(driver, CompileLadder::standard);
    }

    @AfterAll
    static void close() {
        if (devices != null) {
            devices.close();
        }
    }

    private static List<CudaDevice> all() {
        return IntStream.range(0, devices.count()).mapToObj(devices::device).toList();
    }

    @Test
    void probeRuns() {
        all().forEach(device -> System.out.println(device.description() + ": " + Probe.run(device)));
    }

    @Test
    void threadsShareADevice() {
        for (CudaDevice device : all()) {
            assertThat(IntStream.range(0, 64).parallel().mapToObj(k -> Probe.run(device)).distinct()).isNotEmpty();
        }
    }

    @Test
    void copiesGoThereAndBack() {
        for (CudaDevice device : all()) {
            ByteBuffer host = device.allocatePinned(1 << 20);
            long memory = device.allocate(1 << 20);
            for (int k = 0; k < 1 << 18; k++) {
                host.putInt(4 * k, 7 * k);
            }
            long stream = device.stream(0);
            device.copyIn(memory, device.pinnedAddress(host), 1 << 20, stream);
            device.clear(memory + 400, 400, stream);
            device.synchronize(stream);
            host.putInt(0, -1);
            device.copyOut(device.pinnedAddress(host), memory, 1 << 20, stream);
            device.synchronize(stream);
            for (int k = 0; k < 1 << 18; k++) {
                int expected = k >= 100 && k < 200 ? 0 : 7 * k;
                if (host.getInt(4 * k) != expected) {
                    assertThat(host.getInt(4 * k)).as("word " + k).isEqualTo(expected);
                }
            }
            device.freePinned(host);
            device.free(memory);
        }
    }

    @Test
    void errorsNameWhatHappened() {
        for (CudaDevice device : all()) {
            assertThatThrownBy(() -> device.allocate(1L << 50)).isInstanceOf(CudaException.class)
                    .hasMessageStartingWith("cuMemAlloc of " + (1L << 50) + " bytes on device ")
                    .hasMessageEndingWith(" (" + device.description() + "): " + driver.errorName(OUT_OF_MEMORY));
            ByteBuffer arguments = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
            assertThatThrownBy(() -> device.launch(Probe.KERNEL, new LaunchShape(1, 4096, 0), arguments,
                    device.stream(0))).isInstanceOf(CudaException.class)
                    .hasMessageContaining("cuLaunchKernel seg_probe, grid 1, block 4096, 0 bytes of shared memory")
                    .hasMessageEndingWith(": " + driver.errorName(INVALID_VALUE));
        }
    }
}
