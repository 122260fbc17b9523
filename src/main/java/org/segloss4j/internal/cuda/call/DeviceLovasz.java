package org.segloss4j.internal.cuda.call;

import java.util.stream.IntStream;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;
import org.segloss4j.internal.cuda.plan.KernelArguments.Inputs;
import org.segloss4j.internal.cuda.plan.KernelArguments.RankArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.SetArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.TensorArgument;
import org.segloss4j.internal.cuda.plan.KernelChoice;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.LovaszTerm;
import org.segloss4j.internal.math.LovaszTerm.Form;

/**
 * A Lovász loss on the device. For each set of images and class, it writes the errors, sorts the places by them and
 * goes through them in that order, or counts the errors in bins; then it adds to the gradient of the set. It waits once
 * for each set, since the mean over the classes that are present needs to know these.
 */
public final class DeviceLovasz {

    /** As {@code kernels/seg/rank/rank.cuh} has them. */
    private static final int THREADS = 256;
    private static final int TILE = THREADS * 16;
    private static final int DIGITS = 16;
    private static final int BITS = 4;
    /** Shared memory of a block that scatters: a counter for each digit and thread, and one for each thread. */
    private static final int SCATTER_BYTES = Integer.BYTES * (DIGITS + 1) * THREADS;
    private static final int SUM_BYTES = Double.BYTES * THREADS;
    /** Numbers of the bins, two for each, and the count of NaN. */
    private static final long BIN_NUMBERS = 2L * LovaszTerm.BINS + 1;

    private final DeviceCall call;
    private final Job job;
    private final LovaszTerm term;
    private final boolean isHinge;
    /** Whether errors are counted in bins. Masses that are no whole numbers are sorted, which is no less exact. */
    private final boolean isBinned;
    private final boolean inDouble;
    private final int bytes;
    private final int channels;
    private final long pixels;
    private final ClassSelection.Resolved selection;
    private final int[] selected;

    /** Brings the batch to the device if it is not there. */
    public DeviceLovasz(Lease lease, Job job, LovaszTerm term, LaunchPolicy policy) {
        call = new DeviceCall(lease, job.batch(), policy);
        this.job = job;
        this.term = term;
        isHinge = term.form() == Form.HINGE;
        Batch batch = job.batch();
        isBinned = !term.exact() && batch.labels().kind() == Labels.Kind.INDEX
                && (batch.mask() == null || batch.mask().type().integer());
        inDouble = batch.predictions().type() == ElementType.DOUBLE;
        bytes = inDouble ? Double.BYTES : Float.BYTES;
        channels = job.channels();
        pixels = job.batch().predictions().pixels();
        selection = term.classes().resolve(channels);
        selected = IntStream.range(0, channels).filter(c -> selection.multiplicity()[c] > 0).toArray();
    }

    /** Returns the value, coefficient included, and adds to the gradient. */
    public double add() {
        long examples = job.batch().predictions().examples();
        long together = term.perImage() ? 1 : examples;
        GradientTransfer transfer = job.gradient() == null ? null : new GradientTransfer(call, job.gradient());
        if (transfer != null) {
            transfer.bring();
        }
        double sum = 0;
        for (long from = 0; from < examples; from += together) {
            sum += new ImageSet(from, together).add(transfer);
        }
        if (transfer != null) {
            transfer.finish();
        }
        // What kernels read is the next call's memory.
        call.workspace.pinned.finish(call.stream);
        return scale() * sum;
    }

    private double scale() {
        return term.coefficient() / (term.perImage() ? job.batch().predictions().examples() : 1);
    }

    /** Images whose errors are ranked together. */
    private final class ImageSet {

        private final long from;
        private final long count;
        private final long places;
        private final int rows;
        private final int blocks;
        /** Device addresses. */
        private final long errors;
        private final long truth;
        private final long other;
        private final long orders;
        private final long counts;
        private final long partials;
        private final long values;
        private final long totals;
        private final long table;

        ImageSet(long from, long count) {
            this.from = from;
            this.count = count;
            places = Math.multiplyExact(count * pixels, isHinge ? channels : 1);
            rows = isHinge ? 1 : selected.length;
            blocks = isBinned ? 1 : Math.toIntExact((places + TILE - 1) / TILE);
            errors = call.workspace.memory(Slot.ERRORS, rows * places * bytes);
            long numbers = Double.BYTES;
            long ofCounts = isBinned ? BIN_NUMBERS : (long) DIGITS * blocks;
            long ofPartials = isBinned ? BIN_NUMBERS : 2L * blocks;
            long ofOrders = isBinned ? 0 : 2 * places;
            long size = numbers * (2 * channels + rows * (blocks + 1L) + ofCounts + ofPartials + ofOrders)
                    + 2 * places * bytes;
            table = call.workspace.memory(Slot.RANKS, size);
            values = table + numbers * 2 * channels;
            totals = values + numbers * rows * blocks;
            partials = totals + numbers * rows;
            counts = partials + numbers * ofPartials;
            orders = counts + numbers * ofCounts;
            truth = orders + numbers * ofOrders;
            other = truth + places * bytes;
        }

