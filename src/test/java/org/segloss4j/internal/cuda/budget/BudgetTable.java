package org.segloss4j.internal.cuda.budget;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Budgets in Markdown. What differs from launch to launch stands in one column, in the order of the launches. */
final class BudgetTable {

    /** Where people read what is kept. */
    static final Path PAGE = Path.of("bench", "results", "ptx.md");

    private static final List<Column> COLUMNS = List.of(
            new Column("case", Budget::name),
            perLaunch("instr/logit", launch -> number(launch.instructions())),
            perLaunch("issued/logit", launch -> number(launch.issued())),
            perLaunch("whole launch", launch -> number(launch.whole())),
            perLaunch("fixed/thread", launch -> String.format(Locale.ROOT, "%.0f", launch.fixed())),
            perLaunch("bytes read/logit", launch -> number(launch.loaded())),
            perLaunch("loads/needed", launch -> number(launch.loads())),
            perLaunch("bytes written/logit", launch -> number(launch.stored())),
            perLaunch("stores/needed", launch -> number(launch.stores())),
            perLaunch("shared/needed", launch -> number(launch.shared())),
            perLaunch("registers sm_80, sm_90", launch -> launch.registers80() + ", " + launch.registers90()
                    + (launch.local() == 0 ? "" : " and " + launch.local() + " bytes local")),
            perLaunch("occupancy %", launch -> launch.occupancy80() + ", " + launch.occupancy90()),
            new Column("shape", Budget::shape),
            new Column("issue ms", row -> time(row.issueMs())),
            new Column("memory ms", row -> time(row.memoryMs())),
            new Column("floor ms", row -> time(row.floorMs())));

    private record Column(String title, Function<Budget, String> text) {
    }

    private BudgetTable() {
    }

    private static Column perLaunch(String title, Function<LaunchBudget, String> text) {
        return new Column(title, row -> row.launches().stream().map(text).collect(Collectors.joining(" / ")));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String time(double ms) {
        return String.format(Locale.ROOT, "%.3f", ms);
    }

    /** All that is kept, with a table for each compiler. */
    static String page(BudgetFile kept) {
        return """
                # What launches cost

                %s Written by `%s`; [bench/NOTES.md](../NOTES.md) says what the columns are.

                """.formatted(kept.about(), kept.command())
                + tables(kept.rows());
    }

    /** A table for each compiler. */
    static String tables(List<Budget> rows) {
        return rows.stream().map(Budget::compiler).distinct().map(compiler -> "PTX by " + compiler + ":\n\n"
                + of(rows.stream().filter(row -> row.compiler().equals(compiler)).toList()))
                .collect(Collectors.joining("\n"));
    }

    /** The table of some rows, whose columns are as wide as they have to be. */
    private static String of(List<Budget> rows) {
        List<StringBuilder> lines = Stream.generate(() -> new StringBuilder("|")).limit(rows.size() + 2).toList();
        for (Column column : COLUMNS) {
            List<String> cells = rows.stream().map(column.text).toList();
            int width = Stream.concat(Stream.of(column.title), cells.stream()).mapToInt(String::length).max().orElse(0);
            String form = " %-" + width + "s |";
            lines.get(0).append(form.formatted(column.title));
            lines.get(1).append(form.formatted("-".repeat(width)));
            for (int k = 0; k < rows.size(); k++) {
                lines.get(k + 2).append(form.formatted(cells.get(k)));
            }
        }
        return String.join("\n", lines) + "\n";
    }
}
