package org.segloss4j.data;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Width and height in pixels.
 *
 * @param width  at least 1
 * @param height at least 1
 * @since 0.1.0
 */
public record ImageSize(int width, int height) {

    private static final Pattern TEXT = Pattern.compile("(\\d{1,6})[xX](\\d{1,6})");

    /**
     * Checks the sides.
     *
     * @param width  at least 1
     * @param height at least 1
     * @throws IllegalArgumentException if one is below 1
     */
    public ImageSize {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("the size is " + width + "x" + height
                    + ", but both sides must be at least 1");
        }
    }

    /**
     * Reads a size such as 160x128.
     *
     * @param text width and height
     * @return the size
     * @throws IllegalArgumentException if the text is no size, or a side is 0 or has more than six digits
     */
    public static ImageSize of(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(text + " is not WIDTHxHEIGHT such as 160x128");
        }
        return new ImageSize(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /**
     * The number of pixels.
     *
     * @return width·height
     */
    public long pixels() {
        return (long) width * height;
    }

    @Override
    public String toString() {
        return width + "x" + height;
    }
}
