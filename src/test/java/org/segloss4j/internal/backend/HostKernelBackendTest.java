package org.segloss4j.internal.backend;

import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cuda.HostBackends;

/** The kernels, executed on the host, in some of their variants; cases are those that these variants can run. */
class HostKernelBackendTest extends ComparedBackendSuite {

    private static final LossBackend BACKEND = HostBackends.some();

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @Override
    LossBackend backend() {
        return BACKEND;
    }

    @Override
    boolean fits(RandomCase random) {
        return canRun(random);
    }

    static boolean canRun(RandomCase random) {
        // In the order of the suite, since both draw.
        Batch batch = random.batch();
        SegmentationLoss loss = random.loss();
        return HostBackends.canRun(probe -> Outcome.of(probe, loss, batch));
    }

    static LongStream seeds() {
        return LongStream.range(0, 250);
    }
}
