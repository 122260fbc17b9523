package org.segloss4j.cli;

import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.segloss4j.data.ImageSize;

/** How many threads ND4J's operations use, which no setting of its own chooses by the size of the work. */
final class NetworkThreads {

    /** Pixels of a batch below which ND4J's threads wait for each other longer than they work: about 3 times slower. */
    private static final long SMALL = 1 << 16;

    private NetworkThreads() {
    }

    /** Keeps small batches to one thread, unless the user has said otherwise to OpenMP. */
    static void suit(ImageSize size, int batch) {
        if (System.getenv("OMP_NUM_THREADS") == null && size.pixels() * batch < SMALL) {
            // This loads a backend, without which the holder is empty.
            Nd4j.factory().blas().setMaxThreads(1);
            NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
        }
    }
}
