package org.segloss4j.cpu;

import org.segloss4j.backend.Batch;

/** Counts labels that are neither a class nor ignored and remembers the first. */
final class BadLabels {

    private long count;
    private long example;
    private long pixel;
    private long value;

    void add(long n, long s, long found) {
        count++;
        if (count == 1 || n < example || n == example && s < pixel) {
            example = n;
            pixel = s;
            value = found;
        }
    }

    void merge(BadLabels other) {
        if (other.count > 0) {
            long total = count + other.count;
            add(other.example, other.pixel, other.value);
            count = total;
        }
    }

    /**
     * Throws if any was found.
     *
     * @param batch as the caller gave it; the positions found may be those of the joined batch
     */
    void check(Batch batch, Integer ignoreIndex) {
        if (count > 0) {
            long pixels = batch.predictions().pixels();
            throw new IllegalArgumentException(count + (count == 1 ? " label is" : " labels are")
                    + " outside 0.." + (Math.max(2, batch.predictions().channels()) - 1)
                    + (ignoreIndex == null ? "" : " and not the ignored " + ignoreIndex)
                    + "; the first is " + value + " at example " + (example + pixel / pixels) + ", pixel "
                    + pixel % pixels);
        }
    }
}
