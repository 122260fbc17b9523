package org.segloss4j.internal.nd4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.jita.allocator.impl.AtomicAllocator;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.jcublas.context.CudaContext;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.Storage;

/**
 * The arrays of nd4j-cuda, each of which has memory on a device, on the host, or both, of which one may be out of date.
 * The one class that calls nd4j-cuda, which most users do not have: {@link Nd4jMemory} loads it by name.
 */
final class CudaArrayMemory implements ArrayMemory {

    private final ViewOffset.Once onDevice =
            new ViewOffset.Once(array -> new OnDevice().given(array), "address on the device");
    private final ViewOffset.Once onHost =
            new ViewOffset.Once(array -> new OnHost().given(array), "address on the host");

    CudaArrayMemory() {
        // Fails here, and not amid a computation, if nd4j-cuda has changed.
        AtomicAllocator.getInstance().getFlowController();
    }

    @Override
    public boolean onDevices() {
        return true;
    }

    @Override
    public ArrayAccess access(boolean onDevice) {
        return onDevice ? new OnDevice() : new OnHost();
    }

    private static long address(Pointer pointer, INDArray array, String where) {
        if (pointer == null) {
            throw new IllegalStateException("ND4J has no memory on the " + where + " for the array "
                    + Arrays.toString(array.shape()));
        }
        return pointer.address();
    }

    /** On the device of the thread, to which ND4J brings what is elsewhere or newer on the host. */
    private final class OnDevice implements ArrayAccess {

        private final AtomicAllocator allocator = AtomicAllocator.getInstance();
        private final List<INDArray> read = new ArrayList<>();
        private final List<INDArray> toWrite = new ArrayList<>();
        private DevicePlace place;

        @Override
        public Storage reading(INDArray array) {
            read.add(array);
            return storage(array);
        }

        @Override
        public Storage writing(INDArray array) {
            toWrite.add(array);
            return storage(array);
        }

        private Storage storage(INDArray array) {
            long address = onDevice.firstElement(given(array), array);
            return Storage.onDevice(place, address, HostArrayMemory.bytes(array), array);
        }

        /** The address that ND4J gives. */
        private long given(INDArray array) {
            // Also before writing: a view may be surrounded by numbers that are newer on the host. Only asked for where
            // it is needed, since it takes memory of the host.
            if (!allocator.getAllocationPoint(array).isActualOnDeviceSide()) {
                Nd4j.getAffinityManager().ensureLocation(array, Location.DEVICE);
            }
            // Prepared as a result whether it is read or written: for an operand, memory of the host would be taken,
            // too.
            CudaContext context = allocator.getFlowController().prepareAction(array);
            if (place == null) {
                // The old stream would be the address of the handle, not the handle.
                place = new DevicePlace(allocator.getDeviceId(), context.getCublasStream().address());
            }
            return address(allocator.getPointer(array, context), array, "device");
        }

        @Override
        public void written() {
            INDArray[] operands = read.toArray(INDArray[]::new);
            toWrite.forEach(array -> allocator.registerAction(allocator.getDeviceContext(), array, operands));
            toWrite.clear();
        }
    }

    /** On the host, for backends that run there. */
    private final class OnHost implements ArrayAccess {

        private final AffinityManager affinity = Nd4j.getAffinityManager();
        private final List<INDArray> toWrite = new ArrayList<>();

        @Override
        public Storage reading(INDArray array) {
            return HostArrayMemory.storage(array, onHost.firstElement(given(array), array));
        }

        private long given(INDArray array) {
            affinity.ensureLocation(array, Location.HOST);
            return address(AtomicAllocator.getInstance().getHostPointer(array), array, "host");
        }

        @Override
        public Storage writing(INDArray array) {
            toWrite.add(array);
            return reading(array);
        }

        @Override
        public void written() {
            toWrite.forEach(array -> affinity.tagLocation(array, Location.HOST));
            toWrite.clear();
        }
    }
}
