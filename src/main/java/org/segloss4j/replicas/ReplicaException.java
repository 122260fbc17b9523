package org.segloss4j.replicas;

/**
 * A replica was lost, is too slow, or does not fit to the others; the message is one line that names its rank. The
 * replicas cannot go on together afterwards.
 *
 * @since 0.1.0
 */
public class ReplicaException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message one line
     */
    public ReplicaException(String message) {
        super(message);
    }

    /**
     * Creates the exception.
     *
     * @param message one line
     * @param cause   why
     */
    public ReplicaException(String message, Throwable cause) {
        super(message, cause);
    }
}
