package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.plan.KernelVariant.Counted;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.Extent;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;
import org.segloss4j.internal.cuda.plan.KernelVariant.Sums;
import org.segloss4j.internal.math.SumsLayout;

/**
 * How much shared memory a block of a sweep needs. The kernels divide it in the same way.
 *
 * @param variant     the kernel
 * @param channels    C
 * @param terms       number of pixel terms
 * @param pairs       number of sums over pairs of classes
 * @param keepsSlopes whether threads keep slopes of renormalised terms
 */
public record SharedMemory(KernelVariant variant, int channels, int terms, int pairs, boolean keepsSlopes) {

    /** Bytes that a block can have on every device without opting in to more. */
    public static final int MOST = 48 * 1024;

    /** Threads of a block whose warps share the channels of a pixel. Its kernels are made for this number alone. */
    static final int SLICE_THREADS = 256;
    /** Threads of a block that walks through rows of channels. Its kernels are made for this number alone, too. */
    static final int ROW_THREADS = 256;
    /** Numbers that the warps of slices exchange for each pixel: three from each warp, and four more. */
    private static final long EXCHANGED = SLICE_THREADS / 32 * 3 + 4;
    /** The same with dense labels: five from each warp, and one more. */
    private static final long EXCHANGED_OF_DENSE = SLICE_THREADS / 32 * 5 + 1;
    /** Beside that, with pixel losses. */
    private static final long EXCHANGED_OF_TRUTHS = SLICE_THREADS / 32 * 2;
    /** Bins in which a class has its I and its G, each. */
    private static final long BINS_OF_SLICES = 8;
    private static final int DOUBLE = 8;
    /** The most classes whose pairs a block counts in shared memory beside all else. */
    private static final int MOST_KINDS = 48;
    /** Sums over pairs of classes that a thread has in registers, SEG_HELD_PAIRS in the kernels. */
    private static final int HELD_PAIRS = 4;

    /** What a loss without sums over pairs of classes needs. */
    public SharedMemory(KernelVariant variant, int channels, int terms, boolean keepsSlopes) {
        this(variant, channels, terms, 0, keepsSlopes);
    }

    /** Bytes of a block of so many threads, the counters last. */
    long bytes(int threads) {
        return (ofSweep(threads) + 7) / 8 * 8 + counters();
    }

    /** Bytes for the counters of hard predictions, or 0 if there are none, or so many that they stay in memory. */
    public int counters() {
        int kinds = Math.max(2, channels);
        return variant.counted() == Counted.PAIRS && kinds <= MOST_KINDS ? (4 * kinds * kinds + 7) / 8 * 8 : 0;
    }

    private long ofSweep(int threads) {
        if (variant.entry() == Entry.REGION_BACKWARD) {
            return forGradient(threads);
        }
        if (variant.entry() == Entry.PIXEL_LOSSES) {
            long losses = threads / 32L * terms * DOUBLE + (long) threads * terms * real();
            return Math.max(merging(threads), forGradient(threads) + losses);
        }
        // A kernel for any number of classes may run in place of this one. Any block may be the last one, which merges.
        return Math.max(forMerging(threads), Math.max(forTiles(threads), forSums(threads)));
    }

    /** Bytes for coefficients, for what renormalised terms need of each thread's pixel, and for its predictions. */
    private long forGradient(int threads) {
        // SharedCoefficients in the kernels: a, b and a + b of each class, and 0 for a pixel without a class. Of dense
        // labels, a and b are read 16 bytes at a time. Exact curves have two numbers more of each.
        boolean holdsLabels = variant.labels().isDense() && variant.sums() != Sums.CHANNELS;
        long scores = 2 * (holdsLabels ? padded() : variant.classes()) + variant.classes() + 1;
        long coefficients = scores + (furtherCoefficients() > 0 ? 3 + furtherCoefficients() : 0) + terms
                + (variant.extent() == Extent.EXACT ? 2L * (variant.classes() + 1) : 0)
                // Behind them, at a multiple of four, what smoothing adds to each class.
                + (variant.smoothsLabels() ? 3 + paddedClasses() + smoothedRows() : 0)
                + (variant.sharesTruths() ? 3 + 2 * padded() + truthRows() : 0);
        return (coefficients + (keepsSlopes ? slopes() * terms * threads : 0)) * DOUBLE
                + (variant.sums() == Sums.SLICES ? tileOfSlices() : staged(threads));
    }

    /** Behind them the slopes by squares and by distances, and for pairs b as each true class sees it. */
    private long furtherCoefficients() {
        return (further().squares() ? padded() + 4 : 0) + (further().distances() ? padded() : 0)
                + (further().pairs() > 0 ? padded() * (variant.classes() + 1) : 0);
    }

    /** PaddedClasses in the kernels: C, rounded up to what is read at a time, for each slice if there are some. */
    private long paddedClasses() {
        return variant.sums() == Sums.SLICES ? SLICE_THREADS / 32 * ((slice() + 3) / 4 * 4) : padded();
    }

    /** Numbers of all SmoothedRow in the kernels. */
    private long smoothedRows() {
        return variant.smoothsLabels() ? terms * ((2 * paddedClasses() + variant.classes() + 7L) / 4 * 4) : 0;
    }

