package org.segloss4j.internal.loss;

import java.util.List;
import org.segloss4j.internal.math.AbsentPolicy;
import org.segloss4j.internal.math.Aggregation;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.GroupScore;
import org.segloss4j.internal.math.Link;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.Reduction;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.ScoreFunction;

/**
 * What a metric is made of; beta is 1 for all but the F-score. Older versions wrote no withoutBackground, which is
 * false where it is missing, and no classGroups, which are none then.
 */
public record MetricSettings(MetricKind kind, double beta, List<Double> classWeights, List<Integer> classIndexes,
                             Double threshold, boolean perImage, double smooth, Integer ignoreIndex,
                             AbsentPolicy absentClasses, boolean normalised, boolean withoutBackground,
                             List<List<Integer>> classGroups)
        implements java.io.Serializable {

    public MetricSettings {
        if (kind == null) {
            throw new IllegalArgumentException("a metric needs a kind");
        }
        if (!(beta > 0 && beta * beta < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("beta is " + beta + ", but must be above 0 and its square finite");
        }
        if (!(smooth >= 0 && smooth < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("smooth is " + smooth + ", but must be at least 0");
        }
        if (threshold != null && !(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException("threshold is " + threshold + ", but must lie in 0..1");
        }
        // What an older version has written lacks it.
        absentClasses = absentClasses == null ? AbsentPolicy.SMOOTH : absentClasses;
        ClassSelection checked = new ClassSelection(classIndexes, classWeights, !withoutBackground);
        classIndexes = checked.indexes();
        classWeights = checked.weights();
        if (classGroups != null) {
            classGroups = groups(classGroups).stream().map(PairSum.Group::classes).toList();
            if (withoutBackground) {
                throw new IllegalArgumentException("includeBackground is false, but classGroups says which classes"
                        + " count: leave the background out of the groups");
            }
            if (threshold != null) {
                throw new IllegalArgumentException("threshold is " + threshold + ", which is compared with each class,"
                        + " but of classGroups the sum of their classes counts: use classGroups of"
                        + " SegmentationEvaluation for hard predictions");
            }
        }
    }

    private static List<PairSum.Group> groups(List<List<Integer>> groups) {
        if (groups.isEmpty()) {
            throw new IllegalArgumentException("classGroups must hold at least one group");
        }
        return groups.stream().map(PairSum.Group::new).toList();
    }

    public MetricSettings(MetricKind kind, double beta) {
        this(kind, beta, null, null, null, false, 1e-5, null, AbsentPolicy.SMOOTH, false, false, null);
    }

    public MetricSettings withClassWeights(List<Double> value) {
        return new MetricSettings(kind, beta, value, classIndexes, threshold, perImage, smooth, ignoreIndex,
                absentClasses, normalised, withoutBackground, classGroups);
    }

    public MetricSettings withClassIndexes(List<Integer> value) {
        return new MetricSettings(kind, beta, classWeights, value, threshold, perImage, smooth, ignoreIndex,
                absentClasses, normalised, withoutBackground, classGroups);
    }

    public MetricSettings withThreshold(double value) {
        return new MetricSettings(kind, beta, classWeights, classIndexes, value, perImage, smooth, ignoreIndex,
                absentClasses, normalised, withoutBackground, classGroups);
    }

    public MetricSettings withPerImage(boolean value) {
        return new MetricSettings(kind, beta, classWeights, classIndexes, threshold, value, smooth, ignoreIndex,
                absentClasses, normalised, withoutBackground, classGroups);
    }

    public MetricSettings withSmooth(double value) {
        return new MetricSettings(kind, beta, classWeights, classIndexes, threshold, perImage, value, ignoreIndex,
                absentClasses, normalised, withoutBackground, classGroups);
    }

    public MetricSettings withIgnoreIndex(int value) {
        return new MetricSettings(kind, beta, classWeights, classIndexes, threshold, perImage, smooth, value,
                absentClasses, normalised, withoutBackground, classGroups);
    }

    public MetricSettings withAbsentClasses(String policy) {
        return new MetricSettings(kind, beta, classWeights, classIndexes, threshold, perImage, smooth, ignoreIndex,
                AbsentPolicy.valueOf(policy), normalised, withoutBackground, classGroups);
    }

    public MetricSettings withNormalisedWeights(boolean value) {
        return new MetricSettings(kind, beta, classWeights, classIndexes, threshold, perImage, smooth, ignoreIndex,
                absentClasses, value, withoutBackground, classGroups);
    }

    public MetricSettings withBackground(boolean value) {
        return new MetricSettings(kind, beta, classWeights, classIndexes, threshold, perImage, smooth, ignoreIndex,
                absentClasses, normalised, !value, classGroups);
    }

    public MetricSettings withClassGroups(List<List<Integer>> value) {
        return new MetricSettings(kind, beta, classWeights, classIndexes, threshold, perImage, smooth, ignoreIndex,
                absentClasses, normalised, withoutBackground, value);
    }

    public RegionTerm term() {
        ScoreFunction ofClass = kind.score(beta, smooth);
        ScoreFunction score = classGroups == null ? ofClass : new GroupScore(ofClass, groups(classGroups));
        return new RegionTerm(1, score, Link.COMPLEMENT,
                normalised ? Aggregation.NORMALISED : Aggregation.SCORE_MEAN,
                new ClassSelection(classIndexes, classWeights, !withoutBackground), perImage, absentClasses,
                Reduction.MEAN, 1);
    }

    public LossSpec spec() {
        return new LossSpec(List.of(term()), List.of(), ignoreIndex, threshold);
    }
}
