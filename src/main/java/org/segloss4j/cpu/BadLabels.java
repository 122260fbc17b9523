package org.segloss4j.cpu;

/** Counts labels that are neither a class nor ignored and remembers the first; parts merge in order. */
final class BadLabels {

    private long count;
    private long example;
    private long pixel;
    private String value;

    void add(long n, long s, String found) {
        if (count++ == 0) {
            example = n;
            pixel = s;
            value = found;
        }
    }

    void merge(BadLabels later) {
        if (count == 0) {
            example = later.example;
            pixel = later.pixel;
            value = later.value;
        }
        count += later.count;
    }

    /** Throws if any was found. */
    void check(int channels, Integer ignoreIndex) {
        if (count > 0) {
            throw new IllegalArgumentException(count + (count == 1 ? " label is" : " labels are")
                    + " outside 0.." + (channels == 1 ? 1 : channels - 1)
                    + (ignoreIndex == null ? "" : " and not the ignored " + ignoreIndex)
                    + "; the first is " + value + " at example " + example + ", pixel " + pixel);
        }
    }
}
