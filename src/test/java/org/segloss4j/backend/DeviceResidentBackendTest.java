package org.segloss4j.backend;

import org.segloss4j.cuda.HostBackends;

/** The kernels, executed on the host, on tensors that lie on the device already: none may be copied. */
class DeviceResidentBackendTest extends HostKernelBackendTest {

    private static final LossBackend BACKEND = HostBackends.deviceResident();

    @Override
    LossBackend backend() {
        return BACKEND;
    }
}
