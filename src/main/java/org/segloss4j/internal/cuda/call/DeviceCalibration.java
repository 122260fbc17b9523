package org.segloss4j.internal.cuda.call;

import java.nio.DoubleBuffer;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;
import org.segloss4j.internal.cuda.plan.KernelArguments.CalibrationArguments;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchPlan;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;
import org.segloss4j.internal.cuda.plan.SharedMemory;
import org.segloss4j.internal.math.CalibrationTerm;
import org.segloss4j.internal.math.ClassSelection;

/** The average calibration error on the device: the sums of bins, their slopes, the gradient. */
public final class DeviceCalibration {

    /** As {@code kernels/seg/rank/calibration.cuh} has them: numbers of a bin, and bits of the largest probability. */
    private static final int BIN_NUMBERS = 4;
    private static final int PROBABILITY_BITS = 9;

    private final PixelPasses passes;
    private final CalibrationTerm term;
    private final int channels;
    private final long examples;
    private final long pixels;

    /** Brings the batch to the device if it is not there. */
    public DeviceCalibration(Lease lease, Job job, CalibrationTerm term, LaunchPolicy policy) {
        passes = new PixelPasses(lease, job, policy);
        this.term = term;
        channels = job.channels();
        Tensor predictions = job.batch().predictions();
        examples = predictions.examples();
        pixels = predictions.pixels();
    }

    /** Returns the value, coefficient included, and adds to the gradient. */
    public double add() {
        DeviceCall call = passes.call;
        ClassSelection.Resolved selection = term.classes().resolve(channels);
        double factor = term.coefficient() / examples / selection.count();
        double[] table = new double[channels];
        for (int c = 0; c < channels; c++) {
            table[c] = factor * selection.weight()[c];
        }
        int rows = Math.toIntExact(examples * channels);
        long all = Math.multiplyExact((long) rows, term.bins());
        long zeros = Double.BYTES * (1 + BIN_NUMBERS * all);
        long counts = call.workspace.memory(Slot.RANKS, zeros + Double.BYTES * (channels + all + rows));
        long slopes = counts + zeros + (long) Double.BYTES * channels;
        call.device.clear(counts, zeros, call.stream);
        call.send(table, counts + zeros);
        long ofImage = (long) Double.BYTES * BIN_NUMBERS * channels * term.bins();
        boolean isShared = ofImage <= SharedMemory.MOST;
        LaunchPlan plan = call.counting(isShared ? (int) ofImage : 0);
        // So many units that the sum of all pixels of an image stays below 2^62.
        double most = Math.scalb(1.0, 62 - PROBABILITY_BITS - (Long.SIZE - Long.numberOfLeadingZeros(pixels)));
        CalibrationArguments arguments = new CalibrationArguments(passes.inputs(plan, true), passes.gradient(),
                term.bins(), term.onlyPresent() ? 1 : 0, isShared ? 1 : 0, most, counts + zeros, counts,
                counts + Double.BYTES, slopes, slopes + Double.BYTES * all, passes.job.scale());
        LaunchShape shape = new LaunchShape(passes.grid(examples * pixels), PixelPasses.THREADS, 0);
        if (passes.job.batch().mask() != null) {
            passes.overNumbers(Entry.CALIBRATION_UNIT, shape.blocks(), 0, arguments.withoutReports());
        }
        Activation activation = passes.job.batch().activation();
        passes.overPixels(Entry.CALIBRATION_COUNT, activation, plan.shape(), arguments);
        passes.overNumbers(Entry.CALIBRATION_SLOPES, passes.grid(32L * rows), 0, arguments.withoutReports());
        if (passes.hasGradient()) {
            passes.overPixels(Entry.CALIBRATION_GRADIENT, activation, shape, arguments.withoutReports());
        }
        double sum = 0;
        DoubleBuffer errors = call.fetch(slopes + Double.BYTES * all, (long) Double.BYTES * rows).asDoubleBuffer();
        for (int row = 0; row < rows; row++) {
            double weight = table[row % channels];
            sum += weight == 0 ? 0 : weight * errors.get(row);
        }
        passes.check();
        passes.finish();
        return sum;
    }
}
