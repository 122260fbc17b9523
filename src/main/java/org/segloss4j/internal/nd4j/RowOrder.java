package org.segloss4j.internal.nd4j;

import java.io.Serializable;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * How the rows of an array of rank 2 make up examples: pixel s of example n is row {@code n·perExample + s}, or
 * {@code s·N + n} where the examples alternate, as they do below DL4J's recurrent layers.
 *
 * @param perExample  S, the rows of one example
 * @param alternating whether consecutive rows belong to different examples
 * @serial exclude
 */
public record RowOrder(@JsonProperty("perExample") long perExample, @JsonProperty("alternating") boolean alternating)
        implements Serializable {

    /** Each row is an example. */
    public static final RowOrder EXAMPLES = new RowOrder(1, false);

    /**
     * Checks the number.
     *
     * @param perExample  S, the rows of one example
     * @param alternating whether consecutive rows belong to different examples
     * @throws IllegalArgumentException if S is below 1
     */
    public RowOrder {
        if (perExample < 1) {
            throw new IllegalArgumentException((alternating ? "timeSteps" : "pixelsPerExample") + " is " + perExample
                    + ", but must be at least 1");
        }
    }

    /** Jackson would cut the fraction of a number off. */
    @JsonCreator
    private static RowOrder of(@JsonProperty("perExample") Object perExample,
                           @JsonProperty("alternating") Object alternating) {
        if (!(perExample instanceof Integer || perExample instanceof Long)) {
            throw new IllegalArgumentException("perExample is " + perExample + ", but must be a whole number");
        }
        if (!(alternating == null || alternating instanceof Boolean)) {
            throw new IllegalArgumentException("alternating is " + alternating + ", but must be true or false");
        }
        return new RowOrder(((Number) perExample).longValue(), Boolean.TRUE.equals(alternating));
    }

    /**
     * The number of examples.
     *
     * @param rows all rows
     * @return N
     * @throws IllegalArgumentException if the rows do not make up whole examples
     */
    public long examples(long rows) {
        if (rows % perExample != 0) {
            throw new IllegalArgumentException(rows + " rows are no multiple of " + this);
        }
        return rows / perExample;
    }

    /**
     * The example of a row.
     *
     * @param row      the row
     * @param examples N
     * @return its index
     */
    public int example(long row, int examples) {
        return (int) (alternating ? row % examples : row / perExample);
    }

    /** Elements between examples, where rows are {@code stride} elements apart. */
    long exampleStride(long stride) {
        return alternating ? stride : perExample * stride;
    }

    /** Elements between the pixels of an example, where rows are {@code stride} elements apart. */
    long pixelStride(long stride, long examples) {
        return alternating ? examples * stride : stride;
    }

    /** As the setting is written. */
    @Override
    public String toString() {
        return (alternating ? "timeSteps " : "pixelsPerExample ") + perExample;
    }
}
