package org.segloss4j.internal.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file cannot be written; further ones of the same folder hardly can. The message is one line that names it. */
public final class UnwritableFileException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param file  what was to be written
     * @param cause what happened
     */
    public UnwritableFileException(Path file, IOException cause) {
        super(FileNames.shown(file) + " cannot be written: " + reason(cause), cause);
    }

    private static String reason(IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return "its folder does not exist";
        }
        if (cause instanceof FileAlreadyExistsException) {
            return "it is not a folder";
        }
        if (cause instanceof AccessDeniedException) {
            return "permission denied";
        }
        String reason = cause instanceof FileSystemException system && system.getReason() != null
                ? system.getReason() : cause.getMessage();
        return reason == null ? cause.getClass().getSimpleName() : FileNames.shown(reason);
    }
}
