package org.segloss4j.backend;

import org.junit.jupiter.api.BeforeAll;
import org.segloss4j.cuda.RealBackends;

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
