package org.segloss4j.internal.backend;

import org.segloss4j.internal.cuda.HostBackends;

/** The kernels, executed on the host, on tensors that lie on the device already: none may be copied. */
class DeviceResidentBackendTest extends HostKernelBackendTest {

    private static final LossBackend BACKEND = HostBackends.deviceResident();

    @Override
    LossBackend backend() {
        return BACKEND;
    }
}
