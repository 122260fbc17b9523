package org.segloss4j.cpu;

import org.segloss4j.backend.Tensor;

/** Cuts the pixels of each example into runs of a fixed size; the last run of an example may be shorter. */
final class Chunks {

    private final long pixels;
    private final long examples;
    private final int size;
    private final long perExample;

    Chunks(Tensor tensor, int size) {
        this.size = size;
        pixels = tensor.pixels();
        examples = tensor.examples();
        perExample = (pixels + size - 1) / size;
    }

    int count() {
        return Math.toIntExact(examples * perExample);
    }

    long example(long chunk) {
        return chunk / perExample;
    }

    long from(long chunk) {
        return chunk % perExample * size;
    }

    long to(long chunk) {
        return Math.min(pixels, from(chunk) + size);
    }
}
