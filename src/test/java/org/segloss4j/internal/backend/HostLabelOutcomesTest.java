package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.segloss4j.internal.cuda.HostBackends;

/** The kernels that count outcomes, executed on the host. */
class HostLabelOutcomesTest extends LabelOutcomesSuite {

    private static final LossBackend BACKEND = HostBackends.some();

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @Override
    LossBackend backend() {
        return BACKEND;
    }
}
