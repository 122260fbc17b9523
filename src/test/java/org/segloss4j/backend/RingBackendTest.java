package org.segloss4j.backend;

import org.junit.jupiter.api.Tag;
import org.segloss4j.cuda.HostBackends;

/** The same with predictions that are copied ahead of their use. */
@Tag("slow")
class RingBackendTest extends HostKernelBackendTest {

    private static final LossBackend BACKEND = HostBackends.under("t64b2v4s2r1a2");

    @Override
    LossBackend backend() {
        return BACKEND;
    }
}
