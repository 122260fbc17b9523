package org.segloss4j.cli.input;

/** The command line itself is wrong, whatever the files hold: the exit code is 2. The message is one line. */
public final class UsageException extends UserException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message one line that names the option and its value
     */
    public UsageException(String message) {
        super(message);
    }

    /**
     * Creates the exception.
     *
     * @param message one line that names the option and its value
     * @param cause   what happened, shown with {@code --stacktrace} only
     */
    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
