package org.nd4j.jita.allocator.impl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.jita.flow.FlowController;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.jcublas.context.CudaContext;

/**
 * Keeps the second copies of buffers, knows which are out of date, and notes what is asked of it. The system property
 * views says which addresses it gives for views: those of their first elements (included), those of the arrays of which
 * they are parts (left-out), or nonsense.
 */
public class AtomicAllocator {

    private static final AtomicAllocator INSTANCE = new AtomicAllocator();
    private static final CudaContext CONTEXT = new CudaContext();

    private final Map<Long, AllocationPoint> points = new HashMap<>();
    private final List<String> log = new ArrayList<>();

    public static AtomicAllocator getInstance() {
        return INSTANCE;
    }

    public FlowController getFlowController() {
        return (result, operands) -> {
            for (INDArray operand : operands) {
                note("host memory for " + shape(operand));
                toDevice(operand);
            }
            return CONTEXT;
        };
    }

    public CudaContext getDeviceContext() {
        return CONTEXT;
    }

    public Integer getDeviceId() {
        return 0;
    }

    public AllocationPoint getAllocationPoint(INDArray array) {
        DataBuffer whole = whole(array);
        return points.computeIfAbsent(whole.address(),
                address -> new AllocationPoint(address, whole.length() * whole.getElementSize()));
    }

    public Pointer getPointer(INDArray array, CudaContext context) {
        AllocationPoint point = getAllocationPoint(array);
        if (!point.deviceActual) {
            throw new UnsupportedOperationException("Pew-pew");
        }
        return at(point.device.address() + address(array) - point.host);
    }

    public Pointer getHostPointer(INDArray array) {
        toHost(array);
        return at(address(array));
    }

    public void registerAction(CudaContext context, INDArray result, INDArray... operands) {
        if (result != null) {
            note("device wrote " + shape(result) + ", read " + Arrays.toString(
                    Arrays.stream(operands).map(AtomicAllocator::shape).toArray()));
            AllocationPoint point = getAllocationPoint(result);
            point.deviceActual = true;
            point.hostActual = false;
        }
    }

    public void toDevice(INDArray array) {
        AllocationPoint point = getAllocationPoint(array);
        if (!point.deviceActual) {
            note("to the device " + shape(array));
            point.device.position(0).put(bytes(point.host, point.device.capacity()));
            point.deviceActual = true;
        }
    }

    public void toHost(INDArray array) {
        AllocationPoint point = getAllocationPoint(array);
        if (!point.hostActual) {
            note("to the host " + shape(array));
            bytes(point.host, point.device.capacity()).put(point.device);
            point.hostActual = true;
        }
    }

    public void hostWritten(INDArray array) {
        note("host wrote " + shape(array));
        AllocationPoint point = getAllocationPoint(array);
        point.hostActual = true;
        point.deviceActual = false;
    }

    /** As if an operation had made the array on the device: the host holds rubbish. */
    public void onDeviceOnly(INDArray array) {
        toDevice(array);
        AllocationPoint point = getAllocationPoint(array);
        bytes(point.host, point.device.capacity()).fill(0x55);
        point.hostActual = false;
    }

    /** As if the array were new: nothing is out of date. */
    public void fresh(INDArray array) {
        getAllocationPoint(array).deviceActual = true;
        getAllocationPoint(array).hostActual = false;
    }

    /** What was asked since the last time. */
    public String noted() {
        String all = String.join("; ", log);
        log.clear();
        return all;
    }

    private void note(String what) {
        log.add(what);
    }

    private static DataBuffer whole(INDArray array) {
        DataBuffer buffer = array.data();
        return buffer.originalDataBuffer() == null ? buffer : buffer.originalDataBuffer();
    }

    private static long address(INDArray array) {
        long offset = array.offset() * array.dataType().width();
        return array.data().address() + switch (System.getProperty("views", "included")) {
            case "included" -> offset;
            case "left-out" -> 0;
            default -> 2 * offset;
        };
    }

    private static String shape(INDArray array) {
        return Arrays.toString(array.shape());
    }

    private static BytePointer bytes(long address, long count) {
        return new BytePointer(at(address)).capacity(count);
    }

    private static Pointer at(long at) {
        return new Pointer((Pointer) null) {
            {
                address = at;
            }
        };
    }
}
