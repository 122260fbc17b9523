package org.segloss4j.internal.cuda.call;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;
import org.segloss4j.internal.cuda.plan.KernelArguments.BackwardArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.CountArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.CountingForwardArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.CountingLossArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.ForwardArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.Inputs;
import org.segloss4j.internal.cuda.plan.KernelArguments.PixelLossArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.WeightArguments;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.KernelVariant.Counted;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.Extent;
import org.segloss4j.internal.cuda.plan.KernelVariant.Further;
import org.segloss4j.internal.cuda.plan.KernelVariant.Terms;
import org.segloss4j.internal.cuda.plan.LaunchPlan;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LossTables;
import org.segloss4j.internal.cuda.plan.SharedMemory;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.CoefficientsLayout;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.Statistics;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.math.SumsLayout;

/**
 * The sweeps of one loss over a batch on the device: one for the sums and one for the gradient or, of a loss without
 * region terms, one for both behind a count of the weights.
 */
public final class DeviceSweeps {

    private final DeviceCall call;
    private final Job job;
    private final LossTables tables;
    /** The sums of the loss, and those of them that kernels have. */
    private final SumsLayout counted;
    private final SumsLayout layout;
    private final long loss;
    /** Null if nothing is counted. */
    private final SweepCounts counts;

    /**
     * Brings the batch to the device if it is not there.
     *
     * @param lease the device, the stream and the workspace
     * @param job   the loss
     * @param batch the data, with examples joined or not
     */
    public DeviceSweeps(Lease lease, Job job, Batch batch, LaunchPolicy policy) {
        call = new DeviceCall(lease, batch, policy);
        this.job = job;
        // The host knows the number of pixels, so kernels do not count them.
        counted = job.layout();
        Statistics all = counted.statistics();
        layout = new SumsLayout(counted.classes(), new Statistics(all.squares(), all.distances(), all.pairs(), false),
                counted.terms());
        boolean isPlain = job.spec().isPlain();
        LossTables wide = new LossTables(job.spec(), layout.classes(), batch.activation(),
                batch.predictions().type() == ElementType.DOUBLE,
                isPlain ? 0 : batch.predictions().examples() * batch.predictions().pixels(), true);
        tables = !isPlain || isFinalisedByWideKernels() || isFasterByWideKernels(wide) ? wide : wide.plain();
        loss = call.workspace.loss(tables, call.stream);
        counts = job.counting() == null ? null : new SweepCounts(call, job.counting());
    }

    /**
     * Waits for the kernels and checks what they found.
     *
     * @return the value of the loss, if a forward sweep ran and a device finalises it
     * @throws IllegalArgumentException for bad labels, weights or predictions
     */
    public double check() {
        return call.check(job.batch(), job.spec().ignoreIndex());
    }

    /**
     * Waits for the kernels, checks what they found, and gives the value that the device has finalised. If summands
     * are asked for, the host makes them of the sums, which are one copy more; and so are counts.
     *
     * @throws IllegalArgumentException for bad labels, weights or predictions
     */
    public Summands checkedValue() {
        double value = check();
        boolean isOneTerm = job.spec().regions().size() + job.spec().pixels().size() == 1;
        double[] terms = isOneTerm ? new double[] {value} : job.apart() ? job.summands(sums()).terms() : null;
        Summands all = new Summands() {

            @Override
            public double[] terms() {
                if (terms == null) {
                    throw new IllegalStateException("nobody asked for the summands when the loss was computed");
                }
                return terms.clone();
            }

            @Override
            public double getAsDouble() {
                return value;
            }
        };
        return counted(all);
    }

    /** The value with what was counted; waits and copies the counts, if there are any. */
    public Summands counted(Summands value) {
        if (counts == null) {
            return value;
        }
        BadInput bad = new BadInput();
        long[] all = counts.fetch(0, bad);
        return value.counted(() -> SweepCounts.checked(all, bad, job.batch(), job.counting()));
    }

