package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;
import org.segloss4j.internal.cuda.compile.ForeignBinding;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.driver.Drivers;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/** Each call of the driver does the same through JCuda and through java.lang.foreign, where it works and where not. */
class DriverTwinsTest {

    private static final int INVALID_DEVICE = 101;
    private static final int INVALID_CONTEXT = 201;
    private static final int INVALID_IMAGE = 200;
    private static final int NOT_FOUND = 500;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void buildDriver() throws Exception {
        StubDriver.into(folder);
    }

    private static List<String> calls(String binding) {
        return ForkedJvm.run(Caller.class, Map.of("LD_LIBRARY_PATH", folder.toString()),
                "-Dsegloss4j.cuda.binding=" + binding);
    }

    @Test
    void jcudaMakesEveryCall() {
        assertThat(calls("jcuda")).contains("never called: []", "launch = 0", "42 of 42")
                .endsWith("open: 0 contexts, 0 streams, 0 memory, 0 pinned, 0 modules; 1 launches");
    }

    @Test
    void bothDoTheSame() {
        ForeignBinding.require();
        assertThat(calls("foreign")).isEqualTo(calls("jcuda"));
    }

    /** Calls everything; prints results, but no addresses. */
    static final class Caller {

        private final TreeSet<String> called = new TreeSet<>();
        private final Driver driver;

        private Caller(Driver opened) {
            driver = (Driver) Proxy.newProxyInstance(Driver.class.getClassLoader(), new Class<?>[] {Driver.class},
                    (proxy, method, arguments) -> {
                        called.add(method.getName());
                        Object result = method.invoke(opened, arguments);
                        System.out.println(method.getName() + " = " + result);
                        return result;
                    });
        }

        public static void main(String[] args) {
            Caller caller = new Caller(Drivers.open());
            caller.facts();
            caller.work();
            TreeSet<String> all = new TreeSet<>();
            Arrays.stream(Driver.class.getMethods()).filter(method -> !Modifier.isStatic(method.getModifiers()))
                    .map(Method::getName).forEach(all::add);
            all.removeAll(caller.called);
            System.out.println("never called: " + all);
        }

        private void facts() {
            int[] number = {-7};
            long[] large = {-7};
            byte[] name = new byte[8];
            driver.init();
            for (int result : new int[] {2, INVALID_DEVICE, 719}) {
                driver.errorName(result);
            }
            driver.version(number);
            System.out.println(number[0]);
            driver.deviceCount(number);
            System.out.println(number[0]);
            for (int device : new int[] {0, 1, -1}) {
                driver.deviceName(device, name);
                driver.deviceMemory(device, large);
                driver.deviceAttribute(device, Driver.MULTIPROCESSORS, number);
                System.out.println(new String(name, StandardCharsets.US_ASCII).trim() + ", " + large[0] + ", "
                        + number[0]);
            }
            check(driver.deviceMemory(1, large), INVALID_DEVICE);
            check(driver.retainPrimaryContext(1, large), INVALID_DEVICE);
            check(driver.releasePrimaryContext(1), INVALID_DEVICE);
        }

        private void work() {
            int[] device = {-7};
            long[] context = {-7};
            long[] current = {-7};
            driver.currentContext(current);
            System.out.println("none is current: " + current[0]);
            check(driver.currentDevice(device), INVALID_CONTEXT);
            System.out.println(device[0]);
            check(driver.setCurrentContext(12345), INVALID_CONTEXT);
            driver.retainPrimaryContext(0, context);
            driver.setCurrentContext(context[0]);
            driver.currentContext(current);
            driver.currentDevice(device);
            System.out.println((context[0] == current[0]) + ", " + device[0]);
            long[] stream = new long[1];
            long[] memory = new long[1];
            long[] pinned = new long[1];
            ByteBuffer[] buffer = new ByteBuffer[1];
            driver.createStream(stream);
            driver.allocate(64, memory);
            driver.allocatePinned(64, pinned, buffer);
            System.out.println(buffer[0].capacity() + " " + buffer[0].order() + " "
                    + (Driver.addressOf(buffer[0]) == pinned[0]));
            copy(stream[0], memory[0], pinned[0], buffer[0]);
            launch(stream[0], memory[0], pinned[0], buffer[0]);
            driver.freePinned(pinned[0]);
            driver.free(memory[0]);
            driver.destroyStream(stream[0]);
            driver.setCurrentContext(0);
            driver.releasePrimaryContext(0);
        }

        /** There and back, and zeros over the second half of what is there. */
        private void copy(long stream, long memory, long pinned, ByteBuffer buffer) {
            for (int k = 0; k < 64; k++) {
                buffer.put(k, (byte) (k + 1));
            }
            driver.copyIn(memory, pinned, 64, stream);
            driver.clear(memory + 32, 32, stream);
            driver.copyOut(pinned, memory, 48, stream);
            driver.synchronizeStream(stream);
            System.out.println(buffer.get(31) + " " + buffer.get(32) + " " + buffer.get(47) + " " + buffer.get(48));
            driver.synchronizeStream(0);
        }

        private void launch(long stream, long memory, long pinned, ByteBuffer buffer) {
            long[] module = {-7};
            long[] function = {-7};
            check(driver.loadModule("nothing that the driver knows\0".getBytes(StandardCharsets.US_ASCII), module),
                    INVALID_IMAGE);
            driver.loadModule(".target sm_80\0".getBytes(StandardCharsets.US_ASCII), module);
            check(driver.function(module[0], "missing", function), NOT_FOUND);
            driver.function(module[0], "seg_probe", function);
            ByteBuffer arguments = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
            arguments.putLong(0, memory).putInt(8, 41);
            driver.launch(function[0], new LaunchShape(1, 1, 0), stream, arguments);
            driver.launch(function[0], new LaunchShape(1, 2, 0), stream, arguments);
            driver.launch(function[0], new LaunchShape(1, 1, 16), stream, arguments);
            driver.copyOut(pinned, memory, Integer.BYTES, stream);
            System.out.println(buffer.getInt(0) + " of 42");
            driver.unloadModule(module[0]);
        }

        /** What is expected of both. */
        private static void check(int result, int expected) {
            if (result != expected) {
                throw new AssertionError(result + " where " + expected + " was expected");
            }
        }
    }
}
