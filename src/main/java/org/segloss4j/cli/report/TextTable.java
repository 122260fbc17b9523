package org.segloss4j.cli.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/** A table in plain text: the first column aligned to the left, the others to the right. */
public final class TextTable {

    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    public TextTable(List<String> header) {
        rows.add(List.copyOf(header));
    }

    /** Adds a row of as many cells as the header has. */
    public void row(List<String> cells) {
        if (cells.size() != rows.get(0).size()) {
            throw new IllegalArgumentException(cells.size() + " cells below " + rows.get(0).size() + " headings");
        }
        rows.add(List.copyOf(cells));
    }

    /** A number to five significant digits, never in exponent form. */
    public static String number(double value) {
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(5));
        return (rounded.signum() == 0 ? BigDecimal.ZERO : rounded).toPlainString();
    }

    @Override
    public String toString() {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int k = 0; k < columns; k++) {
                widths[k] = Math.max(widths[k], row.get(k).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int k = 0; k < columns; k++) {
                String space = " ".repeat(widths[k] - row.get(k).length());
                line.append(k == 0 ? "" : GAP).append(k == 0 ? row.get(k) + space : space + row.get(k));
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString();
    }
}
