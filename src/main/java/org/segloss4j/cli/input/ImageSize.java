package org.segloss4j.cli.input;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Width and height in pixels.
 *
 * @param width  at least 1
 * @param height at least 1
 */
public record ImageSize(int width, int height) {

    private static final Pattern TEXT = Pattern.compile("(\\d{1,5})[xX](\\d{1,5})");

    /**
     * Reads a size such as 160x128.
     *
     * @throws UserException if the text is none, or a side is 0
     */
    public static ImageSize of(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new UserException("--size is " + text + ", but must be WIDTHxHEIGHT such as 160x128");
        }
        ImageSize size = new ImageSize(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        if (size.pixels() == 0) {
            throw new UserException("--size is " + text + ", which is empty");
        }
        return size;
    }

    public int pixels() {
        return Math.multiplyExact(width, height);
    }

    @Override
    public String toString() {
        return width + "x" + height;
    }
}
