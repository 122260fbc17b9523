package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.segloss4j.internal.cuda.RealBackends;

/** The kernels of the one sweep, on a device. */
class RealDeviceOneSweepTest extends OneSweepSuite {

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
    }

    @Override
    LossBackend backend() {
        return RealBackends.backend();
    }
}
