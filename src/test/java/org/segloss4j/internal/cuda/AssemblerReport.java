package org.segloss4j.internal.cuda;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What NVIDIA's assembler reports that a kernel takes.
 *
 * @param stack     bytes of local memory that a thread has for its variables
 * @param spills    bytes of registers that a thread stores in local memory and loads again
 * @param registers of a thread
 */
public record AssemblerReport(int stack, int spills, int registers) {

    private static final Pattern TEXT = Pattern.compile(
            "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads.*?Used (\\d+) registers",
            Pattern.DOTALL);

    /** Reads the report of the one kernel in a log. */
    public static AssemblerReport of(String log) {
        Matcher matcher = TEXT.matcher(log);
        if (!matcher.find()) {
            throw new AssertionError("no report of an assembler: " + log);
        }
        return new AssemblerReport(Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)) + Integer.parseInt(matcher.group(3)),
                Integer.parseInt(matcher.group(4)));
    }

    /** Whether nothing lies in local memory. */
    public boolean local() {
        return stack + spills != 0;
    }

    @Override
    public String toString() {
        return String.format("%3d registers %3d stack %3d spills", registers, stack, spills);
    }
}
