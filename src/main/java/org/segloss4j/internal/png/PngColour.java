package org.segloss4j.internal.png;

/** What the samples of a pixel are. */
public enum PngColour {

    /** One grey value. */
    GREY(0, 1, 1, 2, 4, 8, 16),
    /** Red, green and blue. */
    RGB(2, 3, 8, 16),
    /** An index into the palette. */
    PALETTE(3, 1, 1, 2, 4, 8),
    /** A grey value and alpha. */
    GREY_ALPHA(4, 2, 8, 16),
    /** Red, green, blue and alpha. */
    RGBA(6, 4, 8, 16);

    private final int code;
    private final int channels;
    private final int[] depths;

    PngColour(int code, int channels, int... depths) {
        this.code = code;
        this.channels = channels;
        this.depths = depths;
    }

    /** The type of a number in a header, or null if none has that number and depth. */
    static PngColour of(int code, int bits) {
        for (PngColour colour : values()) {
            for (int depth : colour.depths) {
                if (colour.code == code && depth == bits) {
                    return colour;
                }
            }
        }
        return null;
    }

    /** Samples of a pixel. */
    public int channels() {
        return channels;
    }

    /** Whether the last sample of a pixel is its alpha. */
    public boolean hasAlpha() {
        return this == GREY_ALPHA || this == RGBA;
    }
}
