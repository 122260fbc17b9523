package org.segloss4j.backend;

/** Counts labels that are neither a class nor ignored and remembers the first; every backend reports them this way. */
public final class BadLabels {

    private long count;
    private long example;
    private long pixel;
    private long value;

    /** Starts with none. */
    public BadLabels() {
        // Nothing was found yet.
    }

    /**
     * Adds one.
     *
     * @param n     its example
     * @param s     its pixel
     * @param found the label
     */
    public void add(long n, long s, long found) {
        add(n, s, found, 1);
    }

    /**
     * Adds several, of which the first is known.
     *
     * @param n     example of the first
     * @param s     pixel of the first
     * @param found the first label
     * @param more  how many there are
     */
    public void add(long n, long s, long found, long more) {
        boolean first = count == 0;
        count += more;
        if (first || n < example || n == example && s < pixel) {
            example = n;
            pixel = s;
            value = found;
        }
    }

    /**
     * Adds those of another part of the batch.
     *
     * @param other the other part's
     */
    public void merge(BadLabels other) {
        if (other.count > 0) {
            add(other.example, other.pixel, other.value, other.count);
        }
    }

    /**
     * Throws if any was found.
     *
     * @param batch       as the caller gave it; the positions found may be those of the joined batch
     * @param ignoreIndex the ignored label, or null
     * @throws IllegalArgumentException with the number of bad labels and the first
     */
    public void check(Batch batch, Integer ignoreIndex) {
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
