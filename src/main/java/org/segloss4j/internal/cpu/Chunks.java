package org.segloss4j.internal.cpu;

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

    Chunks(Tensor tensor, int size) {
        this.size = size;
        pixels = tensor.pixels();
        examples = tensor.examples();
        chunksPerExample = (pixels + size - 1) / size;
        examplesPerChunk = Math.max(1, size / pixels);
    }

    /** What to do with pixels [from, to) of example n. */
    interface Part {
        void run(long n, long from, long to);
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

    /** Hands out the parts of a chunk, in order. */
    void forEach(long chunk, Part part) {
        long first = example(chunk);
        long from = chunk % chunksPerExample * size;
        for (long n = first; n < Math.min(examples, first + examplesPerChunk); n++) {
            part.run(n, from, Math.min(pixels, from + size));
        }
    }
}
