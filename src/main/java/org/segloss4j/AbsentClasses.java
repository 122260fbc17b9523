package org.segloss4j;

/** What a class weighs that has no pixel: every formula divides by their number. */
public enum AbsentClasses {
    /** Nothing. */
    ZERO,
    /** As much as the heaviest class that has pixels. */
    MAX,
    /** The cap, above which no other class weighs either. */
    CAP,
    /** There is an error that names the class. */
    ERROR
}
