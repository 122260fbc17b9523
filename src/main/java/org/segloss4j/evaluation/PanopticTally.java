package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.segloss4j.evaluation.PanopticEvaluation.Quality;

/**
 * What became of the segments of each class: sums of the IoU of matches, and how many segments match, were predicted
 * without a match, or were missed.
 *
 * @param ious     sums of the IoU of matches
 * @param matched  true positives
 * @param invented false positives
 * @param missed   false negatives
 */
record PanopticTally(double[] ious, long[] matched, long[] invented, long[] missed) {

    /** An empty one. */
    PanopticTally(int classes) {
        this(new double[classes], new long[classes], new long[classes], new long[classes]);
    }

    /** A copy of what was stored for so many classes, with all checks. */
    PanopticTally checkedCopy(int classes) {
        for (long[] counts : new long[][] {matched, invented, missed}) {
            require(counts != null && counts.length == classes
                    && Arrays.stream(counts).allMatch(count -> count >= 0), "counts of segments are "
                    + Arrays.toString(counts));
        }
        require(ious != null && ious.length == classes && Arrays.stream(ious).allMatch(sum -> sum >= 0),
                "sums of IoU are " + Arrays.toString(ious));
        return new PanopticTally(ious.clone(), matched.clone(), invented.clone(), missed.clone());
    }

    void match(int k, double iou) {
        matched[k]++;
        ious[k] += iou;
    }

    /** The modified quality: a true segment counts, whatever was predicted, and has the IoU of all that overlaps. */
    void overlap(int k, double iou) {
        ious[k] += iou;
    }

    void expect(int k) {
        matched[k]++;
    }

    void miss(int k) {
        missed[k]++;
    }

    void invent(int k) {
        invented[k]++;
    }

    void add(PanopticTally other) {
        for (int k = 0; k < ious.length; k++) {
            ious[k] += other.ious[k];
            matched[k] += other.matched[k];
            missed[k] += other.missed[k];
            invented[k] += other.invented[k];
        }
    }

    /** The quality of a class; NaN if it has no segment that counts. */
    double of(Quality quality, int k) {
        double segments = matched[k] + 0.5 * invented[k] + 0.5 * missed[k];
        if (segments == 0) {
            return Double.NaN;
        }
        return switch (quality) {
            case PQ -> ious[k] / segments;
            case SQ -> matched[k] == 0 ? 0 : ious[k] / matched[k];
            case RQ -> matched[k] / segments;
        };
    }

    /** Over the classes from one place to before another that have a segment. */
    double mean(Quality quality, int from, int to) {
        return IntStream.range(from, to).mapToDouble(k -> of(quality, k)).filter(value -> !Double.isNaN(value))
                .average().orElse(Double.NaN);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof PanopticTally other && Arrays.equals(ious, other.ious)
                && Arrays.equals(matched, other.matched) && Arrays.equals(invented, other.invented)
                && Arrays.equals(missed, other.missed);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(ious), Arrays.hashCode(matched));
    }

    @Override
    public String toString() {
        return "ious " + Arrays.toString(ious) + ", matched " + Arrays.toString(matched) + ", invented "
                + Arrays.toString(invented) + ", missed " + Arrays.toString(missed);
    }
}
