package org.segloss4j.cli.input;

import java.nio.file.Path;

/**
 * An image that has not been opened.
 *
 * @param file where it is
 * @param name what its results are called: its path below the folder that was searched, without the ending and with /
 *             between folders
 */
public record ImageFile(Path file, String name) {
}
