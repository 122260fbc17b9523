package org.segloss4j.evaluation;

/** A score of true and false positives and negatives. 0/0 is NaN, since then nothing was measured. */
enum OutcomeFormula {
    F_BETA {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            double square = beta * beta;
            return (1 + square) * tp / ((1 + square) * tp + square * fn + fp);
        }
    },
    IOU {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return tp / (tp + fp + fn);
        }
    },
    ACCURACY {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return (tp + tn) / (tp + fp + fn + tn);
        }
    },
    RECALL {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return tp / (tp + fn);
        }
    },
    SPECIFICITY {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return tn / (tn + fp);
        }
    },
    BALANCED_ACCURACY {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return (tp / (tp + fn) + tn / (tn + fp)) / 2;
        }
    },
    PRECISION {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return tp / (tp + fp);
        }
    },
    NEGATIVE_PREDICTIVE_VALUE {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return tn / (tn + fn);
        }
    },
    FALSE_NEGATIVE_RATE {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return fn / (tp + fn);
        }
    },
    FALSE_POSITIVE_RATE {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return fp / (tn + fp);
        }
    },
    FALSE_DISCOVERY_RATE {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return fp / (tp + fp);
        }
    },
    FALSE_OMISSION_RATE {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return fn / (tn + fn);
        }
    },
    POSITIVE_LIKELIHOOD_RATIO {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return tp / (tp + fn) / (fp / (tn + fp));
        }
    },
    NEGATIVE_LIKELIHOOD_RATIO {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return fn / (tp + fn) / (tn / (tn + fp));
        }
    },
    MCC {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            // In these pairs the root is exact where all is right or all is wrong, so that the score is 1 or -1.
            return (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tn + fn) * ((tp + fn) * (tn + fp)));
        }
    },
    PREVALENCE_THRESHOLD {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            double hit = tp / (tp + fn);
            double alarm = fp / (tn + fp);
            return (Math.sqrt(hit * alarm) - alarm) / (hit - alarm);
        }
    },
    FOWLKES_MALLOWS {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return Math.sqrt(tp / (tp + fp) * (tp / (tp + fn)));
        }
    },
    INFORMEDNESS {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return tp / (tp + fn) + tn / (tn + fp) - 1;
        }
    },
    MARKEDNESS {
        @Override
        double of(double tp, double fp, double fn, double tn, double beta) {
            return tp / (tp + fp) + tn / (tn + fn) - 1;
        }
    };

    /**
     * The score.
     *
     * @param tp   true positives
     * @param fp   false positives
     * @param fn   false negatives
     * @param tn   true negatives
     * @param beta of the F-score; the others do not use it
     */
    abstract double of(double tp, double fp, double fn, double tn, double beta);

    /** Whether a smaller value is better. */
    boolean minimised() {
        return switch (this) {
            case FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE, FALSE_DISCOVERY_RATE, FALSE_OMISSION_RATE,
                    NEGATIVE_LIKELIHOOD_RATIO, PREVALENCE_THRESHOLD -> true;
            default -> false;
        };
    }
}
