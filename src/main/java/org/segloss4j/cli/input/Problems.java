package org.segloss4j.cli.input;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;
import org.segloss4j.internal.files.FileNames;
import picocli.CommandLine.Model.CommandSpec;

/** Names everything that is wrong with a set of files, not only the first. */
public final class Problems {

    private Problems() {
    }

    /** Two lists in one. */
    public static List<String> both(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    /**
     * Prints one line per problem and a last one that sums up.
     *
     * @param spec     the command
     * @param problems one line each, naming the file
     * @param summary  one line
     * @return the exit code
     */
    public static int report(CommandSpec spec, List<String> problems, String summary) {
        PrintWriter err = spec.commandLine().getErr();
        problems.forEach(problem -> err.println("segloss4j: " + FileNames.shown(problem)));
        err.println("segloss4j: " + FileNames.shown(summary));
        err.flush();
        return 1;
    }
}
