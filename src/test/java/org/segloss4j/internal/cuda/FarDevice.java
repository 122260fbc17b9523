package org.segloss4j.internal.cuda;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.plan.KernelArguments.BackwardArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.Inputs;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchShape;

/**
 * A host device that tears tensors apart before a kernel sees them: along every axis, but the one on whose stride of 1
 * the kernel may rely, the last element lies beyond 2^31 elements from the first. Only what is touched takes memory.
 */
final class FarDevice extends HostDevice {

    private static final long FAR = (1L << 31) + 4099;
    private static final int TENSOR = 48;

    private final boolean examplesAlone;

    FarDevice(Set<KernelVariant> special, UnaryOperator<String> edit) {
        this(special, edit, false);
    }

    /** Whether nothing but the examples is far from one another, so that pixels may be read as whole rows. */
    FarDevice(Set<KernelVariant> special, UnaryOperator<String> edit, boolean examplesAlone) {
        super(special, edit);
        this.examplesAlone = examplesAlone;
    }

    /** A tensor torn apart: sizes and strides in the order example, channel, pixel. */
    private record Torn(long near, long[] strides, long[] farStrides, long[] sizes, int bytes,
                        SparseMemory memory) {

        /** Copies the elements to the far place or back. */
        void copy(boolean back) {
            for (long n = 0; n < sizes[0]; n++) {
                for (long c = 0; c < sizes[1]; c++) {
                    for (long s = 0; s < sizes[2]; s++) {
                        long here = near + (n * strides[0] + c * strides[1] + s * strides[2]) * bytes;
                        long there = memory.address()
                                + (n * farStrides[0] + c * farStrides[1] + s * farStrides[2]) * bytes;
                        byte[] element = new Pointer(back ? there : here).getByteArray(0, bytes);
                        new Pointer(back ? here : there).write(0, element, 0, bytes);
                    }
                }
            }
        }
    }

    @Override
    void run(KernelVariant variant, LaunchShape shape, ByteBuffer arguments) {
        ByteBuffer in = arguments.order(ByteOrder.nativeOrder());
        List<Torn> torn = new ArrayList<>();
        if (variant.entry() == Entry.LABEL_HISTOGRAM) {
            tear(in, 0, in.getLong(TENSOR), in.getLong(TENSOR + 8), torn);
        } else {
            long examples = in.getLong(3 * TENSOR);
            long pixels = in.getLong(3 * TENSOR + 8);
            for (int k = 0; k < 3; k++) {
                tear(in, k * TENSOR, examples, pixels, torn);
            }
            // The arguments of the one sweep of pixel losses begin with those of the backward sweep.
            if (variant.entry() == Entry.REGION_BACKWARD || variant.entry() == Entry.PIXEL_LOSSES) {
                tear(in, offsetOfGradient(), examples, pixels, torn);
            }
        }
        super.run(variant, shape, arguments);
        for (Torn tensor : torn) {
            // All of them: kernels do not write what they only read, so that this would show.
            tensor.copy(true);
            tensor.memory().close();
        }
    }

    private static int offsetOfGradient() {
        int members = Inputs.class.getRecordComponents().length;
        if (!BackwardArguments.class.getRecordComponents()[1].getName().equals("gradient")) {
            throw new AssertionError("the gradient no longer follows the inputs");
        }
        return 3 * TENSOR + (members - 3) * 8;
    }

    /** Kernels that read several pixels at a time were chosen for rows that start where such reads may. */
    private static long aligned(long stride) {
        return (stride + 64) / 64 * 64;
    }

    /** Replaces address and strides of the tensor at an offset of the arguments. */
    private void tear(ByteBuffer in, int at, long examples, long pixels, List<Torn> torn) {
        long near = in.getLong(at);
        if (near == 0) {
            return;
        }
        long[] strides = {in.getLong(at + 8), in.getLong(at + 16), in.getLong(at + 24)};
        int bytes = ElementType.values()[(int) in.getLong(at + 32)].bytes();
        long[] sizes = {examples, in.getLong(at + 40), pixels};
        long[] far = strides.clone();
        long span = 1;
        for (int pass = 0; pass < 2; pass++) {
            for (int axis = 2; axis >= 0; axis--) {
                boolean kept = strides[axis] == 0 || strides[axis] == 1 || examplesAlone && axis > 0;
                if (kept == (pass == 0) && sizes[axis] > 1) {
                    far[axis] = kept ? strides[axis] : aligned(Math.max(span, FAR / (sizes[axis] - 1)));
                    span += (sizes[axis] - 1) * far[axis];
                }
            }
        }
        Torn tensor = new Torn(near, strides, far, sizes, bytes, SparseMemory.of(span * bytes));
        tensor.copy(false);
        torn.add(tensor);
        in.putLong(at, tensor.memory().address());
        for (int axis = 0; axis < 3; axis++) {
            in.putLong(at + 8 + 8 * axis, far[axis]);
        }
    }
}
