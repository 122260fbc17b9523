package org.segloss4j.internal.cuda.driver;

/** A call of the CUDA driver failed. The message names the call, what it was about and the driver's error. */
public final class CudaException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message the call, what it was about and the driver's error
     */
    public CudaException(String message) {
        super(message);
    }

    /**
     * Creates the exception.
     *
     * @param message the call and what it was about
     * @param cause   what happened
     */
    public CudaException(String message, Throwable cause) {
        super(message, cause);
    }
}
