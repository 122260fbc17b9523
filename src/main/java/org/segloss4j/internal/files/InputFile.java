package org.segloss4j.internal.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Looks at files before they are opened. */
public final class InputFile {

    private InputFile() {
    }

    /**
     * The size of a regular file. Others are refused before they are opened: a pipe would wait for ever for somebody
     * to write into it.
     *
     * @param file a file, or a link to one
     * @return its size in bytes, at least 1
     * @throws IOException if there is no such file, or it is no regular one or empty
     */
    public static long size(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            throw new FileFault("is a folder, not a file");
        }
        if (!attributes.isRegularFile()) {
            throw new FileFault("is not a regular file, but a pipe, a socket or a device");
        }
        if (attributes.size() == 0) {
            throw new FileFault("is empty");
        }
        return attributes.size();
    }
}
