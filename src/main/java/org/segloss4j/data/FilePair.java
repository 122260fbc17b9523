package org.segloss4j.data;

import java.nio.file.Path;

/**
 * An image file and the file of its mask.
 *
 * @param name  the image's path below its folder, with / between folders, for messages and for names of results
 * @param image file of the image
 * @param mask  file of its mask
 * @since 0.1.0
 */
public record FilePair(String name, Path image, Path mask) {
}
