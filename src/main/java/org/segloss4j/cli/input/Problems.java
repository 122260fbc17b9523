package org.segloss4j.cli.input;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.segloss4j.internal.files.FileFault;
import picocli.CommandLine.Model.CommandSpec;

/** Names what is wrong with a set of files: not only the first problem, and not ten thousand. */
public final class Problems {

    private static final int SHOWN = 10;

    private Problems() {
    }

    /** Two lists in one. */
    public static List<String> both(List<String> first, List<String> second) {
        return first.isEmpty() ? second : second.isEmpty() ? first
                : Stream.concat(first.stream(), second.stream()).toList();
    }

    /**
     * Ten lines at most and, if there are more, one that says how many.
     *
     * @param lines one per thing
     * @param things what they are about, such as problems
     * @return at most eleven lines
     */
    public static List<String> capped(List<String> lines, String things) {
        List<String> shown = new ArrayList<>(lines.subList(0, Math.min(SHOWN, lines.size())));
        int more = lines.size() - SHOWN;
        if (more > 0) {
            shown.add("and " + more + " more " + things);
        }
        return shown;
    }

    /**
     * Prints one line per problem, ten at most, how many more there are, and a last line that sums up.
     *
     * @param spec     the command
     * @param problems one line each, naming the file
     * @param summary  one line
     * @return the exit code
     */
    public static int report(CommandSpec spec, List<String> problems, String summary) {
        PrintWriter err = spec.commandLine().getErr();
        capped(problems, "problems").forEach(problem -> err.println("segloss4j: " + FileFault.oneLine(problem)));
        err.println("segloss4j: " + FileFault.oneLine(summary));
        err.flush();
        return 1;
    }
}
