package org.segloss4j.evaluation;

/**
 * How the generalised Dice score weighs a class by the pixels G that it has in the truth of an image. Names are those
 * of MONAI's {@code weight_type}.
 *
 * @since 0.1.0
 */
public enum DiceWeights {
    /** 1/G²; MONAI's default, and Sudre's definition. */
    SQUARE {
        @Override
        double of(double truth) {
            return 1 / (truth * truth);
        }
    },
    /** 1/G. */
    SIMPLE {
        @Override
        double of(double truth) {
            return 1 / truth;
        }
    },
    /** 1. */
    UNIFORM {
        @Override
        double of(double truth) {
            return 1;
        }
    };

    /** The weight, infinite for a class that does not occur. */
    abstract double of(double truth);
}
