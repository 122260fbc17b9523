package org.segloss4j.internal.cuda.call;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.cuda.call.Workspace.Slot;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;
import org.segloss4j.internal.cuda.plan.KernelArguments.RankArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.SetArguments;
import org.segloss4j.internal.cuda.plan.KernelArguments.TensorArgument;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.LaunchShape;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.LovaszTerm;
import org.segloss4j.internal.math.LovaszTerm.Form;

/**
 * A Lovász loss on the device. It writes the errors of all classes, sorts the places of each class by them and goes
 * through them in that order, or counts the errors in bins; then it adds to the gradient. Classes, and images with
 * losses of their own, are done together as long as there is memory. It waits once for these, since the mean over the
 * classes that are present needs to know them.
 */
public final class DeviceLovasz {

    /** As {@code kernels/seg/rank/rank.cuh} and {@code bins.cuh} have them. */
    private static final int TILE = PixelPasses.THREADS * 16;
    private static final int BITS = 8;
    private static final int DIGITS = 1 << BITS;
    private static final long BIN_COUNTS = 2L * LovaszTerm.BINS + 1;
    /** Counters of a block that scatters: one for each warp and digit, and one more for each digit. */
    private static final int SCATTER_COUNTERS = DIGITS * (PixelPasses.THREADS / 32 + 1);
    /** The most outputs that are ranked together, as on the host. */
    private static final long MOST_PLACES = Integer.MAX_VALUE - 8;
    /** What is done together takes no more memory than this, unless one part of it does. */
    private static final long MOST_BYTES = 1L << 30;

    private final PixelPasses passes;
    private final LovaszTerm term;
    private final boolean isHinge;
    /** Whether errors are counted in bins. Masses that are no whole numbers are sorted, which is no less exact. */
    private final boolean isBinned;
    /** Whether each place has masses of its own. Otherwise it has the mass 1, by the sign of its error. */
    private final boolean hasMasses;
    private final int channels;
    private final ClassSelection.Resolved selection;
    private final int[] selected;
    private final long examples;
    /** Images of a set, whose errors are ranked together, and rows of a set, of so many places. */
    private final long together;
    private final int rows;
    private final long places;
    /** Tiles of a row. */
    private final int blocks;

    /** Brings the batch to the device if it is not there. */
    public DeviceLovasz(Lease lease, Job job, LovaszTerm term, LaunchPolicy policy) {
        this.term = term;
        isHinge = term.form() == Form.HINGE;
        Batch batch = job.batch();
        channels = job.channels();
        examples = batch.predictions().examples();
        together = term.perImage() ? 1 : examples;
        places = Math.multiplyExact(together * batch.predictions().pixels(), isHinge ? channels : 1);
        if (places > MOST_PLACES) {
            throw new IllegalArgumentException(term.title() + " ranks at most " + MOST_PLACES
                    + " outputs together, but the batch has " + places + "; compute fewer images at a time");
        }
        passes = new PixelPasses(lease, job, policy);
        boolean isIndex = batch.labels().kind() == Labels.Kind.INDEX;
        isBinned = !term.exact() && isIndex && (batch.mask() == null || batch.mask().type().integer());
        // Without an activation, p may be above the truth of 1 or below that of 0.
        hasMasses = !isIndex || batch.mask() != null || !isHinge && batch.activation() == Activation.IDENTITY;
        selection = term.classes().resolve(channels);
        selected = IntStream.range(0, channels).filter(c -> selection.multiplicity()[c] > 0).toArray();
        rows = isHinge ? 1 : selected.length;
        blocks = isBinned ? 1 : Math.toIntExact((places + TILE - 1) / TILE);
    }

