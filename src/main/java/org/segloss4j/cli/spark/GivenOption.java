package org.segloss4j.cli.spark;

import java.io.Serializable;

/**
 * An option of a command as it was given.
 *
 * @param name   its longest name
 * @param value  what was given for it, or null if it takes nothing
 * @param isPath whether the value names a file or folder
 */
public record GivenOption(String name, String value, boolean isPath) implements Serializable {

    /** What stands on the command's line. */
    String text() {
        return value == null ? name : name + "=" + value;
    }
}
