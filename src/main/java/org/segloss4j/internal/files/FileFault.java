package org.segloss4j.internal.files;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What is wrong with a file. The message is the rest of a sentence that starts with the file's name: "is empty". */
public final class FileFault extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param rest what follows the file's name
     */
    public FileFault(String rest) {
        super(rest);
    }

    /**
     * Creates the exception.
     *
     * @param rest  what follows the file's name
     * @param cause what happened
     */
    public FileFault(String rest, Throwable cause) {
        super(rest, cause);
    }

    /**
     * The exception for users, whose message is one line that names the file and the reason.
     *
     * @param kind  what the file is meant to be, such as "mask"
     * @param file  the file
     * @param cause what happened when it was read
     * @return a new exception
     */
    public static IOException named(String kind, Path file, Exception cause) {
        return new IOException(kind + " " + FileNames.shown(file) + " " + rest(cause), cause);
    }

    private static String rest(Exception cause) {
        if (cause instanceof FileFault) {
            return cause.getMessage();
        }
        if (cause instanceof NoSuchFileException) {
            return "does not exist";
        }
        if (cause instanceof AccessDeniedException) {
            return "cannot be read: permission denied";
        }
        if (cause instanceof EOFException) {
            return "ends early";
        }
        return "cannot be read: " + words(cause);
    }

    /** The reason that an exception gives, on one line. */
    public static String words(Throwable cause) {
        String reason = cause instanceof FileSystemException system ? system.getReason() : cause.getMessage();
        return reason == null || reason.isBlank() ? cause.getClass().getSimpleName() : oneLine(reason);
    }

    /** A text from elsewhere on one line. */
    public static String oneLine(String text) {
        return FileNames.shown(text.strip().replaceAll("\\s*\\R\\s*", " "));
    }
}
