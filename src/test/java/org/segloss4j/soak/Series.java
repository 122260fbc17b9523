package org.segloss4j.soak;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/** The samples of one process, and whether they rise. */
record Series(List<long[]> samples) {

    static final List<String> COLUMNS = List.of("step", "wall", "cpu", "heap", "native", "resident", "threads",
            "descriptors");

    /** Those in a replica's lines, without the first, which has seen the least of the work. */
    static Series of(List<String> lines) {
        List<long[]> samples = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.split(" ");
            if (words.length == 2 + COLUMNS.size() && words[1].equals("sample")) {
                samples.add(Arrays.stream(words).skip(2).mapToLong(Long::parseLong).toArray());
            }
        }
        return new Series(samples.subList(Math.min(1, samples.size()), samples.size()));
    }

    /** The median of the first third. */
    long first(String column) {
        return median(samples.subList(0, samples.size() / 3), column);
    }

    /** The median of the last third. */
    long last(String column) {
        return median(samples.subList(samples.size() - samples.size() / 3, samples.size()), column);
    }

    private static long median(List<long[]> samples, String column) {
        ToLongFunction<long[]> value = sample -> sample[COLUMNS.indexOf(column)];
        long[] sorted = samples.stream().mapToLong(value).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
