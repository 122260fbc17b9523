package org.segloss4j.cuda;

import org.segloss4j.backend.ElementType;
import org.segloss4j.cuda.KernelVariant.Entry;
import org.segloss4j.cuda.KernelVariant.Layout;

/**
 * How the pixels of a batch are spread over blocks: an example is cut into parts of {@code chunk} pixels, and block b
 * takes part {@code b % parts} of every {@code blocks / parts}-th example. Depends on nothing but shape and device, as
 * the order in which sums add does.
 *
 * @param blocks  blocks of the grid
 * @param threads threads of a block, a multiple of 32
 * @param parts   blocks that share an example
 * @param chunk   pixels of a part
 */
record LaunchPlan(int blocks, int threads, int parts, long chunk) {

    /** As many threads as the kernels allow. */
    private static final int THREADS = 256;
    /** Blocks of that size that a multiprocessor holds; more would only lengthen the end of the sums. */
    private static final int BLOCKS_PER_MULTIPROCESSOR = 2;
    /** Shared memory that every device grants without being asked. */
    static final int SHARED_BYTES = 48 * 1024;

    /** Spreads N examples of S pixels. */
    static LaunchPlan of(long examples, long pixels, int multiprocessors) {
        int threads = (int) Math.min(THREADS, (pixels + 31) / 32 * 32);
        long wanted = (long) multiprocessors * BLOCKS_PER_MULTIPROCESSOR * (THREADS / threads);
        long parts = Math.max(1, Math.min(wanted / examples, (pixels + threads - 1) / threads));
        // Whole warps, so that all parts are aligned alike.
        long chunk = ((pixels + parts - 1) / parts + 31) / 32 * 32;
        parts = (pixels + chunk - 1) / chunk;
        long groups = Math.max(1, Math.min(examples, wanted / parts));
        return new LaunchPlan((int) (groups * parts), threads, (int) parts, chunk);
    }

    /**
     * The launch of a kernel with the shared memory that it divides among itself; see its text.
     *
     * @param terms        number of pixel terms
     * @param slopesOfTerms whether threads keep slopes of renormalised terms
     * @throws IllegalArgumentException if there are too many pixel terms
     */
    LaunchShape shape(KernelVariant variant, int terms, boolean slopesOfTerms) {
        long real = variant.element() == ElementType.DOUBLE ? 8 : 4;
        int warps = threads / 32;
        boolean fixed = variant.classes() > 0;
        long rows = warps * 32L * (variant.classes() + 2 | 1) * real;
        long bytes;
        if (variant.entry() == Entry.REGION_FORWARD) {
            bytes = fixed ? warps * (97L + terms) * 8 + rows : warps * terms * 8L + threads * (8 + 3 * real);
            // The last block merges sums in it.
            bytes = Math.max(bytes, threads * 8L);
        } else {
            bytes = (2L * variant.classes() + terms + (slopesOfTerms ? 3L * terms * threads : 0)) * 8
                    + (fixed && variant.layout() == Layout.CHANNELS_LAST ? rows : 0);
        }
        if (bytes > SHARED_BYTES) {
            throw new IllegalArgumentException(terms + " pixel losses in one sum are more than kernel "
                    + variant.symbol() + " can hold in shared memory");
        }
        return new LaunchShape(blocks, threads, (int) bytes);
    }
}
