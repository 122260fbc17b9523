package org.segloss4j.bench;

import org.segloss4j.LossResult;

/** A contender that is ready to compute one workload. */
interface LossRun extends AutoCloseable {

    /** Value and gradient, in a new array of the current workspace. */
    LossResult run();

    /** The same with a gradient that ND4J can read, where {@link #run} leaves it elsewhere. */
    default LossResult answer() {
        return run();
    }

    @Override
    default void close() {
        // Most hold nothing but arrays.
    }
}
