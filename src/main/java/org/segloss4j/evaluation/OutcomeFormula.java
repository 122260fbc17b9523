package org.segloss4j.evaluation;

import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;

/** The scores that true and false positives and negatives have by name. */
enum OutcomeFormula {
    /** The only one that β matters to. */
    F_BETA(Outcomes::fBeta),
    IOU(Outcomes::iou),
    ACCURACY(Outcomes::accuracy),
    RECALL(Outcomes::recall),
    SPECIFICITY(Outcomes::specificity),
    BALANCED_ACCURACY(outcomes -> (outcomes.recall() + outcomes.specificity()) / 2),
    PRECISION(Outcomes::precision),
    NEGATIVE_PREDICTIVE_VALUE(Outcomes::negativePredictiveValue),
    FALSE_NEGATIVE_RATE(Outcomes::falseNegativeRate),
    FALSE_POSITIVE_RATE(Outcomes::falsePositiveRate),
    FALSE_DISCOVERY_RATE(Outcomes::falseDiscoveryRate),
    FALSE_OMISSION_RATE(Outcomes::falseOmissionRate),
    POSITIVE_LIKELIHOOD_RATIO(outcomes -> outcomes.recall() / outcomes.falsePositiveRate()),
    NEGATIVE_LIKELIHOOD_RATIO(outcomes -> outcomes.falseNegativeRate() / outcomes.specificity()),
    MCC(Outcomes::mcc),
    PREVALENCE_THRESHOLD(Outcomes::prevalenceThreshold),
    FOWLKES_MALLOWS(outcomes -> Math.sqrt(outcomes.precision() * outcomes.recall())),
    INFORMEDNESS(outcomes -> outcomes.recall() + outcomes.specificity() - 1),
    MARKEDNESS(outcomes -> outcomes.precision() + outcomes.negativePredictiveValue() - 1);

    private final ToDoubleBiFunction<Outcomes, Double> formula;

    OutcomeFormula(ToDoubleFunction<Outcomes> formula) {
        this((outcomes, beta) -> formula.applyAsDouble(outcomes));
    }

    OutcomeFormula(ToDoubleBiFunction<Outcomes, Double> formula) {
        this.formula = formula;
    }

    double of(Outcomes outcomes, double beta) {
        return formula.applyAsDouble(outcomes, beta);
    }

    /** Whether a smaller value is better. */
    boolean minimised() {
        return switch (this) {
            case FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE, FALSE_DISCOVERY_RATE, FALSE_OMISSION_RATE,
                    NEGATIVE_LIKELIHOOD_RATIO, PREVALENCE_THRESHOLD -> true;
            default -> false;
        };
    }
}
