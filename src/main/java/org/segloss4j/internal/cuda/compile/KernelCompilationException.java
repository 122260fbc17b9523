package org.segloss4j.internal.cuda.compile;

/** A kernel could not be compiled. The message holds the compiler's log. */
public final class KernelCompilationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message the kernel, the compiler and its log
     */
    public KernelCompilationException(String message) {
        super(message);
    }

    /**
     * Creates the exception.
     *
     * @param message the kernel and the compiler
     * @param cause   what happened
     */
    public KernelCompilationException(String message, Throwable cause) {
        super(message, cause);
    }
}
