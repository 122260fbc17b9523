package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;

/** Numbers of 16 bits beside what they were rounded from. */
public final class Rounding16 {

    private Rounding16() {
    }

    /**
     * Checks that numbers are the nearest of their type, of two nearest the even one.
     *
     * @param type HALF or BFLOAT16
     */
    public static void assertNearest(double[] rounded, double[] exact, ElementType type) {
        // Binary digits behind the first, and the exponent below which there are no more of them.
        int digits = type == ElementType.HALF ? 10 : 7;
        int least = type == ElementType.HALF ? -14 : -126;
        assertThat(rounded).hasSameSizeAs(exact);
        int between = 0;
        for (int k = 0; k < exact.length; k++) {
            double unit = Math.scalb(1.0, Math.max(Math.getExponent(exact[k]), least) - digits);
            // These numbers are exact, unlike those of an assertion, which subtracts what it prints.
            double difference = Math.abs(rounded[k] - exact[k]);
            assertThat(difference <= unit / 2).as("element %d, %s rounded from %s", k, rounded[k], exact[k]).isTrue();
            boolean isTie = difference == unit / 2;
            assertThat(isTie && rounded[k] / unit % 2 != 0).as("element %d, rounded from %s, is odd", k, exact[k])
                    .isFalse();
            between += rounded[k] == exact[k] ? 0 : 1;
        }
        assertThat(between).as("numbers that had to be rounded").isPositive();
    }
}
