package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.segloss4j.internal.cuda.RealBackends;

/** The kernels that count by the way, on a device. */
class RealDeviceHardCountsTest extends FewHardCountsSuite {

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
    }

    @Override
    LossBackend backend() {
        return RealBackends.backend();
    }
}
