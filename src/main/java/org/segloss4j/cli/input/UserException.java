package org.segloss4j.cli.input;

/** Something is wrong with the user's input; exit code 1. The message is one line that names the file or value. */
public class UserException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message one line that names the file or value
     */
    public UserException(String message) {
        super(message);
    }

    /**
     * Creates the exception.
     *
     * @param message one line that names the file or value
     * @param cause   what happened, shown with {@code --stacktrace} only
     */
    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
