package org.segloss4j.internal.files;

import java.nio.file.Path;

/** How messages show the names of files, which may hold anything. */
public final class FileNames {

    private FileNames() {
    }

    /**
     * A file's name on one line. A name may hold line breaks, which would forge further lines of output, and escape
     * codes, which terminals obey; both are shown as \n or \x1b.
     *
     * @param file the file, or null
     * @return its path with everything escaped that is not printed as itself
     */
    public static String shown(Path file) {
        return shown(String.valueOf(file));
    }

    /**
     * A text from outside, such as a part of a file's name, on one line.
     *
     * @param text any text
     * @return the text with everything escaped that is not printed as itself
     */
    public static String shown(String text) {
        if (text.codePoints().allMatch(FileNames::isPlain)) {
            return text;
        }
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (isPlain(c)) {
                shown.appendCodePoint(c);
            } else if (c == '\n') {
                shown.append("\\n");
            } else if (c < 0x100) {
                shown.append(String.format("\\x%02x", c));
            } else {
                shown.append(String.format("\\u%04x", c));
            }
        });
        return shown.toString();
    }

    /** Not control characters, line separators, marks that turn the direction of writing, or halves of characters. */
    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }
}
