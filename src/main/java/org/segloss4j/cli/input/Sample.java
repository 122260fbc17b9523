package org.segloss4j.cli.input;

/**
 * An image and its labels. The arrays are not copied.
 *
 * @param name   where it comes from
 * @param pixels [H, W, 3] red, green and blue, each 0 to 255 as an unsigned byte
 * @param labels [H, W] class indices
 */
public record Sample(String name, byte[] pixels, int[] labels) {

    /** Channels of an image. */
    public static final int CHANNELS = 3;
}
