package org.segloss4j.backend;

import org.junit.jupiter.api.Tag;
import org.segloss4j.cuda.HostBackends;

/** The same with value and gradient from one launch, whose predictions are copied ahead of their use. */
@Tag("slow")
class FusedRingBackendTest extends HostKernelBackendTest {

    private static final LossBackend BACKEND = HostBackends.under("t64b2v4s2r1f1a1");

    @Override
    LossBackend backend() {
        return BACKEND;
    }
}