    /** Waits, and copies the counts; adds what was bad, in examples from the given one on. */
    long[] counts(long firstExample, BadInput bad) {
        return counts.fetch(firstExample, bad);
    }

    /** Waits, and adds the bad input that kernels found; examples are counted from the given one on. */
    void findings(long firstExample, BadInput bad) {
        call.findings(firstExample, job.spec().ignoreIndex(), bad);
    }

    /** Enqueues the first sweep: sums, value and coefficients. */
    public void forward() {
        Sweep sweep = sweep(Entry.REGION_FORWARD, false);
        LaunchPlan plan = sweep.plan;
        long rows = job.rows();
        long partials = job.perImage() ? rows * plan.parts() : plan.shape().blocks();
        boolean pools = rows == 1 && plan.poolsSums();
        Workspace memory = call.workspace;
        Double threshold = job.spec().threshold();
        int width = layout.width();
        ForwardArguments arguments = new ForwardArguments(
                inputs(plan, true), threshold == null ? 0 : 1, threshold == null ? 0 : threshold,
                tables.regions(), loss, loss + tables.meansOffset(),
                memory.memory(Slot.PARTIALS, 8 * partials * width), memory.memory(Slot.SUMS, 8 * rows * width),
                pools ? 0 : memory.memory(Slot.POOLED, 8 * (width + rows)), table(rows));
        CountArguments counting = counting(sweep);
        call.workspace.launch(sweep.variant, plan.shape(),
                counting == null ? arguments : new CountingForwardArguments(arguments, counting), call.stream);
    }

    /** What a sweep counts by the way, or null. What it should and cannot, a kernel counts that is enqueued here. */
    private CountArguments counting(Sweep sweep) {
        if (sweep.variant.counting()) {
            return counts.arguments(sweep.plan, sweep.counters);
        }
        if (counts != null) {
            counts.enqueue();
        }
        return null;
    }

    /**
     * Enqueues what gives value and gradient of a loss that a device finalises.
     *
     * @param gradient where the gradient is written
     * @return what copies the gradient to the host, if it belongs there
     */
    public GradientTransfer valueAndGradient(Tensor gradient) {
        if (tables.isOneSweep()) {
            weights();
            return losses(gradient);
        }
        forward();
        return backward(gradient, job.rows(), 0, false);
    }

    /** Enqueues the count of the weights, from labels and mask alone, and the factors of the pixel terms. */
    void weights() {
        LaunchPlan plan = call.counting(SharedMemory.merging(call.policy.threads()));
        KernelVariant variant = call.device.variant(KernelChoice.weights(call.batch, extent()));
        call.workspace.launch(variant, plan.shape(), new WeightArguments(inputs(plan, false),
                loss + tables.meansOffset(), partials(plan), sumsRow(), table(1), inputs(plan, true).state()),
                call.stream);
    }

    /**
     * Enqueues the one sweep of a loss without region terms, with the factors that are on the device. It reports bad
     * input.
     */
    GradientTransfer losses(Tensor gradient) {
        GradientTransfer transfer = new GradientTransfer(call, gradient);
        Sweep sweep = sweep(Entry.PIXEL_LOSSES, tables.anyRenormalised());
        PixelLossArguments arguments = new PixelLossArguments(backward(sweep.plan, transfer, 1, 0, true),
                partials(sweep.plan), sumsRow());
        CountArguments counting = counting(sweep);
        call.workspace.launch(sweep.variant, sweep.plan.shape(),
                counting == null ? arguments : new CountingLossArguments(arguments, counting), call.stream);
        return transfer;
    }

    /** A number of each class or of each pixel term for every block. */
    private long partials(LaunchPlan plan) {
        return call.workspace.memory(Slot.PARTIALS,
                8L * plan.shape().blocks() * (layout.classes() + tables.terms()));
    }

    private long sumsRow() {
        return call.workspace.memory(Slot.SUMS, 8L * layout.width());
    }

