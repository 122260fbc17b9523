package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.segloss4j.internal.cuda.RealBackends;

/** The kernels, executed by a device. */
class RealDeviceInPlaceTest extends InPlaceFormsSuite {

    private static LossBackend device;

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
        device = RealBackends.deviceResident();
    }

    @Override
    LossBackend backend() {
        return device;
    }
}
