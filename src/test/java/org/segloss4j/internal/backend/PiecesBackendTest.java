package org.segloss4j.internal.backend;

import java.util.stream.LongStream;
import org.segloss4j.internal.cuda.HostBackends;

/** As {@link HostKernelBackendTest}, with batches that are brought to the device in pieces. */
class PiecesBackendTest extends HostKernelBackendTest {

    private static final LossBackend BACKEND = HostBackends.inPieces();

    @Override
    LossBackend backend() {
        return BACKEND;
    }

    static LongStream seeds() {
        return HostKernelBackendTest.seeds().limit(120);
    }
}
