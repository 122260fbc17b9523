package org.segloss4j.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows of cells as text: names to the left, numbers to the right, columns as wide as their widest cell. */
final class AlignedText {

    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    AlignedText(List<String> header) {
        rows.add(header);
    }

    /** Adds a row, which may lack its last cells. */
    void row(List<String> cells) {
        rows.add(cells);
    }

    /** A score; a dash where nothing was measured. */
    static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(row.get(0)).append(" ".repeat(width(0) - row.get(0).length()));
            for (int column = 1; column < row.size(); column++) {
                String cell = row.get(column);
                line.append(GAP).append(" ".repeat(width(column) - cell.length())).append(cell);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private int width(int column) {
        return rows.stream().filter(row -> column < row.size()).mapToInt(row -> row.get(column).length()).max()
                .orElse(0);
    }
}
