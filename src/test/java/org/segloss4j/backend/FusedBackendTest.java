package org.segloss4j.backend;

import org.junit.jupiter.api.Tag;
import org.segloss4j.cuda.HostBackends;

/** The same with value and gradient from one launch. */
@Tag("slow")
class FusedBackendTest extends HostKernelBackendTest {

    private static final LossBackend BACKEND = HostBackends.under("t64b2v4s2r1f1");

    @Override
    LossBackend backend() {
        return BACKEND;
    }
}
