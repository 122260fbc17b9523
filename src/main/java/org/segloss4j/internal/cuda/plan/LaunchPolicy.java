package org.segloss4j.internal.cuda.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.segloss4j.internal.cuda.plan.KernelVariant.Sums;

/**
 * The settings of a sweep that only matter for speed, in one value, so that a benchmark can try others. Sums may differ
 * in their last bits from one policy to another; gradients do not if their coefficients are equal. As text a policy is
 * {@code t256b2v4s2r1}.
 *
 * @param threads of a block, a multiple of 32 up to 256; fewer where pixels or shared memory are short
 * @param blocks  of a multiprocessor, from 1 to 32
 * @param vector  the most pixels that a thread takes at a time: 1, 2, 4 or 8; fewer for many classes or wide types
 * @param sums    where sums of index labels are kept if there are few enough classes for a choice: REGISTERS or BINS
 * @param reverse whether the gradient begins with the pixels that the sums were read from last, for the sake of the
 *                second-level cache
 */
public record LaunchPolicy(int threads, int blocks, int vector, Sums sums, boolean reverse) {

    /** The system property that replaces the default. */
    public static final String PROPERTY = "segloss4j.policy";
    public static final LaunchPolicy DEFAULT = new LaunchPolicy(256, 2, 4, Sums.BINS, true);

    private static final Pattern TEXT = Pattern.compile("t(\\d{1,3})b(\\d{1,2})v([1248])s([12])r([01])");

    /**
     * Checks.
     *
     * @throws IllegalArgumentException if a number is out of range
     */
    public LaunchPolicy {
        if (threads < 32 || threads > 256 || threads % 32 != 0) {
            throw new IllegalArgumentException("threads of a block are " + threads
                    + ", but must be a multiple of 32 from 32 to 256");
        }
        if (blocks < 1 || blocks > 32) {
            throw new IllegalArgumentException("blocks of a multiprocessor are " + blocks
                    + ", but must be from 1 to 32");
        }
        if (sums != Sums.REGISTERS && sums != Sums.BINS) {
            throw new IllegalArgumentException("sums of index labels are kept in " + sums
                    + ", but must be in REGISTERS or BINS");
        }
        if (vector < 1 || vector > 8 || Integer.bitCount(vector) != 1) {
            throw new IllegalArgumentException("pixels of a thread are " + vector + ", but must be 1, 2, 4 or 8");
        }
    }

    /** The default, or what the system property says now. */
    public static LaunchPolicy configured() {
        String text = System.getProperty(PROPERTY, "");
        return text.isEmpty() ? DEFAULT : parse(text);
    }

    /**
     * The policy of a text.
     *
     * @param text as {@link #toString} writes it
     * @throws IllegalArgumentException if it is none
     */
    public static LaunchPolicy parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("launch policy " + text + " is not of the form " + DEFAULT);
        }
        return new LaunchPolicy(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)), Sums.values()[Integer.parseInt(matcher.group(4))],
                matcher.group(5).equals("1"));
    }

    /** The policies that are worth measuring, the default first. */
    public static List<LaunchPolicy> candidates() {
        List<LaunchPolicy> all = new ArrayList<>(List.of(DEFAULT));
        for (Sums sums : new Sums[] {Sums.REGISTERS, Sums.BINS}) {
            for (int vector : new int[] {1, 2, 4, 8}) {
                for (int threads : new int[] {128, 256}) {
                    for (int blocks : new int[] {256 / threads, 512 / threads, 768 / threads, 1024 / threads}) {
                        LaunchPolicy policy = new LaunchPolicy(threads, blocks, vector, sums, true);
                        if (!policy.equals(DEFAULT)) {
                            all.add(policy);
                        }
                    }
                }
            }
        }
        all.add(new LaunchPolicy(DEFAULT.threads, DEFAULT.blocks, DEFAULT.vector, DEFAULT.sums, false));
        return all;
    }

    /** The same policy, but with no more pixels of a thread at a time than given. */
    public LaunchPolicy atMost(long pixels) {
        int fewer = vector;
        while (fewer > 1 && fewer > pixels) {
            fewer /= 2;
        }
        return new LaunchPolicy(threads, blocks, fewer, sums, reverse);
    }

    @Override
    public String toString() {
        return "t" + threads + "b" + blocks + "v" + vector + "s" + sums.ordinal() + "r" + (reverse ? 1 : 0);
    }
}
