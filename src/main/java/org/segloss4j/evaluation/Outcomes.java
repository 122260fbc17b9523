package org.segloss4j.evaluation;

/**
 * How many pixels are true and false positives and negatives, and the shares that follow from it. 0/0 is NaN, since
 * then nothing was measured.
 *
 * @param tp true positives
 * @param fp false positives
 * @param fn false negatives
 * @param tn true negatives
 */
record Outcomes(double tp, double fp, double fn, double tn) {

    /** Of counts in the order of {@link OutcomeTable}. */
    static Outcomes of(long... counts) {
        return new Outcomes(counts[OutcomeTable.TP], counts[OutcomeTable.FP], counts[OutcomeTable.FN],
                counts[OutcomeTable.TN]);
    }

    double fBeta(double beta) {
        double square = beta * beta;
        return (1 + square) * tp / ((1 + square) * tp + square * fn + fp);
    }

    double iou() {
        return tp / (tp + fp + fn);
    }

    double accuracy() {
        return (tp + tn) / (tp + fp + fn + tn);
    }

    double recall() {
        return tp / (tp + fn);
    }

    double specificity() {
        return tn / (tn + fp);
    }

    double precision() {
        return tp / (tp + fp);
    }

    double negativePredictiveValue() {
        return tn / (tn + fn);
    }

    double falseNegativeRate() {
        return fn / (tp + fn);
    }

    double falsePositiveRate() {
        return fp / (tn + fp);
    }

    double falseDiscoveryRate() {
        return fp / (tp + fp);
    }

    double falseOmissionRate() {
        return fn / (tn + fn);
    }

    double mcc() {
        // In these pairs the root is exact where all is right or all is wrong, so that the score is 1 or -1.
        return (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tn + fn) * ((tp + fn) * (tn + fp)));
    }

    double prevalenceThreshold() {
        double hit = recall();
        double alarm = falsePositiveRate();
        return (Math.sqrt(hit * alarm) - alarm) / (hit - alarm);
    }
}
