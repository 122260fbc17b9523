package org.segloss4j.cli.report;

import org.segloss4j.data.LabelMap;

/** Names of classes beside their colours. */
final class ClassSwatches {

    private final LabelMap labels;

    ClassSwatches(LabelMap labels) {
        this.labels = labels;
    }

    boolean isIgnored(int c) {
        return labels.ignoreIndex() != null && labels.ignoreIndex() == c;
    }

    /** Colour and name of a class. */
    void write(Markup html, int c) {
        if (isIgnored(c)) {
            write(html, ClassPainter.VOID, labels.names().get(c));
            html.text(" (ignored)");
        } else {
            write(html, labels.colours().get(c), labels.names().get(c));
        }
    }

    /** Any colour and its name. */
    static void write(Markup html, int colour, String name) {
        html.open("span", "class", "swatch", "style", String.format("background:#%06x", colour)).close().name(name);
    }
}
