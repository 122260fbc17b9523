package org.segloss4j.internal.cuda.call;

import java.nio.ByteBuffer;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.plan.KernelArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.BackwardArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.ForwardArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.TensorArgument;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.Terms;
import org.segloss4j.internal.cuda.plan.LaunchPlan;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LossTables;
import org.segloss4j.internal.cuda.plan.SharedMemory;
import org.segloss4j.internal.math.ClassSums;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;

/** The two sweeps of one loss over a batch on the device. */
public final class DeviceSweeps {

    private final DeviceCall call;
    private final LossSpec spec;
    private final boolean perImage;
    private final LossTables tables;
    private final LaunchPolicy policy = LaunchPolicy.configured();
    private final int channels;
    private final int width;
    private final long loss;

    public DeviceSweeps(DeviceCall call, LossSpec spec, boolean perImage) {
        this.call = call;
        this.spec = spec;
        this.perImage = perImage;
        Tensor predictions = call.batch.predictions();
        channels = predictions.channels();
        width = ClassSums.width(channels, spec.pixels().size());
        tables = new LossTables(spec, channels, call.batch.activation(), predictions.type() == ElementType.DOUBLE);
        loss = call.workspace.loss(tables, call.stream);
    }

    /** Enqueues the first sweep: sums, value and coefficients. */
    public void forward() {
        Sweep sweep = sweep(Entry.REGION_FORWARD, false);
        LaunchPlan plan = sweep.plan;
        long rows = rows();
        long partials = perImage ? rows * plan.parts() : plan.shape().blocks();
        boolean pools = rows == 1 && plan.poolsSums();
        Workspace memory = call.workspace;
        sweep.launch(new ForwardArguments(
                call.inputs(plan, perImage, spec.ignoreIndex(), tables.terms(), loss + tables.curvesOffset(), true),
                spec.threshold() == null ? 0 : 1, spec.threshold() == null ? 0 : spec.threshold(),
                spec.regions().size(), loss, loss + tables.meansOffset(),
                memory.memory(Slot.PARTIALS, 8 * partials * width), memory.memory(Slot.SUMS, 8 * rows * width),
                pools ? 0 : memory.memory(Slot.POOLED, 8 * (width + rows)), table(rows)));
    }

    /** A kernel and how it is launched. */
    private record Sweep(DeviceCall call, KernelVariant variant, LaunchPlan plan) {

        public void launch(KernelArguments arguments) {
            call.workspace.launch(variant, plan.shape(), arguments, call.stream);
        }
    }

    private Sweep sweep(Entry entry, boolean keepsSlopes) {
        boolean ownOnly = !tables.anyBinary() && !tables.anyRenormalised()
                && call.batch.labels().kind() == Labels.Kind.INDEX;
        KernelVariant chosen = KernelChoice.sweep(entry, call.batch, spec.ignoreIndex(),
                tables.terms() == 0 ? Terms.NONE : ownOnly ? Terms.OWN : Terms.ANY, policy);
        Sweep sweep = planned(chosen, keepsSlopes);
        if (!sweep.plan.fits()) {
            sweep = planned(chosen.ofAnyClasses(), keepsSlopes);
        }
        if (!sweep.plan.fits()) {
            throw new IllegalArgumentException(tables.terms() + " pixel losses in one sum are more than kernel "
                    + sweep.variant.symbol() + " can hold in shared memory");
        }
        return sweep;
    }

    private Sweep planned(KernelVariant chosen, boolean keepsSlopes) {
        // What the device has of it decides before the launch is planned, which depends on it.
        KernelVariant variant = call.device.variant(chosen);
        SharedMemory memory = new SharedMemory(variant, channels, tables.terms(), keepsSlopes);
        return new Sweep(call, variant, LaunchPlan.sweep(memory, call.batch.predictions(),
                call.device.multiprocessors(), policy));
    }

    /** Waits and brings the sums back. */
    public ClassSums sums() {
        int rows = Math.toIntExact(rows());
        double[] values = new double[Math.multiplyExact(rows, width)];
        ByteBuffer bytes = call.fetch(call.workspace.memory(Slot.SUMS, 0), 8L * values.length);
        bytes.asDoubleBuffer().get(values);
        return new ClassSums(perImage, rows, channels, spec, values);
    }

    /** Brings coefficients to the device, in place of a forward sweep. */
    public void send(Finalisation.Coefficients coefficients) {
        double[] all = new double[2 * coefficients.a().length + tables.terms()];
        System.arraycopy(coefficients.a(), 0, all, 0, coefficients.a().length);
        System.arraycopy(coefficients.b(), 0, all, coefficients.a().length, coefficients.b().length);
        System.arraycopy(coefficients.pixel(), 0, all, 2 * coefficients.a().length, tables.terms());
        if (all.length > 0) {
            call.send(all, table(coefficients.rows()));
        }
    }

    /**
     * Enqueues the second sweep.
     *
     * @param gradient where it is written
     * @param rows     of the coefficients on the device
     * @param firstRow the row of the first example, if per image
     * @param scale    factor of the gradient
     * @param reports  whether bad input is to be reported, as no forward sweep has
     */
    public void backward(TensorArgument gradient, long rows, long firstRow, double scale, boolean reports) {
        Sweep sweep = sweep(Entry.REGION_BACKWARD, tables.anyRenormalised());
        sweep.launch(new BackwardArguments(
                call.inputs(sweep.plan, perImage, spec.ignoreIndex(), tables.terms(), loss + tables.curvesOffset(),
                        reports),
                gradient, table(rows), rows, firstRow, tables.anyRenormalised() ? 1 : 0, policy.reverse() ? 1 : 0,
                scale));
    }

    public long rows() {
        return perImage ? call.batch.predictions().examples() : 1;
    }

    private long table(long rows) {
        return call.workspace.memory(Slot.TABLE, 8 * (2 * rows * channels + tables.terms()));
    }
}
