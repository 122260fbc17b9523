package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.segloss4j.internal.cuda.HostBackends;

/** The same in all forms. */
@Tag("slow")
class HostAllHardCountsTest extends HardCountsSuite {

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
