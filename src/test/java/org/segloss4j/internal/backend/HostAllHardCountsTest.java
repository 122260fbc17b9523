package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.segloss4j.internal.cuda.HostBackends;

/**
 * All batches of the suite, by the few kernels that the host has as they are: the others are computed in their general
 * form, since these batches would take hundreds of them to compile. {@link RealDeviceHardCountsTest} runs fewer of
 * them, each by its own kernel.
 */
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
