package org.segloss4j.internal.backend;

/** What turns predictions into probabilities inside a backend. */
public enum Activation {
    /** The predictions are probabilities. */
    IDENTITY,
    /** Each channel on its own, {@code 1/(1+exp(−z))}. */
    SIGMOID,
    /** Over the channels of a pixel, by a stable log-sum-exp. */
    SOFTMAX
}
