package org.segloss4j.internal.cuda;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import jcuda.driver.CUresult;
import org.segloss4j.internal.cuda.driver.Driver;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/**
 * A driver that does nothing but keep accounts, and whose calls fail where a test says so. What comes back from its
 * memory is 0.
 */
public final class FakeDriver implements Driver {

    /** What is open: streams, memory, modules, contexts; by name. */
    public final Set<String> open = ConcurrentHashMap.newKeySet();
    /** What was done, call by call. */
    public final List<String> calls = new ArrayList<>();
    /** Kernels that were looked for in modules. */
    public final List<String> functions = new ArrayList<>();
    /** Bytes of the struct of the last launch. */
    public byte[] arguments;
    /** Bytes of device memory that were allocated. */
    public long allocated;
    /** Devices there are. */
    public int devices = 1;

    private final Map<String, Deque<Integer>> faults = new HashMap<>();
    private final List<ByteBuffer> pinned = new ArrayList<>();
    private final AtomicLong handles = new AtomicLong(0x1000);
    private final ThreadLocal<Long> current = ThreadLocal.withInitial(() -> 0L);

    /** From now on the call gives these results, one after the other, and then works again. */
    public FakeDriver failing(String call, Integer... results) {
        faults.put(call, new ArrayDeque<>(List.of(results)));
        return this;
    }

    private synchronized int result(String call) {
        calls.add(call);
        Deque<Integer> results = faults.get(call);
        return results == null || results.isEmpty() ? SUCCESS : results.poll();
    }

    private int open(String call, String kind, long[] handle) {
        int result = result(call);
        if (result == SUCCESS) {
            handle[0] = handles.addAndGet(0x100);
            open.add(kind + " " + handle[0]);
        }
        return result;
    }

    private int close(String call, String kind, long handle) {
        int result = result(call);
        if (!open.remove(kind + " " + handle)) {
            throw new AssertionError(kind + " " + handle + " is not open");
        }
        return result;
    }

    private int inContext(String call) {
        if (current.get() == 0) {
            throw new AssertionError(call + " without a context");
        }
        return result(call);
    }

    @Override
    public String errorName(int result) {
        return CUresult.stringFor(result);
    }

    @Override
    public int init() {
        return result("init");
    }

    @Override
    public int version(int[] version) {
        version[0] = 12060;
        return result("version");
    }

    @Override
    public int deviceCount(int[] count) {
        count[0] = devices;
        return result("deviceCount");
    }

    @Override
    public int deviceName(int device, byte[] name) {
        byte[] text = ("Fake " + device).getBytes();
        System.arraycopy(text, 0, name, 0, text.length);
        return result("deviceName");
    }

    @Override
    public int deviceMemory(int device, long[] bytes) {
        bytes[0] = 3L << 29;
        return result("deviceMemory");
    }

    @Override
    public int deviceAttribute(int device, int attribute, int[] value) {
        value[0] = switch (attribute) {
            case CAPABILITY_MAJOR -> 8;
            case CAPABILITY_MINOR -> 6;
            default -> 84;
        };
        return result("deviceAttribute");
    }

    @Override
    public int retainPrimaryContext(int device, long[] context) {
        context[0] = 0xc0 + device;
        open.add("context " + device);
        return result("retainPrimaryContext");
    }

    @Override
    public int releasePrimaryContext(int device) {
        return close("releasePrimaryContext", "context", device);
    }

    @Override
    public int currentContext(long[] context) {
        context[0] = current.get();
        return result("currentContext");
    }

    @Override
    public int currentDevice(int[] device) {
        device[0] = (int) (current.get() - 0xc0);
        return current.get() == 0 ? 201 : SUCCESS;
    }

    @Override
    public int setCurrentContext(long context) {
        current.set(context);
        return result("setCurrentContext");
    }

    @Override
    public int createStream(long[] stream) {
        return open("createStream", "stream", stream);
    }

    @Override
    public int destroyStream(long stream) {
        return close("destroyStream", "stream", stream);
    }

    @Override
    public int synchronizeStream(long stream) {
        return inContext("synchronizeStream");
    }

    @Override
    public int allocate(long bytes, long[] address) {
        allocated += bytes;
        return open("allocate", "memory", address);
    }

    @Override
    public int free(long address) {
        return close("free", "memory", address);
    }

    @Override
    public int allocatePinned(int bytes, long[] address, ByteBuffer[] buffer) {
        buffer[0] = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        pinned.add(buffer[0]);
        return open("allocatePinned", "pinned", address);
    }

    @Override
    public int freePinned(long address) {
        return close("freePinned", "pinned", address);
    }

    @Override
    public int copyIn(long deviceAddress, long hostAddress, long bytes, long stream) {
        return inContext("copyIn");
    }

    @Override
    public int copyOut(long hostAddress, long deviceAddress, long bytes, long stream) {
        for (ByteBuffer buffer : pinned) {
            long at = hostAddress - Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
            if (at >= 0 && at + bytes <= buffer.capacity()) {
                buffer.put((int) at, new byte[(int) bytes]);
            }
        }
        return inContext("copyOut");
    }

    @Override
    public int clear(long deviceAddress, long bytes, long stream) {
        return inContext("clear");
    }

    @Override
    public int loadModule(byte[] image, long[] module) {
        return open("loadModule", "module", module);
    }

    @Override
    public int unloadModule(long module) {
        return close("unloadModule", "module", module);
    }

    @Override
    public int function(long module, String symbol, long[] function) {
        function[0] = module + 1;
        functions.add(symbol);
        return inContext("function");
    }

    @Override
    public int launch(long function, LaunchShape shape, long stream, ByteBuffer given) {
        arguments = new byte[given.limit()];
        given.get(0, arguments);
        return inContext("launch");
    }
}
