package org.segloss4j.internal.stored;

import java.io.InvalidObjectException;
import java.util.function.Supplier;

/** Objects of a Java stream that are made anew of what it holds, so that a damaged stream fails as bad arguments do. */
public final class Restored {

    private Restored() {
    }

    /**
     * Makes the object.
     *
     * @param constructor throws {@link IllegalArgumentException} if what the stream holds does not fit
     * @param <T>         its type
     * @return the object
     * @throws InvalidObjectException with the constructor's message
     */
    public static <T> T by(Supplier<T> constructor) throws InvalidObjectException {
        try {
            return constructor.get();
        } catch (IllegalArgumentException e) {
            throw (InvalidObjectException) new InvalidObjectException(e.getMessage()).initCause(e);
        }
    }
}
