package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.plan.KernelVariant.Entry;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;
import org.segloss4j.internal.cuda.plan.KernelVariant.Sums;
import org.segloss4j.internal.math.CoefficientsLayout;
import org.segloss4j.internal.math.SumsLayout;

/**
 * How much shared memory a block of a sweep divides; the texts of the kernels say among what.
 *
 * @param variant     the kernel
 * @param channels    C
 * @param terms       number of pixel terms
 * @param keepsSlopes whether threads keep slopes of renormalised terms
 */
public record SharedMemory(KernelVariant variant, int channels, int terms, boolean keepsSlopes) {

    /** Bytes of a block that every device grants without being asked. */
    public static final int MOST = 48 * 1024;

    /** Threads of a block whose warps share the channels of a pixel: no other number will do. */
    static final int SLICE_THREADS = 256;
    /** What they exchange: four numbers of each warp's, and three of all, for 32 pixels. */
    private static final long EXCHANGE = 32L * (SLICE_THREADS / 32 * 4 + 3) * 4;
    /** What lanes that add columns leave behind, LaneLayout in the kernels: I, P and G of each lane, M of the warp. */
    private static final long LANE_SUMS = 3 * 32 + 1;
    private static final int DOUBLE = 8;

    /** Bytes of a block of so many threads. */
    long bytes(int threads) {
        if (variant.entry() == Entry.REGION_BACKWARD) {
            return forGradient(threads);
        }
        // A kernel for any number of classes may have to stand in for this one; the last block merges sums.
        return Math.max(forMerging(threads), Math.max(forTiles(threads), forSums(threads)));
    }

    /** Coefficients, slopes of each thread's pixel, and its predictions. */
    private long forGradient(int threads) {
        return (new CoefficientsLayout(1, variant.classes()).width(terms) + (keepsSlopes ? 3L * terms * threads : 0)) * DOUBLE
                + (variant.sums() == Sums.SLICES ? EXCHANGE : staged(threads));
    }

    /** What the last block works on. */
    private long forMerging(int threads) {
        return DOUBLE * (32L + threads + (poolsSums() ? pooled() : 0));
    }

    private long forTiles(int threads) {
        return threads / 32L * terms * DOUBLE + threads * (8 + 3 * real());
    }

    private long forSums(int threads) {
        long warps = threads / 32;
        long classes = variant.classes();
        // One row of PartialLayout: I, P and G of each class, M once, pixel terms.
        long row = (3 * classes + 1 + terms) * DOUBLE;
        return switch (variant.sums()) {
            case COLUMNS -> warps * (LANE_SUMS + terms) * DOUBLE + staging(threads);
            case REGISTERS -> warps * row + threads * terms * real() + staged(threads);
            case BINS -> warps * row + threads * (terms + 2 * classes) * real() + staged(threads);
            case SLICES -> row + 2 * threads * ((classes + warps - 1) / warps) * real() + 32L * terms * real()
                    + EXCHANGE;
            case TILES, NONE -> 0;
        };
    }

    /** The predictions of each thread's pixel, if they come through shared memory. */
    private long staged(int threads) {
        boolean rows = variant.classes() > 0 && variant.layout() == Layout.CHANNELS_LAST;
        return rows ? staging(threads) : 0;
    }

    /** A number of each class for every thread, of which an odd number lies in a row. */
    private long staging(int threads) {
        return threads * (variant.classes() | 1) * real();
    }

    private long real() {
        return variant.element() == ElementType.DOUBLE ? 8 : 4;
    }

    /** Doubles of the sums of all examples and, for one row of sums, whether it counts. */
    private long pooled() {
        return new SumsLayout(channels, terms).width() + 1L;
    }

    /** Whether the last block may keep one row of sums here, in a block of any number of threads. */
    boolean poolsSums() {
        return DOUBLE * (32 + 256 + pooled()) <= MOST;
    }
}