    /** A kernel, how it is launched, and how many bytes of shared memory have counters. */
    private record Sweep(KernelVariant variant, LaunchPlan plan, int counters) {
    }

    private Sweep sweep(Entry entry, boolean keepsSlopes) {
        KernelVariant alone = KernelChoice.sweep(entry, call.batch, job.spec().ignoreIndex(), terms(), extent(),
                Further.of(layout.statistics()), call.policy);
        KernelVariant chosen = alone.counting(counted(alone));
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

    /** What a sweep counts itself. */
    private Counted counted(KernelVariant sweep) {
        if (!job.countsItsPixels()) {
            return Counted.NOTHING;
        }
        Counted wanted = job.counting().isOfLabels() ? Counted.OUTCOMES : Counted.PAIRS;
        return sweep.canCount(wanted) ? wanted : Counted.NOTHING;
    }

    private Terms terms() {
        if (tables.terms() == 0) {
            return Terms.NONE;
        }
        if (tables.wide() && tables.isOfGivenShares()) {
            return Terms.EACH;
        }
        if (tables.anyRenormalised() || tables.wide() && tables.isOfClippedOutputs()) {
            return Terms.ANY;
        }
        boolean index = call.batch.labels().kind() == Labels.Kind.INDEX;
        if (index ? tables.wide() && tables.isOfSpreadIndices() : tables.isOfFurtherTruths()) {
            return Terms.ANY;
        }
        return !tables.anyBinary() && index && !(tables.isOfSmoothedIndices() && !tables.isOwnExact()) ? Terms.OWN
                : Terms.EACH;
    }

    /**
     * Whether a plain loss of region scores has a term that only kernels for more than plain losses finalise, and these
     * cost the same sweeps.
     */
    private boolean isFinalisedByWideKernels() {
        List<RegionTerm> regions = job.spec().regions();
        return job.spec().pixels().isEmpty() && !regions.stream().allMatch(RegionTerm::isRow)
                && regions.stream().allMatch(RegionTerm::isWideRow)
                && isExact(Entry.REGION_FORWARD, Terms.NONE) && isExact(Entry.REGION_BACKWARD, Terms.NONE);
    }

    /**
     * Whether pixel losses have unrolled loops only in kernels for more than plain losses, of which clipped curves are
     * a part: those of dense labels under a softmax, those beside scores under a sigmoid, and those of probabilities,
     * but curves of class indices alone that do not divide these by their sum.
     *
     * @param wide the tables for such kernels
     */
    private boolean isFasterByWideKernels(LossTables wide) {
        boolean truths = wide.isOfTruths() && call.batch.labels().kind() == Labels.Kind.DENSE;
        boolean outputs = wide.isOfClippedOutputs()
                && !(job.spec().isOfPixelTerms() && call.batch.activation() == Activation.SIGMOID);
        boolean shares = wide.isOfGivenShares() && (wide.anyRenormalised() || !job.spec().isOfPixelTerms()
                || call.batch.labels().kind() == Labels.Kind.DENSE);
        return (truths || outputs || shares)
                && Stream.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD, Entry.PIXEL_LOSSES)
                .allMatch(entry -> isExact(entry, outputs ? Terms.ANY : Terms.EACH));
    }

    /** Whether a sweep has unrolled loops in a kernel for more than plain losses. */
    private boolean isExact(Entry entry, Terms terms) {
        return KernelChoice.sweep(entry, call.batch, job.spec().ignoreIndex(), terms, Extent.EXACT, Further.NONE,
                call.policy).extent() == Extent.EXACT;
    }

    private Extent extent() {
        if (!tables.wide()) {
            return Extent.PLAIN;
        }
        boolean index = call.batch.labels().kind() == Labels.Kind.INDEX;
        boolean exact = tables.isOfGivenShares() || tables.isOfExactOutputs() || tables.isOfClippedOutputs()
                || tables.isUnrolled(index) || (index ? tables.isOfSmoothedIndices() || tables.isOfSpreadIndices()
                : tables.isOfTruths());
        return exact ? Extent.EXACT : Extent.GENERAL;
    }

