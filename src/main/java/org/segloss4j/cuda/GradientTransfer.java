package org.segloss4j.cuda;

import org.segloss4j.backend.Tensor;
import org.segloss4j.cuda.KernelArguments.TensorArgument;
import org.segloss4j.cuda.Workspace.Slot;

/** The gradient on the device, and its way back. */
final class GradientTransfer {

    private final DeviceCall call;
    private final TensorTransfer transfer;
    private final long address;

    GradientTransfer(DeviceCall call, Tensor gradient) {
        this.call = call;
        transfer = new TensorTransfer(gradient, true);
        address = call.workspace.memory(Slot.GRADIENT, transfer.bytes());
    }

    TensorArgument argument() {
        return transfer.argument(address);
    }

    /** Waits for the kernels and writes the host's tensor. */
    void finish() {
        call.workspace.pinned.copyOut(address, transfer.bytes(), transfer::drain, call.stream);
    }
}
