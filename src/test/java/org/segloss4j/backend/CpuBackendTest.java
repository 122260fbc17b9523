package org.segloss4j.backend;

import org.segloss4j.cpu.CpuBackend;

class CpuBackendTest extends ComparedBackendSuite {

    @Override
    LossBackend backend() {
        return new CpuBackend();
    }
}
