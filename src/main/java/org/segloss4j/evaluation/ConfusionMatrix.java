package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.math.BigInteger;

/** 64-bit counts of (truth, prediction) pairs and the scores that follow from them. */
final class ConfusionMatrix {

    /** 128 MiB of counts; a vocabulary of classes beyond it is a mistake. */
    static final int MOST_CLASSES = 4096;

    private final int classes;
    private long[] counts;
    /** Of all counts. */
    private long total;
    private Integer ignoreIndex;

    ConfusionMatrix(int classes, Integer ignoreIndex) {
        this.classes = Checks.numberOfClasses(classes);
        this.counts = new long[classes * classes];
        this.ignoreIndex = ignoreIndex;
    }

    int classes() {
        return classes;
    }

    Integer ignoreIndex() {
        return ignoreIndex;
    }

    void ignoreIndex(Integer label) {
        ignoreIndex = label;
    }

    /** The counts themselves, that of truth t and prediction p at t·C + p. */
    long[] counts() {
        return counts;
    }

    void reset() {
        counts = new long[counts.length];
        total = 0;
    }

    /** Adds C·C counts, or throws and adds nothing if one is negative or a sum overflows. */
    void add(long[] confusion) {
        require(confusion.length == counts.length, confusion.length + " counts for " + classes + " classes, but "
                + counts.length + " are needed");
        long[] sum = counts.clone();
        long all = 0;
        for (int k = 0; k < sum.length; k++) {
            require(confusion[k] >= 0, "count " + confusion[k] + " at truth " + k / classes + ", prediction "
                    + k % classes + " is negative");
            sum[k] += isIgnored(k / classes) ? 0 : confusion[k];
            all += sum[k];
            require(sum[k] >= 0 && all >= 0, "the counts exceed 2^63 - 1");
        }
        counts = sum;
        total = all;
    }

    long count(int truth, int predicted) {
        return counts[checked(truth) * classes + checked(predicted)];
    }

    long total() {
        return total;
    }

    /** All pixels of a class. */
    long truthCount(int c) {
        long sum = 0;
        for (int k = 0; k < classes; k++) {
            sum += count(c, k);
        }
        return sum;
    }

    /** All pixels predicted as a class. */
    long predictedCount(int c) {
        long sum = 0;
        for (int k = 0; k < classes; k++) {
            sum += count(k, c);
        }
        return sum;
    }

    boolean isIgnored(int c) {
        return ignoreIndex != null && ignoreIndex == c;
    }

    /** NaN for the ignored class and for 0/0. */
    double score(ClassScore score, int c) {
        return score(score.formula(), c);
    }

    /** NaN for the ignored class and for 0/0. */
    double score(OutcomeFormula formula, int c) {
        return isIgnored(c) ? Double.NaN : formula.of(Outcomes.of(outcomes(c)), 1);
    }

    /** TP, FP, FN and TN of a class, in the order of {@link OutcomeTable}. */
    long[] outcomes(int c) {
        long hits = count(c, c);
        long wrong = predictedCount(c) - hits;
        long missed = truthCount(c) - hits;
        return new long[] {hits, wrong, missed, total - hits - wrong - missed};
    }

    /** The counts of a group of classes against all others: [others, group] by [others, group]. */
    long[] ofGroup(boolean... members) {
        long[] sums = new long[4];
        for (int k = 0; k < counts.length; k++) {
            sums[(members[k / classes] ? 2 : 0) + (members[k % classes] ? 1 : 0)] += counts[k];
        }
        return sums;
    }

    /** TP, FP, FN and TN of a group of classes. */
    long[] outcomesOfGroup(boolean... members) {
        long[] sums = ofGroup(members);
        return new long[] {sums[3], sums[1], sums[2], sums[0]};
    }

    /** Over the classes whose score is not NaN. */
    double mean(ClassScore score) {
        double sum = 0;
        int defined = 0;
        for (int c = 0; c < classes; c++) {
            double value = score(score, c);
            if (!Double.isNaN(value)) {
                sum += value;
                defined++;
            }
        }
        return sum / defined;
    }

    double pixelAccuracy() {
        double right = 0;
        for (int c = 0; c < classes; c++) {
            right += count(c, c);
        }
        return right / total();
    }

    double frequencyWeightedIou() {
        double sum = 0;
        double weight = 0;
        for (int c = 0; c < classes; c++) {
            double iou = score(ClassScore.IOU, c);
            if (!Double.isNaN(iou)) {
                sum += truthCount(c) * iou;
                weight += truthCount(c);
            }
        }
        return sum / weight;
    }

    /** Matthews correlation coefficient of all classes together; NaN where truth or prediction is of one class only. */
    double mcc() {
        BigInteger[] sums = squares();
        return sums[0].doubleValue() / Math.sqrt(sums[1].multiply(sums[2]).doubleValue());
    }

    /** Cohen's kappa; NaN where truth and prediction are of one and the same class only. */
    double cohenKappa() {
        BigInteger[] sums = squares();
        BigInteger byChance = BigInteger.ZERO;
        for (int c = 0; c < classes; c++) {
            byChance = byChance.add(product(truthCount(c), predictedCount(c)));
        }
        return sums[0].doubleValue() / product(total, total).subtract(byChance).doubleValue();
    }

    /**
     * Cohen's kappa of classes in an order, where an error counts by how far the classes are apart: 1 less the errors
     * by those of chance. Whole until the division. NaN where truth and prediction are of one and the same class only.
     *
     * @param power of the distance between two classes: 1 or 2
     */
    double weightedKappa(int power) {
        BigInteger errors = BigInteger.ZERO;
        BigInteger byChance = BigInteger.ZERO;
        for (int t = 0; t < classes; t++) {
            for (int p = 0; p < classes; p++) {
                BigInteger distance = BigInteger.valueOf(Math.abs(t - p)).pow(power);
                errors = errors.add(distance.multiply(BigInteger.valueOf(count(t, p))));
                byChance = byChance.add(distance.multiply(product(truthCount(t), predictedCount(p))));
            }
        }
        return byChance.subtract(errors.multiply(BigInteger.valueOf(total))).doubleValue() / byChance.doubleValue();
    }

    /**
     * With s pixels, of which r are right, and t and p of each class in truth and prediction: r·s − Σ t·p, s² − Σ t²,
     * s² − Σ p². Whole, since these differences of large numbers may be small.
     */
    private BigInteger[] squares() {
        BigInteger right = BigInteger.ZERO;
        BigInteger[] sums = {BigInteger.ZERO, product(total, total), product(total, total)};
        for (int c = 0; c < classes; c++) {
            long truth = truthCount(c);
            long predicted = predictedCount(c);
            right = right.add(BigInteger.valueOf(count(c, c)));
            sums[0] = sums[0].subtract(product(truth, predicted));
            sums[1] = sums[1].subtract(product(truth, truth));
            sums[2] = sums[2].subtract(product(predicted, predicted));
        }
        sums[0] = sums[0].add(right.multiply(BigInteger.valueOf(total)));
        return sums;
    }

    private static BigInteger product(long a, long b) {
        return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
    }

    private int checked(int c) {
        return Checks.knownClass(c, classes);
    }
}
