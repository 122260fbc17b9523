package org.segloss4j.internal.stored;

import java.util.List;

/** Whole numbers of JSON, which Jackson would make of fractions by cutting them off. */
public final class WholeNumber {

    private WholeNumber() {
    }

    /**
     * A whole number of up to 64 bits.
     *
     * @param name  of the property, for the message
     * @param value what the file holds
     * @return the number
     * @throws IllegalArgumentException if it is anything else
     */
    public static long of(String name, Object value) {
        if (!(value instanceof Integer || value instanceof Long)) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be a whole number");
        }
        return ((Number) value).longValue();
    }

    /**
     * An optional whole number.
     *
     * @param name  of the property, for the message
     * @param value what the file holds
     * @return the number, or null
     * @throws IllegalArgumentException if it is anything else
     */
    public static Integer orNull(String name, Object value) {
        if (value != null && !(value instanceof Integer)) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be a whole number");
        }
        return (Integer) value;
    }

    /**
     * Optional counts of up to 64 bits.
     *
     * @param counts what the file holds, or null
     * @return the counts, or null
     * @throws IllegalArgumentException if one is anything else
     */
    public static long[] counts(List<Object> counts) {
        return counts == null ? null : counts.stream().mapToLong(count -> of("a count", count)).toArray();
    }
}
