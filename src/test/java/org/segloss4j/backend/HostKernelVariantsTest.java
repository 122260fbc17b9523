package org.segloss4j.backend;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.segloss4j.cuda.HostBackends;

/** The kernels, executed on the host, each in the variant that a GPU would run. Slow, since each is compiled. */
@Tag("exhaustive")
class HostKernelVariantsTest extends LossBackendSuite {

    private static final LossBackend BACKEND = HostBackends.all();

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @Override
    LossBackend backend() {
        return BACKEND;
    }
}
