package org.segloss4j.dl4j;

import java.io.Serializable;
import java.util.Map;
import org.segloss4j.LossValue;

/**
 * The loss L of the input, labels and mask that a layer has. A device may still be computing it. What it finds wrong
 * with them is thrown when the value is asked for, or else when it is replaced or forgotten.
 */
final class LayerValue implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Null if the value is not known. */
    private transient LossValue value;
    private transient boolean isAsked;

    /** Whether there is a value. */
    boolean isKnown() {
        return value != null;
    }

    /** Takes the value of a backward pass, to be asked for later. */
    void set(LossValue later) {
        forget();
        value = later;
    }

    /** The value, which must be known; waits if need be. */
    double get() {
        isAsked = true;
        return value.getAsDouble();
    }

    /** The values of its terms. */
    Map<String, Double> terms() {
        isAsked = true;
        return value.terms();
    }

    /** What was counted beside the gradient. */
    long[] confusion() {
        isAsked = true;
        return value.confusion();
    }

    /**
     * Says that input, labels or mask are others now.
     *
     * @throws IllegalArgumentException if nobody has asked for the value, and it would have been thrown then
     */
    void forget() {
        LossValue last = value;
        boolean isUnread = last != null && !isAsked;
        value = null;
        isAsked = false;
        if (isUnread) {
            try {
                last.getAsDouble();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(e.getMessage() + "; this is the batch of the backward pass before,"
                        + " whose score was not asked for", e);
            }
        }
    }
}
