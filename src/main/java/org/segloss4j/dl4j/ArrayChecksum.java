package org.segloss4j.dl4j;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.nd4j.Nd4jMemory;

/** A checksum of the bits of arrays. */
final class ArrayChecksum {

    private static final int CHUNK = 1 << 20;

    private ArrayChecksum() {
    }

    /** CRC-32C of an array's bytes in native order; of null, 0. */
    static int of(INDArray array) {
        if (array == null || array.isEmpty()) {
            return 0;
        }
        Storage storage = Nd4jMemory.here().access(false).reading(array);
        CRC32C sum = new CRC32C();
        for (long at = 0; at < storage.bytes(); at += CHUNK) {
            ByteBuffer window = storage.window(at).duplicate();
            int begin = Storage.indexInWindow(at);
            sum.update(window.limit(begin + (int) Math.min(CHUNK, storage.bytes() - at)).position(begin));
        }
        Reference.reachabilityFence(array);
        return (int) sum.getValue();
    }
}