    /** Numbers of all TruthRow in the kernels. */
    private long truthRows() {
        return variant.sharesTruths() ? terms * (2 * padded() + 4) : 0;
    }

    private KernelVariant.Further further() {
        return variant.further();
    }

    /** C, rounded up to what is read at a time. */
    private long padded() {
        return (variant.classes() + 3L) / 4 * 4;
    }

    /** Numbers of RenormalisedSlope in the kernels. */
    private long slopes() {
        return variant.extent() == Extent.PLAIN ? 3 : 5;
    }

    /** Bytes that the last block needs to merge sums. */
    private long forMerging(int threads) {
        return merging(threads) + DOUBLE * (poolsSums() ? pooled() : 0);
    }

    /** Bytes that the last block of so many threads needs to merge sums that it keeps in global memory. */
    public static int merging(int threads) {
        return DOUBLE * (32 + threads);
    }

    private long forTiles(int threads) {
        return threads / 32L * (terms + pairs) * DOUBLE + threads * (8 + 3 * real());
    }

    private long forSums(int threads) {
        long warps = threads / 32;
        long classes = variant.classes();
        int more = (further().squares() ? 1 : 0) + (further().distances() ? 1 : 0);
        // One row of PartialLayout: I, P, G and further statistics of each class, M once or of each class, too, pairs,
        // pixel terms.
        long weights = variant.labels().isWeighed() ? classes : 1;
        int pairs = further().pairs();
        long stored = terms + Math.max(0, pairs - HELD_PAIRS);
        long row = ((3 + more) * classes + weights + pairs + terms) * DOUBLE;
        long factors = (pairs * (classes + 1) * padded() + smoothedRows()) * real();
        return switch (variant.sums()) {
            case CHANNELS -> (variant.layout() == Layout.ROWS ? warps * terms * DOUBLE + rowSums(4L + more)
                    : warps * row) + (variant.extent() == Extent.EXACT ? threads * terms * real() : 0);
            case REGISTERS -> warps * row + threads * stored * real() + factors + truthRows() * real()
                    + staged(threads);
            case BINS -> warps * row + threads * (stored + 2 * classes) * real() + factors + staged(threads);
            // Of dense or smoothed labels, each warp has losses of its channels; of dense ones, there are no bins.
            case SLICES -> row + tileOfSlices()
                    + (variant.slicesLabels() ? truthRows() * real() : 2 * BINS_OF_SLICES * warps * slice() * real())
                    + (variant.slicesLabels() || variant.smoothsLabels()
                    ? threads * stored * real() + warps * terms * DOUBLE + smoothedRows() * real()
                    : 32L * terms * real());
            case TILES, NONE -> 0;
        };
    }

    /** Bytes for so many sums of each thread, which always has the same channel. */
    private static long rowSums(long kinds) {
        return kinds * ROW_THREADS * DOUBLE;
    }

    /** Channels of a warp whose block shares pixels. */
    private long slice() {
        return (variant.classes() + SLICE_THREADS / 32 - 1) / (SLICE_THREADS / 32);
    }

    /**
     * Bytes for the tile of pixels that warps share: slopes by their channels, four at a time, what they exchange, and
     * predictions as in {@link #staged}.
     */
    private long tileOfSlices() {
        // Squares have slopes of their own, and each warp tells one more sum. Of dense labels there are a and b.
        int kinds = further().squares() || variant.slicesLabels() ? 2 : 1;
        long slopes = SLICE_THREADS / 32 * ((slice() + 3) / 4 * 4) * kinds;
        // So it does where it counts: which of its channels is the largest.
        long exchanged = variant.slicesLabels()
                ? EXCHANGED_OF_DENSE + (variant.sharesTruths() ? EXCHANGED_OF_TRUTHS : 0)
                : EXCHANGED + (kinds - 1 + (variant.counting() ? 1 : 0)) * SLICE_THREADS / 32;
        return (slopes + 32 * variant.vector() * exchanged) * real() + staged(32);
    }

    /** Bytes for the predictions of each thread's pixel, if they come through shared memory. */
    private long staged(int threads) {
        boolean rows = variant.classes() > 0 && variant.layout() == Layout.CHANNELS_LAST;
        return rows ? staging(threads) : 0;
    }

    /** Bytes for one number of each class for every thread. The rows have an odd length, against bank conflicts. */
    private long staging(int threads) {
        return threads * (variant.classes() | 1) * real();
    }

    private long real() {
        return variant.element() == ElementType.DOUBLE ? 8 : 4;
    }

    /** Doubles for one row of sums and for whether it counts. */
    private long pooled() {
        // What the kernels for any loss have beside these sums, they know at run time.
        long further = variant.extent() == Extent.PLAIN ? 0 : 2L * channels + pairs;
        return new SumsLayout(channels, terms).width() + further + 1L;
    }

    /** Whether one row of sums fits into the shared memory of the last block, whatever its number of threads is. */
    boolean poolsSums() {
        return DOUBLE * (32 + 256 + pooled()) <= MOST;
    }
}
