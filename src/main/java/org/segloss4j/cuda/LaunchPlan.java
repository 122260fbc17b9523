package org.segloss4j.cuda;

import org.segloss4j.backend.ElementType;
import org.segloss4j.cuda.KernelVariant.Entry;
import org.segloss4j.cuda.KernelVariant.Layout;
import org.segloss4j.cuda.KernelVariant.Sums;

/**
 * How the pixels of a batch are spread over blocks: an example is cut into parts of {@code chunk} pixels, and block b
 * takes part {@code b % parts} of every {@code blocks / parts}-th example. Depends on nothing but shape, variant,
 * policy and device, as the order in which sums add does.
 *
 * @param blocks  blocks of the grid
 * @param threads threads of a block, a multiple of 32
 * @param parts   blocks that share an example
 * @param chunk   pixels of a part
 */
record LaunchPlan(int blocks, int threads, int parts, long chunk) {

    /** Shared memory that every device grants without being asked. */
    static final int SHARED_BYTES = 48 * 1024;
    private static final int DOUBLE = 8;

    /** Spreads N examples of S pixels for a kernel that needs no shared memory to speak of. */
    static LaunchPlan of(long examples, long pixels, int multiprocessors) {
        LaunchPolicy policy = LaunchPolicy.configured();
        return of(examples, pixels, multiprocessors, policy, policy.threads(), 1);
    }

    /**
     * Spreads N examples of S pixels for a sweep.
     *
     * @param need what the sweep needs shared memory for
     * @throws IllegalArgumentException if there are too many pixel terms
     */
    static LaunchPlan of(long examples, long pixels, int multiprocessors, LaunchPolicy policy, Need need) {
        boolean slices = need.slices();
        int threads = slices ? Need.SLICE_THREADS : policy.threads();
        while (threads > need.leastThreads() && need.sharedBytes(threads) > SHARED_BYTES) {
            threads = (threads / 2 + 31) / 32 * 32;
        }
        if (!need.fits()) {
            throw new IllegalArgumentException(need.terms + " pixel losses in one sum are more than kernel "
                    + need.variant.symbol() + " can hold in shared memory");
        }
        if (slices) {
            return spread(examples, pixels, (long) multiprocessors * need.variant.resident(), threads, 32, 32);
        }
        return of(examples, pixels, multiprocessors, policy, threads, need.variant.vector());
    }

    private static LaunchPlan of(long examples, long pixels, int multiprocessors, LaunchPolicy policy, int most,
                                 int vector) {
        long groups = (pixels + vector - 1) / vector;
        int threads = (int) Math.min(most, (groups + 31) / 32 * 32);
        long wanted = (long) multiprocessors * policy.blocks() * (policy.threads() / threads);
        return spread(examples, pixels, wanted, threads, (long) threads * vector, 32L * vector);
    }

    /** Spreads them over so many blocks, which take {@code atOnce} pixels at a time each, and parts of whole units. */
    private static LaunchPlan spread(long examples, long pixels, long wanted, int threads, long atOnce, long unit) {
        long parts = Math.max(1, Math.min(wanted / examples, (pixels + atOnce - 1) / atOnce));
        // Whole warps of groups, so that all parts are aligned alike.
        long chunk = ((pixels + parts - 1) / parts + unit - 1) / unit * unit;
        parts = (pixels + chunk - 1) / chunk;
        long together = Math.max(1, Math.min(examples, wanted / parts));
        return new LaunchPlan((int) (together * parts), threads, (int) parts, chunk);
    }

    /** The launch of the kernel that this was planned for. */
    LaunchShape shape(Need need) {
        return new LaunchShape(blocks, threads, (int) need.sharedBytes(threads));
    }

    /**
     * What a sweep divides shared memory among; see the texts of the kernels.
     *
     * @param variant       the kernel
     * @param channels      C
     * @param terms         number of pixel terms
     * @param slopesOfTerms whether threads keep slopes of renormalised terms
     */
    record Need(KernelVariant variant, int channels, int terms, boolean slopesOfTerms) {

        /** Warps that share the channels of a pixel have to be so many. */
        private static final int SLICE_THREADS = 256;
        /** What they exchange: four numbers of each warp's, and three of all, for 32 pixels. */
        private static final long EXCHANGE = 32L * (SLICE_THREADS / 32 * 4 + 3) * 4;

        private long real() {
            return variant.element() == ElementType.DOUBLE ? 8 : 4;
        }

        /** Numbers of a pixel's row in shared memory. */
        private long pitch() {
            return variant.classes() | 1;
        }

        private boolean staged() {
            return variant.classes() > 0 && variant.layout() == Layout.CHANNELS_LAST && !slices();
        }

        private boolean slices() {
            return variant.sums() == Sums.SLICES;
        }

        private int leastThreads() {
            return slices() ? SLICE_THREADS : 32;
        }

        /** Whether there is shared memory for it, with as few threads as the kernel can do with. */
        boolean fits() {
            return sharedBytes(leastThreads()) <= SHARED_BYTES;
        }

        long sharedBytes(int threads) {
            if (variant.entry() == Entry.REGION_BACKWARD) {
                return (2L * variant.classes() + terms + (slopesOfTerms ? 3L * terms * threads : 0)) * DOUBLE
                        + (slices() ? EXCHANGE : staged() ? threads * pitch() * real() : 0);
            }
            // A kernel for any number of classes may have to stand in for this one; the last block merges sums.
            long least = threads / 32L * terms * DOUBLE + threads * (8 + 3 * real());
            long merging = DOUBLE * (32L + threads + (poolsInShared() ? pooled() : 0));
            return Math.max(Math.max(least, forSums(threads)), merging);
        }

        private long forSums(int threads) {
            long warps = threads / 32;
            if (variant.classes() == 0) {
                return 0;
            }
            if (slices()) {
                long slice = (variant.classes() + warps - 1) / warps;
                return EXCHANGE + threads * 2 * slice * real() + 32L * terms * real()
                        + (3L * variant.classes() + 1 + terms) * DOUBLE;
            }
            if (variant.sums() == Sums.COLUMNS) {
                return warps * (97L + terms) * DOUBLE + threads * (pitch() + 2) * real();
            }
            long bins = variant.sums() == Sums.BINS ? 2L * variant.classes() : 0;
            return warps * (3L * variant.classes() + 1 + terms) * DOUBLE
                    + threads * real() * (bins + terms + (staged() ? pitch() : 0));
        }

        /** Doubles of the sums of all examples and, for one row of sums, whether it counts. */
        private long pooled() {
            return 4L * channels + terms + 1;
        }

        /** Whether the last block may keep one row of sums in shared memory. */
        boolean poolsInShared() {
            return DOUBLE * (32 + 256 + pooled()) <= SHARED_BYTES;
        }
    }
}
