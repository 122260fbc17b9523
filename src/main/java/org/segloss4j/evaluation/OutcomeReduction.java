package org.segloss4j.evaluation;

/** Reduces the counts of images and classes to one number. */
final class OutcomeReduction {

    private final OutcomeTable table;
    private final boolean[] scored;
    private final OutcomeMetric metric;
    /** The weights of the classes, with a sum of 1, or null. */
    private final double[] factors;

    /** With {@code scored} false for a class that takes part in nothing. */
    OutcomeReduction(OutcomeTable table, OutcomeMetric metric, boolean... scored) {
        this.table = table;
        this.scored = scored;
        this.metric = metric;
        factors = metric.factors(scored);
    }

    /** The number; NaN if there is no image. */
    double value() {
        if (table.images() == 0) {
            return Double.NaN;
        }
        return switch (metric.reduction()) {
            case MICRO -> micro();
            case MACRO, WEIGHTED -> macro();
            case MICRO_IMAGEWISE -> microImagewise();
            case MACRO_IMAGEWISE, WEIGHTED_IMAGEWISE -> metric.skipsUndefined() ? defined() : macroImagewise();
        };
    }

    private double micro() {
        return metric.of(ofScoredClasses(table::pooled));
    }

    /** The counts of all classes that take part. */
    private Outcomes ofScoredClasses(Count count) {
        long[] sum = new long[OutcomeTable.OUTCOMES];
        for (int c = 0; c < scored.length; c++) {
            for (int k = 0; k < sum.length && scored[c]; k++) {
                sum[k] += count.of(c, k);
            }
        }
        return Outcomes.of(sum);
    }

    /** A count of a class: which one, and of what. */
    private interface Count {

        long of(int c, int outcome);
    }

    private double macro() {
        Mean mean = new Mean();
        double weight = 0;
        for (int c = 0; c < scored.length; c++) {
            if (scored[c]) {
                double score = table.pooledScore(metric, c);
                mean.add(factors == null ? score : factors[c] * score);
                weight += factors == null || Double.isNaN(score) ? 0 : factors[c];
            }
        }
        return metric.reduction() != Reduction.WEIGHTED ? mean.value()
                : metric.skipsUndefined() ? mean.sum / weight : mean.sum;
    }

    /** The score of all classes of an image. */
    double ofImage(int image) {
        return metric.defined(ofScoredClasses((c, outcome) -> table.count(image, c, outcome)));
    }

    private double microImagewise() {
        Mean mean = new Mean();
        for (int image = 0; image < table.images(); image++) {
            mean.add(ofImage(image));
        }
        return mean.value();
    }

    private double macroImagewise() {
        Mean mean = new Mean();
        for (int c = 0; c < scored.length; c++) {
            Mean ofClass = new Mean();
            for (int image = 0; image < table.images() && scored[c]; image++) {
                ofClass.add(table.score(metric, image, c));
            }
            if (scored[c]) {
                mean.add(factors == null ? ofClass.value() : factors[c] * ofClass.value());
            }
        }
        return mean.value();
    }

    /** The mean over the images that have a score of the mean over the classes that have one. */
    private double defined() {
        Mean mean = new Mean();
        for (int image = 0; image < table.images(); image++) {
            Mean ofImage = new Mean();
            for (int c = 0; c < scored.length; c++) {
                if (scored[c]) {
                    ofImage.add(table.score(metric, image, c));
                }
            }
            mean.add(ofImage.value());
        }
        return mean.value();
    }

    /** Of what is not NaN. */
    private static final class Mean {

        private double sum;
        private int count;

        void add(double value) {
            if (!Double.isNaN(value)) {
                sum += value;
                count++;
            }
        }

        double value() {
            return sum / count;
        }
    }
}