    /**
     * Whether the device computes the value of the loss. The sums of one sweep do not have what divides the terms of a
     * loss that is not plain, so the host cannot tell several of these apart.
     */
    public boolean isFinalisedOnDevice() {
        if (!tables.isOneSweep()) {
            return tables.isFinalisedOnDevice();
        }
        return job.spec().isPlain() || !job.apart() || job.spec().pixels().size() == 1;
    }

    private Sweep planned(KernelVariant chosen, boolean keepsSlopes) {
        // The device may only have code of another variant. The launch depends on the variant, so this comes first.
        KernelVariant variant = call.device.variant(chosen);
        SharedMemory memory = new SharedMemory(variant, layout.classes(), tables.terms(), tables.pairs().size(),
                keepsSlopes);
        return new Sweep(variant, LaunchPlan.sweep(memory, call.batch.predictions(),
                call.device.multiprocessors(), call.policy), memory.counters());
    }

    private Inputs inputs(LaunchPlan plan, boolean reports) {
        return call.inputs(plan, job.perImage(), job.spec().ignoreIndex(), tables.terms(),
                loss + tables.curvesOffset(), reports);
    }

    /** Waits, and copies the sums to the host. */
    public Sums sums() {
        double[] values = new double[Math.multiplyExact(job.rows(), layout.width())];
        ByteBuffer bytes = call.fetch(call.workspace.memory(Slot.SUMS, 0), 8L * values.length);
        bytes.asDoubleBuffer().get(values);
        return new Sums(job.perImage(), job.rows(), counted, counted.equals(layout) ? values : withPixels(values));
    }

    /** Puts the number of pixels of each row between the statistics before it and the pixel terms behind it. */
    private double[] withPixels(double[] values) {
        double[] all = new double[Math.multiplyExact(job.rows(), counted.width())];
        Tensor predictions = job.batch().predictions();
        for (int row = 0; row < job.rows(); row++) {
            int from = row * layout.width();
            int to = row * counted.width();
            System.arraycopy(values, from, all, to, counted.pixels());
            all[to + counted.pixels()] = (double) predictions.pixels() * (job.perImage() ? 1 : predictions.examples());
            System.arraycopy(values, from + layout.term(0), all, to + counted.term(0), layout.terms());
        }
        return all;
    }

    /** Copies coefficients to the device, in place of those that a forward sweep computes. */
    public void send(Coefficients coefficients) {
        double[] all = coefficients.values();
        if (all.length > 0) {
            call.send(all, table(coefficients.rows()));
        }
    }

    /**
     * Enqueues the second sweep.
     *
     * @param gradient where the gradient is written
     * @param rows     number of rows of the coefficients on the device
     * @param firstRow the row of the first example, if each has its own
     * @param reports  whether kernels report bad input; false if a forward sweep has done so
     * @return what copies the gradient to the host, if it belongs there
     */
    public GradientTransfer backward(Tensor gradient, long rows, long firstRow, boolean reports) {
        GradientTransfer transfer = new GradientTransfer(call, gradient);
        Sweep sweep = sweep(Entry.REGION_BACKWARD, tables.anyRenormalised());
        call.workspace.launch(sweep.variant, sweep.plan.shape(),
                backward(sweep.plan, transfer, rows, firstRow, reports), call.stream);
        return transfer;
    }

    private BackwardArguments backward(LaunchPlan plan, GradientTransfer transfer, long rows, long firstRow,
                                       boolean reports) {
        return new BackwardArguments(inputs(plan, reports), transfer.argument(), table(rows), rows, firstRow,
                tables.anyRenormalised() ? 1 : 0, call.policy.reverse() ? 1 : 0, job.scale());
    }

    private long table(long rows) {
        CoefficientsLayout coefficients = new CoefficientsLayout(rows, layout.classes(), layout.statistics());
        return call.workspace.memory(Slot.TABLE, 8 * coefficients.width(tables.terms()));
    }
}
