package org.segloss4j.internal.loss;

import static org.segloss4j.internal.loss.Setting.ALPHA;
import static org.segloss4j.internal.loss.Setting.BETA;
import static org.segloss4j.internal.loss.Setting.FLOOR;
import static org.segloss4j.internal.loss.Setting.FRACTION;
import static org.segloss4j.internal.loss.Setting.GAMMA;
import static org.segloss4j.internal.loss.Setting.INCLUDE_BACKGROUND;
import static org.segloss4j.internal.loss.Setting.POWER;
import static org.segloss4j.internal.loss.Setting.THRESHOLD;

import java.util.List;
import java.util.Set;
import org.segloss4j.internal.math.Link;

/** What the settings of one loss have to fulfil together; what each may be by itself is told by {@link Setting}. */
final class TermChecks {

    /** The losses whose α may be one for each class. */
    private static final Set<LossKind> LISTS_OF_ALPHA = Set.of(LossKind.SOFTMAX_FOCAL, LossKind.SIGMOID_FOCAL,
            LossKind.POLY_FOCAL);
    /** Up to it, sums in float have three digits left after they cancel. */
    private static final double MOST_ERROR_WEIGHT = 10_000;
    /** Bins whose sums take no more memory than a chunk of pixels does. */
    private static final int MOST_BINS = 1000;
    private static final int MOST_KEPT = Integer.MAX_VALUE;

    private final LossTerm term;
    private final LossKind kind;

    TermChecks(LossTerm term) {
        this.term = term;
        kind = term.kind();
    }

    /** Throws {@link IllegalArgumentException} for what does not go together, with the value and what to do. */
    void all() {
        // Whatever else does not go together is refused where classes and terms are made.
        term.selection();
        checkFocal();
        kind.pixels(term);
        checkScores();
        checkRanks();
        checkLink();
        kind.regions(term);
    }

    private void checkFocal() {
        Object alpha = term.value(ALPHA);
        boolean takesList = LISTS_OF_ALPHA.contains(kind);
        if (alpha instanceof List<?> && !takesList) {
            throw refused(ALPHA, alpha, kind.lossName() + " takes one number");
        }
        if (takesList && alpha instanceof Double number && number > 1) {
            throw refused(ALPHA, alpha, "must lie in 0..1; classWeights weigh the classes by other numbers");
        }
        if (takesList && kind != LossKind.SOFTMAX_FOCAL && alpha instanceof List<?> list
                && list.stream().anyMatch(each -> (double) each > 1)) {
            throw refused(ALPHA, alpha, "must lie in 0..1");
        }
        if (kind.has(Setting.SYMMETRIC) && kind != LossKind.ASYMMETRIC_FOCAL && term.gamma() >= 1) {
            throw refused(GAMMA, term.gamma(), "must be below 1: the exponent is 1 - gamma");
        }
        for (Setting setting : new Setting[] {Setting.REDUCED_THRESHOLD, Setting.Q}) {
            if (term.value(setting) instanceof Double value && value == 0) {
                throw refused(setting, 0, "must be above 0 and at most 1");
            }
        }
    }

    private void checkScores() {
        if (kind == LossKind.DICE && !(term.beta() > 0 && term.beta() * term.beta() < Double.POSITIVE_INFINITY)) {
            throw refused(BETA, term.beta(), "must be above 0 and its square finite");
        }
        if (kind == LossKind.DICE && term.isTrue(Setting.SQUARED) && term.beta() != 1) {
            throw refused(BETA, term.beta(), "squared masses of predictions and labels are summed together, so it must"
                    + " be 1");
        }
        if (kind == LossKind.BINARY_FOCAL && term.alpha() > 1) {
            throw refused(ALPHA, term.alpha(), "must lie in 0..1");
        }
        if (kind == LossKind.TVERSKY || kind == LossKind.FOCAL_TVERSKY) {
            requireErrorWeight(ALPHA, term.alpha());
            requireErrorWeight(BETA, term.beta());
            if (term.alpha() + term.beta() == 0) {
                throw new IllegalArgumentException("alpha and beta are both 0, but one must be above 0");
            }
        }
        if (kind == LossKind.FOCAL_TVERSKY && term.gamma() == 0) {
            throw refused(GAMMA, 0, "must be above 0");
        }
    }

    /**
     * The index divides by {@code (1 − α − β)·I + α·P + β·G}. With large factors, the rounding of the sums is larger
     * than what is left when they cancel.
     */
    private static void requireErrorWeight(Setting setting, double value) {
        if (value > MOST_ERROR_WEIGHT) {
            throw refused(setting, value, "must be at most " + (long) MOST_ERROR_WEIGHT);
        }
    }

    private void checkRanks() {
        if (kind.has(FRACTION) && !(term.fraction() > 0 && term.fraction() <= 1)) {
            throw refused(FRACTION, term.fraction(), "must be above 0 and at most 1");
        }
        if (kind.has(THRESHOLD) && term.threshold() > 1) {
            throw refused(THRESHOLD, term.threshold(), "must lie in 0..1");
        }
        requireWhole(Setting.MIN_KEPT, MOST_KEPT);
        requireWhole(Setting.BINS, MOST_BINS);
    }

    private void requireWhole(Setting setting, int most) {
        if (term.value(setting) instanceof Double value
                && !(value == Math.rint(value) && value >= 1 && value <= most)) {
            throw refused(setting, value, "must be a whole number from 1 to " + most);
        }
    }

    private void checkLink() {
        Link.Kind link = term.choice(Setting.LINK, Link.Kind.class, Link.Kind.COMPLEMENT);
        if (link == Link.Kind.LOG && term.number(FLOOR, 0) >= 1) {
            throw refused(FLOOR, term.number(FLOOR, 0), "it is also the least score of a logarithm, so it must be"
                    + " below 1");
        }
        if (link == Link.Kind.NEGATIVE && term.number(POWER, 1) != 1) {
            throw refused(POWER, term.number(POWER, 1), "a negative score has none, so it must be 1");
        }
        if (kind.has(Setting.CLASS_GROUPS) && term.classGroups() != null
                && Boolean.FALSE.equals(term.value(INCLUDE_BACKGROUND))) {
            throw refused(INCLUDE_BACKGROUND, false, "classGroups says which classes count: leave the background out of"
                    + " the groups");
        }
    }

    private static IllegalArgumentException refused(Setting setting, Object value, String why) {
        return new IllegalArgumentException(setting.method() + " is " + value + ", but " + why);
    }
}
