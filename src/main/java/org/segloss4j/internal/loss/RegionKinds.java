package org.segloss4j.internal.loss;

import java.util.List;
import org.segloss4j.internal.math.AbsentPolicy;
import org.segloss4j.internal.math.Aggregation;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.ClassWeighting;
import org.segloss4j.internal.math.GroupScore;
import org.segloss4j.internal.math.Link;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.RatioScore;
import org.segloss4j.internal.math.Reduction;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.ScoreFunction;
import org.segloss4j.internal.math.WassersteinDiceScore;

/** The region terms of losses, from the settings of a term of the catalogue. */
final class RegionKinds {

    private RegionKinds() {
    }

    /** A score of each class in one of the forms that {@link SettingDefaults#ratio} offers. */
    static RegionTerm region(LossTerm term, RegionScore ratio) {
        double floor = term.number(Setting.FLOOR, 0);
        Link link = switch (term.choice(Setting.LINK, Link.Kind.class, Link.Kind.COMPLEMENT)) {
            case LOG -> Link.log(floor > 0 ? floor : Link.LEAST_SCORE);
            case LOG_COSH -> Link.LOG_COSH;
            case NEGATIVE -> Link.NEGATIVE;
            default -> Link.COMPLEMENT;
        };
        boolean isLinear = link.equals(Link.COMPLEMENT) || link.equals(Link.NEGATIVE);
        return term(term, new RatioScore(ratio, term.isTrue(Setting.SOFT_LABELS), term.isTrue(Setting.SQUARED), floor,
                term.number(Setting.LEAST_TRUE_POSITIVES, 0)).simplest(), link,
                isLinear ? Aggregation.SCORE_MEAN : Aggregation.LOSS_MEAN);
    }

    static RegionTerm ofClasses(LossTerm term, RegionScore score, Link link) {
        return term(term, score, link, Aggregation.LOSS_MEAN);
    }

    /** One score of all classes together. */
    static RegionTerm joint(LossTerm term, ScoreFunction score) {
        return term(term, score, Link.COMPLEMENT, Aggregation.LOSS_MEAN);
    }

    /** In any of the forms that the settings of region losses offer. */
    static RegionTerm term(LossTerm term, ScoreFunction score, Link link, Aggregation otherwise) {
        List<PairSum.Group> groups = term.classGroups();
        Reduction reduction = term.choice(Setting.REDUCTION, Reduction.class, Reduction.MEAN);
        // A sum is one of losses, unless somebody says otherwise and is refused.
        Aggregation mode = term.choice(Setting.WEIGHT_MODE, Aggregation.class,
                reduction == Reduction.SUM ? Aggregation.LOSS_MEAN : otherwise);
        return new RegionTerm(term.coefficient(), groups == null ? score : new GroupScore(score, groups), link, mode,
                score.joinsClasses() ? ClassSelection.ALL : term.selection(), term.perImage(),
                term.choice(Setting.ABSENT_CLASSES, AbsentPolicy.class, AbsentPolicy.SMOOTH), reduction,
                term.number(Setting.POWER, 1));
    }

    static ScoreFunction wasserstein(LossTerm term) {
        ClassWeighting weighting = term.choice(Setting.WEIGHTING, ClassWeighting.class, null);
        if (weighting == ClassWeighting.INVERSE_SQUARE) {
            throw new IllegalArgumentException("weighting is INVERSE_SQUARE, but the Wasserstein loss has UNIFORM and"
                    + " INVERSE");
        }
        return new WassersteinDiceScore(term.distances(), weighting == ClassWeighting.INVERSE, term.numeratorSmooth(),
                term.smooth());
    }

    static RegionScore tversky(LossTerm term) {
        return RegionScore.tversky(term.alpha(), term.beta(), term.smooth());
    }

    /** The losses of the background and of the other classes, in the mean over all of them. */
    static List<RegionTerm> asymmetricTversky(LossTerm term, double share) {
        double delta = term.number(Setting.DELTA);
        RegionScore score = RegionScore.tversky(1 - delta, delta, term.smooth());
        Link power = Link.power(1 - term.gamma());
        if (term.isTrue(Setting.SYMMETRIC)) {
            return List.of(new RegionTerm(share * term.coefficient(), score, power, Aggregation.LOSS_MEAN,
                    term.selection(), term.perImage()));
        }
        return List.of(new RegionTerm(share * term.coefficient(), score, Link.COMPLEMENT, Aggregation.LOSS_MEAN,
                        term.selection().times(1, 0), term.perImage()),
                new RegionTerm(share * term.coefficient(), score, power, Aggregation.LOSS_MEAN,
                        term.selection().times(0, 1), term.perImage()));
    }
}
