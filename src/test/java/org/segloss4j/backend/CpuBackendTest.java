package org.segloss4j.backend;

import org.segloss4j.cpu.CpuBackend;

class CpuBackendTest extends LossBackendSuite {

    @Override
    LossBackend backend() {
        return new CpuBackend();
    }
}
