package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.segloss4j.internal.cuda.RealBackends;

/** The kernels that count, on a device. */
class RealDeviceCountsTest extends CountsSuite {

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
    }

    @Override
    LossBackend backend() {
        return RealBackends.backend();
    }
}
