package org.segloss4j.internal.backend;

/**
 * A strided view [N, C, S] of memory: N examples, C channels, S pixels (the product of the spatial sizes). Strides are
 * in elements and say everything about the layout: pixel stride 1 is channel-first memory, channel stride 1 is rows of
 * channels. A stride of 0 repeats an element, as a mask per example does over its pixels.
 *
 * @param storage       the memory
 * @param type          type of the elements
 * @param offset        offset of element [0, 0, 0] in elements
 * @param examples      N, at least 1
 * @param channels      C, at least 1
 * @param pixels        S, at least 1
 * @param exampleStride elements between examples
 * @param channelStride elements between channels
 * @param pixelStride   elements between pixels
 */
public record Tensor(Storage storage, ElementType type, long offset, long examples, int channels, long pixels,
                     long exampleStride, long channelStride, long pixelStride) {

    /**
     * Checks the sizes.
     *
     * @param storage       the memory
     * @param type          type of the elements
     * @param offset        offset of element [0, 0, 0] in elements
     * @param examples      N, at least 1
     * @param channels      C, at least 1
     * @param pixels        S, at least 1
     * @param exampleStride elements between examples
     * @param channelStride elements between channels
     * @param pixelStride   elements between pixels
     * @throws IllegalArgumentException for an empty tensor
     */
    public Tensor {
        if (examples < 1 || channels < 1 || pixels < 1) {
            throw new IllegalArgumentException("empty array: [" + examples + ", " + channels + ", " + pixels + "]");
        }
    }

    /**
     * Offset of an element.
     *
     * @param n example
     * @param c channel
     * @param s pixel
     * @return its offset in elements
     */
    public long offset(long n, int c, long s) {
        return offset + n * exampleStride + c * channelStride + s * pixelStride;
    }

    /**
     * The same memory with the examples joined into one, where the strides allow it.
     *
     * @return a tensor [1, C, N·S], or null if the examples do not follow one another at the pixel stride
     */
    public Tensor joined() {
        if (examples == 1) {
            return this;
        }
        if (exampleStride != pixels * pixelStride) {
            return null;
        }
        return new Tensor(storage, type, offset, 1, channels, examples * pixels, 0, channelStride, pixelStride);
    }

    /**
     * Some of the examples.
     *
     * @param from first example
     * @param to   the example after the last
     * @return a tensor [to − from, C, S] over the same memory
     */
    public Tensor examples(long from, long to) {
        return new Tensor(storage, type, offset + from * exampleStride, to - from, channels, pixels, exampleStride,
                channelStride, pixelStride);
    }

    /** The sizes as they stand in messages. */
    @Override
    public String toString() {
        return type + " [" + examples + ", " + channels + ", " + pixels + "]";
    }
}
