package org.segloss4j.internal.cpu;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Tensor;

/**
 * Cuts a batch into pieces of about the same number of pixels: a part of one example, or several whole examples where
 * these are small. Depends on nothing but the shape.
 */
final class Chunks {

    private final long pixels;
    private final long examples;
    private final int size;
    /** Chunks of an example, or examples of a chunk; the other is 1. */
    private final long chunksPerExample;
    private final long examplesPerChunk;

    Chunks(long examples, long pixels, int size) {
        this.examples = examples;
        this.pixels = pixels;
        this.size = size;
        chunksPerExample = (pixels + size - 1) / size;
        examplesPerChunk = Math.max(1, size / Math.max(1, pixels));
    }

    static Chunks of(Tensor tensor, int size) {
        return new Chunks(tensor.examples(), tensor.pixels(), size);
    }

    /**
     * What to do with pixels [from, to) of example n, a part of a chunk; {@code state} and {@code bad} are the
     * thread's.
     */
    interface Work<T> {
        void run(T state, BadInput bad, long chunk, long n, long from, long to);
    }

    int count() {
        return Math.toIntExact(chunksPerExample * ((examples + examplesPerChunk - 1) / examplesPerChunk));
    }

    /** Whether chunks are made of whole examples, so that an example lies in one chunk. */
    boolean holdWholeExamples() {
        return chunksPerExample == 1;
    }

    /** The first, or only, example of a chunk. */
    long example(long chunk) {
        return chunk / chunksPerExample * examplesPerChunk;
    }

    /** The example after the last of a chunk. */
    long end(long chunk) {
        return Math.min(examples, example(chunk) + examplesPerChunk);
    }

    /** The first pixel of a chunk. */
    long from(long chunk) {
        return chunk % chunksPerExample * size;
    }

    /** The pixel after the last of a chunk. */
    long to(long chunk) {
        return Math.min(pixels, from(chunk) + size);
    }
}
