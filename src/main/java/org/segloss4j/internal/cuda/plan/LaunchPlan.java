package org.segloss4j.internal.cuda.plan;

import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.plan.KernelVariant.Layout;
import org.segloss4j.internal.cuda.plan.KernelVariant.Sums;

/**
 * How the pixels of a batch are spread over blocks: an example is cut into parts of {@code chunk} pixels, and block b
 * takes part {@code b % parts} of every {@code blocks / parts}-th example. The plan depends on nothing but the shape,
 * the variant, the policy and the device. Since it sets the order in which sums are added, results are reproducible.
 *
 * @param shape     grid, block and shared memory
 * @param parts     blocks that share an example
 * @param chunk     pixels of a part
 * @param poolsSums whether the last block of a forward sweep may keep one row of sums in shared memory
 */
public record LaunchPlan(LaunchShape shape, int parts, long chunk, boolean poolsSums) {

    /** The threads and the shared memory of a block. */
    private record Block(int threads, long sharedBytes, boolean poolsSums) {

        static Block of(SharedMemory memory, int threads) {
            return new Block(threads, memory.bytes(threads), memory.poolsSums());
        }
    }

    /**
     * Spreads predictions [N, C, S] for a sweep. Blocks have fewer threads where those of the policy would need more
     * shared memory than there is; where even the fewest do, the sweep does not {@linkplain #fits fit}.
     *
     * @param memory what the sweep needs shared memory for
     */
    public static LaunchPlan sweep(SharedMemory memory, Tensor predictions, int multiprocessors, LaunchPolicy policy) {
        long examples = predictions.examples();
        long pixels = predictions.pixels();
        KernelVariant variant = memory.variant();
        if (variant.sums() == Sums.SLICES) {
            long tile = 32L * variant.vector();
            return spread(examples, pixels, (long) multiprocessors * variant.resident(), tile, tile,
                    Block.of(memory, SharedMemory.SLICE_THREADS));
        }
        if (variant.layout() == Layout.ROWS) {
            int tile = SharedMemory.ROW_THREADS / variant.classes() * variant.pixelsOfThread();
            return spread(examples, pixels, blocks(multiprocessors, policy, SharedMemory.ROW_THREADS), tile, tile,
                    Block.of(memory, SharedMemory.ROW_THREADS));
        }
        int most = policy.threads();
        while (most > 32 && memory.bytes(most) > SharedMemory.MOST) {
            most = (most / 2 + 31) / 32 * 32;
        }
        int together = variant.pixelsOfThread();
        int threads = threads(most, pixels, together);
        return spread(examples, pixels, blocks(multiprocessors, policy, threads), (long) threads * together,
                32L * together, Block.of(memory, threads));
    }

    /** Spreads N examples of S pixels for a kernel that counts, with so many bytes of shared memory. */
    public static LaunchPlan counting(long examples, long pixels, int multiprocessors, LaunchPolicy policy,
                                      int sharedBytes) {
        int threads = threads(policy.threads(), pixels, 1);
        return spread(examples, pixels, blocks(multiprocessors, policy, threads), threads, 32,
                new Block(threads, sharedBytes, false));
    }

    /** The threads of a block: whole warps, and no more of them than there are groups of pixels. */
    private static int threads(int most, long pixels, int together) {
        long groups = (pixels + together - 1) / together;
        return (int) Math.min(most, (groups + 31) / 32 * 32);
    }

    /** The blocks of a grid: as many threads as the policy asks for, divided into blocks of the given size. */
    private static long blocks(int multiprocessors, LaunchPolicy policy, int threads) {
        return (long) multiprocessors * policy.blocks() * Math.max(1, policy.threads() / threads);
    }

    /**
     * Spreads N examples of S pixels.
     *
     * @param wanted blocks of the grid, at most
     * @param atOnce pixels that a block takes at a time
     * @param unit   a part is a multiple of so many pixels, those of one warp, so that all parts have one alignment
     */
    private static LaunchPlan spread(long examples, long pixels, long wanted, long atOnce, long unit, Block block) {
        long parts = Math.max(1, Math.min(wanted / examples, (pixels + atOnce - 1) / atOnce));
        long chunk = ((pixels + parts - 1) / parts + unit - 1) / unit * unit;
        parts = (pixels + chunk - 1) / chunk;
        long together = Math.max(1, Math.min(examples, wanted / parts));
        return new LaunchPlan(new LaunchShape((int) (together * parts), block.threads,
                (int) Math.min(block.sharedBytes, Integer.MAX_VALUE)), (int) parts, chunk, block.poolsSums);
    }

    /** Whether every device has enough shared memory for a block. */
    public boolean fits() {
        return shape.sharedBytes() <= SharedMemory.MOST;
    }
}