    /** Returns the value, coefficient included, and adds to the gradient. */
    public double add() {
        long bytesOfSet = rows * (isBinned ? 8 * (BIN_COUNTS + 2L * LovaszTerm.BINS)
                : places * passes.bytes * (hasMasses ? 3 : 1));
        long sets = Math.max(1, MOST_BYTES / Math.max(1, bytesOfSet));
        double sum = 0;
        for (long from = 0; from < examples; from += sets * together) {
            sum += new ImageSets(from, Math.min(sets, (examples - from) / together)).add();
        }
        passes.finish();
        return scale() * sum;
    }

    private double scale() {
        return term.coefficient() / (term.perImage() ? examples : 1);
    }

    /** Sets whose errors are written together. */
    private final class ImageSets {

        private final long from;
        private final long sets;
        private final int allRows;
        /** Rows that are sorted together. */
        private final int rowsTogether;
        private final int bytes = passes.bytes;
        /** Device addresses. */
        private final long errors;
        private final long truth;
        private final long other;
        private final long table;
        private final long values;
        private final long totals;
        private final long tickets;
        private final long counts;
        private final long partials;
        private final long slopes;
        private final long[] numbers = new long[2];
        private final long[] orders = new long[2];

        ImageSets(long from, long sets) {
            this.from = from;
            this.sets = sets;
            allRows = Math.toIntExact(sets * rows);
            long ofErrors = isBinned ? 0 : PixelPasses.aligned(allRows * places * bytes);
            errors = passes.call.workspace.memory(Slot.ERRORS, Math.max(8, ofErrors * (hasMasses ? 3 : 1)));
            truth = isBinned || !hasMasses ? 0 : errors + ofErrors;
            other = isBinned || !hasMasses ? 0 : truth + ofErrors;
            rowsTogether = (int) Math.max(1, Math.min(allRows, MOST_BYTES / (2 * places * (bytes + Integer.BYTES))));
            long ofRows = isBinned ? 0 : rowsTogether;
            long ofCounts = isBinned ? 8 * BIN_COUNTS * allRows : PixelPasses.aligned(
                    ofRows * blocks * DIGITS * Integer.BYTES);
            long ofPartials = 16 * ofRows * blocks;
            long ofSlopes = isBinned ? 16L * LovaszTerm.BINS * allRows : 0;
            long ofNumbers = PixelPasses.aligned(ofRows * places * bytes);
            long ofOrders = PixelPasses.aligned(ofRows * places * Integer.BYTES);
            long ofTable = 8 * channels * (1 + sets);
            long ofValues = 8L * allRows * blocks;
            table = passes.call.workspace.memory(Slot.RANKS, ofTable + ofValues + 8L * allRows + 8 * ofRows + ofCounts
                    + ofPartials + ofSlopes + 2 * (ofNumbers + ofOrders));
            values = table + ofTable;
            totals = values + ofValues;
            tickets = totals + 8L * allRows;
            counts = tickets + 8 * ofRows;
            partials = counts + ofCounts;
            slopes = partials + ofPartials;
            numbers[0] = slopes + ofSlopes;
            numbers[1] = numbers[0] + ofNumbers;
            orders[0] = numbers[1] + ofNumbers;
            orders[1] = orders[0] + ofOrders;
        }

        /** The sum of the losses of the sets, before the coefficient. */
        double add() {
            passes.call.send(rowOfEachClass(), table);
            if (isBinned) {
                passes.call.device.clear(counts, 8 * BIN_COUNTS * allRows, passes.call.stream);
            } else {
                passes.call.device.clear(tickets, 8L * rowsTogether, passes.call.stream);
            }
            launch(Entry.SET_ERRORS, set(TensorArgument.ABSENT, true));
            if (isBinned) {
                passes.overNumbers(Entry.BIN_STEPS, allRows, PixelPasses.SUM_BYTES, ranks(0));
            }
            for (int row = 0; row < allRows && !isBinned; row += rowsTogether) {
                rank(row, Math.min(rowsTogether, allRows - row));
            }
            double[] found = new double[Math.multiplyExact(allRows, blocks + 1)];
            passes.call.fetch(values, (long) Double.BYTES * found.length).asDoubleBuffer().get(found);
            passes.check();
            double[] factors = new double[Math.toIntExact(sets * channels)];
            double sum = 0;
            for (int set = 0; set < sets; set++) {
                sum += sumOfSet(set, found, factors);
            }
            if (passes.hasGradient()) {
                passes.call.send(factors, table + 8L * channels);
                launch(Entry.SET_GRADIENT, set(passes.gradient(), false));
            }
            return sum;
        }

