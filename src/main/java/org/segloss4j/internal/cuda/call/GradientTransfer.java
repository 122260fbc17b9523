package org.segloss4j.internal.cuda.call;

import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.plan.KernelArguments.TensorArgument;

/** The gradient on the device, and the copy to the host if it belongs there. */
public final class GradientTransfer {

    private final DeviceCall call;
    /** Null if kernels write the gradient in place. */
    private final TensorTransfer transfer;
    private final long address;
    private final TensorArgument argument;

    /** Allocates memory for the gradient on the device, unless it is there. */
    public GradientTransfer(DeviceCall call, Tensor gradient) {
        this.call = call;
        boolean inPlace = gradient.storage().place() != null;
        transfer = inPlace ? null : new TensorTransfer(gradient, true);
        address = inPlace ? 0 : call.workspace.memory(Slot.GRADIENT, transfer.bytes());
        argument = inPlace ? TensorArgument.of(gradient) : transfer.argument(address);
    }

    /** Where kernels write the gradient. */
    public TensorArgument argument() {
        return argument;
    }

    /** Enqueues the copy of what the gradient holds to the device, for kernels that add to it. */
    void bring() {
        if (transfer != null) {
            call.workspace.copyIn(transfer, address, call.stream);
        }
    }

    /** Whether the gradient still has to be copied to the host. */
    public boolean isToHost() {
        return transfer != null;
    }

    /** Waits for the kernels, and copies the gradient to the host if it belongs there. */
    public void finish() {
        if (transfer != null) {
            call.workspace.copyOut(transfer, address, call.stream);
        }
    }
}
