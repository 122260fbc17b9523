package org.segloss4j.cuda;

import org.segloss4j.backend.Tensor;
import org.segloss4j.cuda.KernelArguments.TensorArgument;
import org.segloss4j.cuda.Workspace.Slot;

/** The gradient on the device, and its way back if it is the host's. */
final class GradientTransfer {

    private final DeviceCall call;
    /** Null if the gradient is written where it lies. */
    private final TensorTransfer transfer;
    private final long address;
    private final TensorArgument argument;

    GradientTransfer(DeviceCall call, Tensor gradient) {
        this.call = call;
        boolean inPlace = gradient.storage().place() != null;
        transfer = inPlace ? null : new TensorTransfer(gradient, true);
        address = inPlace ? 0 : call.workspace.memory(Slot.GRADIENT, transfer.bytes());
        argument = inPlace ? TensorArgument.of(gradient) : transfer.argument(address);
    }

    TensorArgument argument() {
        return argument;
    }

    /** Waits for the kernels and writes the host's tensor. */
    void finish() {
        if (transfer != null) {
            call.workspace.copyOut(transfer, address, call.stream);
        }
    }
}
