package org.segloss4j.evaluation;

/** The generalised Dice score of one image, from its counts. */
final class GeneralisedDice {

    private final boolean[] scored;
    private final double[] weight;
    private final double[] hits;
    private final double[] truth;
    private final double[] predicted;

    private GeneralisedDice(int classes, boolean... scored) {
        this.scored = scored;
        weight = new double[classes];
        hits = new double[classes];
        truth = new double[classes];
        predicted = new double[classes];
    }

    static GeneralisedDice of(OutcomeTable table, int image, DiceWeights weights, boolean... scored) {
        GeneralisedDice dice = new GeneralisedDice(scored.length, scored);
        double largest = 0;
        for (int c = 0; c < scored.length; c++) {
            long tp = table.count(image, c, OutcomeTable.TP);
            dice.hits[c] = tp;
            dice.truth[c] = tp + table.count(image, c, OutcomeTable.FN);
            dice.predicted[c] = tp + table.count(image, c, OutcomeTable.FP);
            dice.weight[c] = weights.of(dice.truth[c]);
            if (scored[c] && dice.weight[c] < Double.POSITIVE_INFINITY) {
                largest = Math.max(largest, dice.weight[c]);
            }
        }
        for (int c = 0; c < scored.length; c++) {
            dice.weight[c] = Double.isInfinite(dice.weight[c]) ? largest : dice.weight[c];
        }
        return dice;
    }

    /** Of all classes together. */
    double score() {
        double numerator = 0;
        double denominator = 0;
        double mass = 0;
        for (int c = 0; c < scored.length; c++) {
            if (scored[c]) {
                numerator += 2 * weight[c] * hits[c];
                denominator += weight[c] * (truth[c] + predicted[c]);
                mass += predicted[c];
            }
        }
        return ratio(numerator, denominator, mass);
    }

    /** Of each class; NaN for one that takes no part. */
    double[] scores() {
        double[] scores = new double[scored.length];
        for (int c = 0; c < scored.length; c++) {
            scores[c] = !scored[c] ? Double.NaN : ratio(2 * weight[c] * hits[c],
                    weight[c] * (truth[c] + predicted[c]), predicted[c]);
        }
        return scores;
    }

    private static double ratio(double numerator, double denominator, double predicted) {
        if (denominator == 0) {
            return predicted == 0 ? 1 : 0;
        }
        return numerator / denominator;
    }
}
