package org.segloss4j.internal.cuda.call;

import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;
import org.segloss4j.internal.cuda.plan.KernelArguments.HardestArguments;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;
import org.segloss4j.internal.math.HardestPixelsTerm;
import org.segloss4j.internal.math.HardestPixelsTerm.Fraction;
import org.segloss4j.internal.math.HardestPixelsTerm.Threshold;

/**
 * Cross-entropy over the hardest pixels on the device: the losses, a launch for each digit of the number that separates
 * the pixels, sums, gradient. Nothing waits between.
 */
public final class DeviceHardest {

    /** As {@code kernels/seg/rank/hardest.cuh} has them. */
    private static final int BITS = 11;
    private static final int DIGITS = 1 << BITS;
    /** The struct Selection. */
    private static final int SELECTION_BYTES = 40;

    private final PixelPasses passes;
    private final HardestPixelsTerm term;
    private final long places;

    /** Brings the batch to the device if it is not there. */
    public DeviceHardest(Lease lease, Job job, HardestPixelsTerm term, LaunchPolicy policy) {
        passes = new PixelPasses(lease, job, policy);
        this.term = term;
        Batch batch = job.batch();
        places = Math.multiplyExact(batch.predictions().examples(), batch.predictions().pixels());
    }

    /** Returns the value, coefficient included, and adds to the gradient. */
    public double add() {
        DeviceCall call = passes.call;
        Job job = passes.job;
        boolean byProbability = term.rule() instanceof Threshold;
        int digits = (8 * passes.bytes + BITS - 1) / BITS;
        int grid = passes.grid(places);
        long row = PixelPasses.aligned(places * passes.bytes);
        long losses = call.workspace.memory(Slot.ERRORS, (byProbability ? 3 : 2) * row);
        double[] weights = term.classes().resolve(job.channels()).weight();
        // Counters and tickets of all digits and of the sums stand behind one another, and are cleared together.
        long zeros = 8L * digits * (DIGITS + 1) + 8 + SELECTION_BYTES;
        long counts = call.workspace.memory(Slot.RANKS, zeros + 8L * weights.length + 16L * grid);
        long tickets = counts + 8L * digits * DIGITS;
        long selection = tickets + 8L * (digits + 1);
        long table = counts + zeros;
        call.device.clear(counts, zeros, call.stream);
        call.send(weights, table);
        HardestArguments arguments = new HardestArguments(passes.inputs(true), passes.gradient(), places,
                byProbability ? 1 : 0, rule(), minimum(), term.coefficient(), job.scale(), table, losses, losses + row,
                byProbability ? losses + 2 * row : losses, 0, 0, counts, tickets + 8L * digits, selection,
                table + 8L * weights.length);
        LaunchShape shape = new LaunchShape(grid, PixelPasses.THREADS, 0);
        passes.overPixels(Entry.HARDEST_LOSSES, job.batch().activation(), shape, arguments);
        for (int k = 0; k < digits; k++) {
            passes.overNumbers(Entry.SELECT_DIGIT, grid, Integer.BYTES * DIGITS, arguments.digit(
                    (long) BITS * (digits - 1 - k), k == 0, counts + 8L * k * DIGITS, tickets + 8L * k));
        }
        passes.overNumbers(Entry.HARDEST_SUMS, grid, PixelPasses.SUM_BYTES, arguments);
        if (passes.hasGradient()) {
            passes.overPixels(Entry.HARDEST_GRADIENT, job.batch().activation(), shape, arguments.withoutReports());
        }
        double value = passes.check();
        passes.finish();
        return value;
    }

    private double rule() {
        return term.rule() instanceof Threshold threshold ? threshold.probability()
                : ((Fraction) term.rule()).kept();
    }

    /** Pixels to keep at least by a threshold; of the largest losses, pixels to keep if void ones are counted, or 0. */
    private long minimum() {
        return term.rule() instanceof Threshold threshold
                ? Math.multiplyExact(threshold.minimum(), passes.job.batch().predictions().examples())
                : ((Fraction) term.rule()).countsVoid() ? ((Fraction) term.rule()).of(places) : 0;
    }
}