        private double[] rowOfEachClass() {
            double[] numbered = new double[channels];
            Arrays.fill(numbered, -1);
            for (int row = 0; row < selected.length; row++) {
                numbered[selected[row]] = row;
            }
            return numbered;
        }

        /** The loss of a set, and what its slopes are multiplied by: the mean is over the classes that count. */
        private double sumOfSet(int set, double[] found, double[] factors) {
            double all = 0;
            double sum = 0;
            for (int row = 0; row < rows; row++) {
                boolean counts = isHinge || !term.onlyPresent() || found[allRows * blocks + set * rows + row] > 0;
                double weight = isHinge ? 1 : selection.weight()[selected[row]];
                all += !counts ? 0 : isHinge ? 1 : selection.multiplicity()[selected[row]];
                double value = 0;
                for (int block = 0; block < blocks && counts; block++) {
                    value += found[(set * rows + row) * blocks + block];
                }
                sum += counts && weight != 0 ? weight * value : 0;
                for (int c = 0; c < channels; c++) {
                    if (counts && (isHinge || c == selected[row])) {
                        factors[set * channels + c] = weight * scale();
                    }
                }
            }
            for (int c = 0; c < channels; c++) {
                factors[set * channels + c] = all == 0 ? 0 : factors[set * channels + c] / all;
            }
            return all == 0 ? 0 : sum / all;
        }

        private SetArguments set(TensorArgument gradient, boolean reports) {
            return new SetArguments(passes.inputs(reports), gradient, from, sets * together, together, rows, places,
                    isHinge ? 1 : 0, errors, truth, other, isBinned ? counts : 0, isBinned ? slopes : 0, table,
                    passes.job.scale());
        }

        private void launch(Entry entry, SetArguments arguments) {
            Batch batch = passes.job.batch();
            passes.overPixels(entry, isHinge ? Activation.IDENTITY : batch.activation(), new LaunchShape(
                    passes.grid(sets * together * batch.predictions().pixels()), PixelPasses.THREADS, 0), arguments);
        }

        private RankArguments ranks(int row) {
            long first = row * places * bytes;
            return new RankArguments(errors + first, hasMasses ? truth + first : 0, hasMasses ? other + first : 0,
                    places, isHinge ? 1 : 0, errors + first, 0, 0, 0, 0, blocks, counts, tickets, counts, slopes,
                    partials, values + 8L * row * blocks, totals + 8L * row);
        }

        private void rank(int row, int count) {
            int grid = Math.multiplyExact(count, blocks);
            RankArguments arguments = ranks(row);
            RankArguments ranked = arguments;
            for (int pass = 0; pass * BITS < bytes * Byte.SIZE; pass++) {
                int next = pass % 2;
                ranked = arguments.pass(pass == 0 ? arguments.numbers() : numbers[1 - next],
                        pass == 0 ? 0 : orders[1 - next], numbers[next], orders[next], (long) pass * BITS);
                passes.overNumbers(Entry.RADIX_COUNT, grid, PixelPasses.SUM_BYTES, ranked);
                passes.overNumbers(Entry.RADIX_SCATTER, grid, Integer.BYTES * SCATTER_COUNTERS + TILE * bytes, ranked);
            }
            RankArguments last = arguments.pass(ranked.numbersThen(), ranked.to(), 0, 0, 0);
            passes.overNumbers(Entry.LOVASZ_MASSES, grid, PixelPasses.SUM_BYTES, last);
            passes.overNumbers(Entry.LOVASZ_STEPS, grid, PixelPasses.SUM_BYTES, last);
        }
    }
}