        /** The loss of the set, before the coefficient. */
        double add(GradientTransfer transfer) {
            if (isHinge) {
                for (int c = 0; c < channels; c++) {
                    writeErrors(c, 0);
                }
                rank(0);
            } else {
                for (int row = 0; row < rows; row++) {
                    writeErrors(selected[row], row);
                    rank(row);
                }
            }
            double[] found = new double[Math.multiplyExact(rows, blocks + 1)];
            call.fetch(values, (long) Double.BYTES * found.length).asDoubleBuffer().get(found);
            call.check(job.batch(), job.spec().ignoreIndex());
            double[] factors = factors(found);
            double sum = 0;
            for (int row = 0; row < rows; row++) {
                double value = 0;
                for (int block = 0; block < blocks; block++) {
                    value += found[row * blocks + block];
                }
                sum += factors[row] == 0 ? 0 : factors[row] * value;
            }
            if (transfer != null) {
                addGradient(transfer, factors);
            }
            return sum;
        }

        /** What the value of each row is multiplied by for the mean over the classes that count. */
        private double[] factors(double[] found) {
            if (isHinge) {
                return new double[] {1};
            }
            double[] factors = new double[rows];
            double all = 0;
            for (int row = 0; row < rows; row++) {
                boolean counts = !term.onlyPresent() || found[rows * blocks + row] > 0;
                factors[row] = counts ? selection.weight()[selected[row]] : 0;
                all += counts ? selection.multiplicity()[selected[row]] : 0;
            }
            for (int row = 0; row < rows; row++) {
                factors[row] = all == 0 ? 0 : factors[row] / all;
            }
            return factors;
        }

        private SetArguments set(TensorArgument gradient, int channel, int row, boolean reports) {
            Inputs in = call.inputs(call.counting(0), false, job.spec().ignoreIndex(), 0, 0, reports);
            return new SetArguments(in, gradient, from, count, channel, isHinge ? 1 : 0, places,
                    errors + row * places * bytes, truth, other, table, job.scale());
        }

        private void launchSet(Entry entry, SetArguments arguments) {
            Activation activation = isHinge ? Activation.IDENTITY : job.batch().activation();
            call.workspace.launch(call.device.variant(KernelChoice.ranked(entry, call.batch, activation)),
                    new LaunchShape(grid(count * pixels), THREADS, 0), arguments, call.stream);
        }

        /** Blocks for a kernel whose threads take one element after the other. */
        private int grid(long elements) {
            return (int) Math.min((elements + THREADS - 1) / THREADS, 8L * call.device.multiprocessors());
        }

        private void writeErrors(int channel, int row) {
            // Each channel reads labels and mask again; one report is enough.
            boolean isFirst = channel == (isHinge ? 0 : selected[0]);
            launchSet(Entry.LOVASZ_ERRORS, set(TensorArgument.ABSENT, channel, row, isFirst));
        }

        private void rank(int row) {
            RankArguments arguments = new RankArguments(errors + row * places * bytes, truth, other, places,
                    isHinge ? 1 : 0, 0, 0, 0, blocks, counts, partials, values + (long) Double.BYTES * row * blocks,
                    totals + (long) Double.BYTES * row);
            if (isBinned) {
                call.device.clear(counts, Double.BYTES * BIN_NUMBERS, call.stream);
                launch(Entry.BIN_COUNT, grid(places), 0, arguments);
                launch(Entry.BIN_STEPS, 1, 2 * SUM_BYTES, arguments);
                launch(Entry.BIN_SLOPES, grid(places), 0, arguments);
                return;
            }
            long order = 0;
            for (int shift = 0; shift < bytes * Byte.SIZE; shift += BITS) {
                long next = orders + (shift / BITS % 2) * Double.BYTES * places;
                RankArguments pass = arguments.pass(order, next, shift);
                if (blocks > 1) {
                    launch(Entry.RADIX_COUNT, blocks, Integer.BYTES * DIGITS, pass);
                    launch(Entry.RADIX_SCAN, 1, SUM_BYTES, pass);
                }
                launch(Entry.RADIX_SCATTER, blocks, SCATTER_BYTES, pass);
                order = next;
            }
            RankArguments ranked = arguments.pass(order, 0, 0);
            if (blocks > 1) {
                launch(Entry.LOVASZ_MASSES, blocks, SUM_BYTES, ranked);
                launch(Entry.LOVASZ_SCAN, 1, SUM_BYTES, ranked);
            }
            launch(Entry.LOVASZ_STEPS, blocks, SUM_BYTES, ranked);
        }

        private void launch(Entry entry, int grid, int shared, RankArguments arguments) {
            call.workspace.launch(call.device.variant(KernelChoice.numbers(entry, inDouble)),
                    new LaunchShape(grid, THREADS, shared), arguments, call.stream);
        }

        private void addGradient(GradientTransfer transfer, double[] factors) {
            double[] numbers = new double[2 * channels];
            for (int c = 0; c < channels; c++) {
                numbers[c] = isHinge ? scale() : 0;
                numbers[channels + c] = isHinge ? 0 : -1;
            }
            for (int row = 0; row < rows && !isHinge; row++) {
                numbers[selected[row]] = scale() * factors[row];
                numbers[channels + selected[row]] = row;
            }
            call.send(numbers, table);
            launchSet(Entry.LOVASZ_GRADIENT, set(transfer.argument(), 0, 0, false));
        }
    }
}
