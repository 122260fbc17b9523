package org.segloss4j.internal.backend;

import org.segloss4j.internal.cpu.CpuBackend;

class CpuBackendTest extends ComparedBackendSuite {

    @Override
    LossBackend backend() {
        return new CpuBackend();
    }
}
