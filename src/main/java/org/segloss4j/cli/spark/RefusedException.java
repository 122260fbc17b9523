package org.segloss4j.cli.spark;

/** A task cannot do what is asked for, and could not if it were started again. The message is for people. */
final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
