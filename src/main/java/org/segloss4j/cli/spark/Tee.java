package org.segloss4j.cli.spark;

import java.io.PrintStream;
import java.io.Writer;

/** Keeps a text and shows it line by line on the way, so that tasks of one process do not mix their lines. */
final class Tee extends Writer {

    private final PrintStream shown;
    private final StringBuilder kept = new StringBuilder();
    private int start;

    Tee(PrintStream shown) {
        this.shown = shown;
    }

    @Override
    public void write(char[] text, int from, int length) {
        synchronized (lock) {
            kept.append(text, from, length);
            int end = kept.lastIndexOf("\n") + 1;
            if (end > start) {
                shown.print(kept.substring(start, end));
                start = end;
            }
        }
    }

    @Override
    public void flush() {
        shown.flush();
    }

    @Override
    public void close() {
        flush();
    }

    /** What was written. */
    @Override
    public String toString() {
        synchronized (lock) {
            return kept.toString();
        }
    }
}
