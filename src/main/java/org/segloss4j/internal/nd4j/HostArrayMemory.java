package org.segloss4j.internal.nd4j;

import java.nio.ByteBuffer;
import java.util.function.ToLongFunction;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.Storage;

/** Arrays that are the host's: they need no preparation. */
final class HostArrayMemory implements ArrayMemory, ArrayAccess {

    static final HostArrayMemory INSTANCE = new HostArrayMemory(array -> array.data().address());

    private final ViewOffset.Once address;

    /** Tests pretend another version of ND4J. */
    HostArrayMemory(ToLongFunction<INDArray> address) {
        this.address = new ViewOffset.Once(address, "address");
    }

    @Override
    public boolean onDevices() {
        return false;
    }

    @Override
    public ArrayAccess access(boolean onDevice) {
        return this;
    }

    @Override
    public Storage reading(INDArray array) {
        return storage(array, address.firstElement(array));
    }

    @Override
    public Storage writing(INDArray array) {
        return reading(array);
    }

    @Override
    public void written() {
        // There is no other copy.
    }

    /** The host's memory of an array whose first element is at an address. */
    static Storage storage(INDArray array, long address) {
        return Storage.at(address, bytes(array), HostArrayMemory::buffer, array);
    }

    /** Bytes from an array's first element to its last. */
    static long bytes(INDArray array) {
        long elements = 1;
        for (int axis = 0; axis < array.rank(); axis++) {
            elements += (array.size(axis) - 1) * array.stride(axis);
        }
        return elements * array.dataType().width();
    }

    private static ByteBuffer buffer(long address, int length) {
        try (Address at = new Address(address); BytePointer pointer = new BytePointer(at)) {
            return pointer.capacity(length).asByteBuffer();
        }
    }

    /** A bare address; JavaCPP only lets subclasses set it. Owns nothing, frees nothing. */
    private static final class Address extends Pointer {
        Address(long address) {
            super((Pointer) null);
            this.address = address;
        }
    }
}
