package org.segloss4j.internal.cuda.call;

import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.plan.KernelArguments.TensorArgument;

/** The gradient on the device, and its way back if it is the host's. */
public final class GradientTransfer {

    private final DeviceCall call;
    /** Null if the gradient is written where it lies. */
    private final TensorTransfer transfer;
    private final long address;
    private final TensorArgument argument;

    public GradientTransfer(DeviceCall call, Tensor gradient) {
        this.call = call;
        boolean inPlace = gradient.storage().place() != null;
        transfer = inPlace ? null : new TensorTransfer(gradient, true);
        address = inPlace ? 0 : call.workspace.memory(Slot.GRADIENT, transfer.bytes());
        argument = inPlace ? TensorArgument.of(gradient) : transfer.argument(address);
    }

    public TensorArgument argument() {
        return argument;
    }

    /** Waits for the kernels and writes the host's tensor. */
    public void finish() {
        if (transfer != null) {
            call.workspace.copyOut(transfer, address, call.stream);
        }
    }
}
