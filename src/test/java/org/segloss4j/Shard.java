package org.segloss4j;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The part that this run does of a test that takes hours: {@code -Dsegloss4j.test.shard=2/5} is the second of five
 * parts, which together are the whole; without it a run does all.
 */
public final class Shard {

    private static final int[] PART = parse(System.getProperty("segloss4j.test.shard", "1/1"));

    private Shard() {
    }

    /** Every n-th, so that parts take about the same time. */
    public static <T> List<T> of(List<T> all) {
        return IntStream.range(0, all.size()).filter(k -> k % PART[1] == PART[0] - 1).mapToObj(all::get).toList();
    }

    private static int[] parse(String text) {
        if (text.matches("[1-9]\\d{0,3}/[1-9]\\d{0,3}")) {
            int slash = text.indexOf('/');
            int part = Integer.parseInt(text.substring(0, slash));
            int parts = Integer.parseInt(text.substring(slash + 1));
            if (part <= parts) {
                return new int[] {part, parts};
            }
        }
        throw new IllegalArgumentException("-Dsegloss4j.test.shard is " + text + ", but must be like 2/5");
    }
}
