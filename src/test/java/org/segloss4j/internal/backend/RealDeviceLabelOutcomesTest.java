package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.segloss4j.internal.cuda.RealBackends;

/** The kernels that count outcomes, on a device. */
class RealDeviceLabelOutcomesTest extends LabelOutcomesSuite {

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
    }

    @Override
    LossBackend backend() {
        return RealBackends.backend();
    }
}
