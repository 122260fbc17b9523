package org.segloss4j.cli.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Writes HTML, and SVG within it. Every text and attribute is escaped, so names of classes and files may hold anything:
 * tags, quotes, and signs that nobody sees, which are written as {@code \}{@code u202e} instead of having an effect.
 */
final class Markup {

    /** Elements that have no end tag. */
    private static final Set<String> EMPTY = Set.of("meta", "link", "img", "col");

    private final StringBuilder text = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /**
     * Starts an element.
     *
     * @param tag        its name, which must be a constant
     * @param attributes names, which must be constants, and values in turn; one whose value is null is left out
     */
    Markup open(String tag, Object... attributes) {
        text.append('<').append(tag);
        for (int k = 0; k < attributes.length; k += 2) {
            if (attributes[k + 1] != null) {
                text.append(' ').append(attributes[k]).append("=\"");
                escape(attributes[k + 1].toString());
                text.append('"');
            }
        }
        text.append('>');
        if (!EMPTY.contains(tag)) {
            open.push(tag);
        }
        return this;
    }

    /** Ends the element that was started last. */
    Markup close() {
        text.append("</").append(open.pop()).append('>');
        return this;
    }

    Markup text(Object content) {
        escape(content.toString());
        return this;
    }

    /** An element that holds a text. */
    Markup leaf(String tag, Object content, Object... attributes) {
        return open(tag, attributes).text(content).close();
    }

    /** A name that users gave, whose direction of writing does not turn the text around it. */
    Markup name(String name) {
        return leaf("bdi", name);
    }

    /** A line break in the file, between elements, so that it can be read. */
    Markup line() {
        text.append('\n');
        return this;
    }

    /**
     * An element whose content browsers take as it is: a style sheet or a script of our own.
     *
     * @throws IllegalArgumentException if the content would end the element
     */
    Markup verbatim(String tag, String content) {
        if (content.contains("</")) {
            throw new IllegalArgumentException("the content of <" + tag + "> holds an end tag");
        }
        text.append('<').append(tag).append('>').append(content).append("</").append(tag).append('>');
        return this;
    }

    private void escape(String content) {
        content.codePoints().forEach(this::escape);
    }

    private void escape(int sign) {
        switch (sign) {
            case '<' -> text.append("&lt;");
            case '>' -> text.append("&gt;");
            case '&' -> text.append("&amp;");
            case '"' -> text.append("&quot;");
            case '\'' -> text.append("&#39;");
            default -> {
                if (isHidden(sign)) {
                    text.append(String.format("\\u%04x", sign));
                } else {
                    text.appendCodePoint(sign);
                }
            }
        }
    }

    /** Controls, halves of pairs, and what turns the direction of writing. */
    private static boolean isHidden(int sign) {
        return Character.isISOControl(sign) || Character.getType(sign) == Character.SURROGATE
                || sign >= 0x202A && sign <= 0x202E || sign >= 0x2066 && sign <= 0x2069 || sign == 0x2028
                || sign == 0x2029 || (sign & 0xFFFE) == 0xFFFE;
    }

    /**
     * All that was written.
     *
     * @throws IllegalStateException if an element has no end
     */
    @Override
    public String toString() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("without end: " + open);
        }
        return text.toString();
    }
}
