package org.segloss4j.internal.backend;

import org.segloss4j.internal.cpu.CpuBackend;

/** The walks of the host count outcomes. */
class LabelOutcomesTest extends LabelOutcomesSuite {

    private final LossBackend cpu = new CpuBackend();

    @Override
    LossBackend backend() {
        return cpu;
    }
}
