package org.segloss4j.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What a command gave.
 *
 * @param code exit code
 * @param out  what it printed
 * @param err  what it complained about
 */
record CommandRun(int code, String out, String err) {

    /** Runs a command as a user does. */
    static synchronized CommandRun of(Object... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream newOut = new ByteArrayOutputStream();
        ByteArrayOutputStream newErr = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(newOut, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(newErr, true, StandardCharsets.UTF_8));
            int code = Main.run(Arrays.stream(args).map(Object::toString).toArray(String[]::new));
            return new CommandRun(code, newOut.toString(StandardCharsets.UTF_8),
                    newErr.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    /** The complaints, line by line. */
    List<String> complaints() {
        return err.lines().toList();
    }
}
