package org.segloss4j.internal.loss;

import java.util.List;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.segloss4j.internal.loss.LossKind.Setting;
import org.segloss4j.internal.math.ClassSelection;

/** One loss of the catalogue with its settings and its factor in a sum; settings that it does not have are null. */
public record LossTerm(@JsonProperty("kind") LossKind kind,
                @JsonProperty("coefficient") Double coefficient,
                @JsonProperty("classWeights") List<Double> classWeights,
                @JsonProperty("classIndexes") List<Integer> classIndexes,
                @JsonProperty("perImage") boolean perImage,
                @JsonProperty("smooth") Double smooth,
                @JsonProperty("beta") Double beta,
                @JsonProperty("alpha") Double alpha,
                @JsonProperty("gamma") Double gamma) implements java.io.Serializable {

    public LossTerm {
        if (kind == null) {
            throw new IllegalArgumentException("a loss term needs a kind");
        }
        // A file that leaves it out must not silence the term.
        coefficient = coefficient == null ? Double.valueOf(1) : coefficient;
        requireFinite("coefficient", coefficient);
        smooth = orDefault(kind, Setting.SMOOTH, smooth, 1e-5);
        beta = orDefault(kind, Setting.BETA, beta, 1.0);
        alpha = orDefault(kind, Setting.ALPHA, alpha, 0.25);
        gamma = orDefault(kind, Setting.GAMMA, gamma, 2.0);
        requireAtLeastZero("smooth", smooth);
        requireAtLeastZero("gamma", gamma);
        requireAtLeastZero("alpha", alpha);
        if (beta != null && !(beta > 0 && beta * beta < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("beta is " + beta + ", but must be above 0 and its square finite");
        }
        if (alpha != null && kind == LossKind.BINARY_FOCAL && alpha > 1) {
            throw new IllegalArgumentException("alpha is " + alpha + ", but must lie in 0..1");
        }
        requireHas(kind, Setting.PER_IMAGE, perImage);
        requireHas(kind, Setting.CLASS_WEIGHTS, classWeights != null);
        requireHas(kind, Setting.CLASS_INDEXES, classIndexes != null);
        ClassSelection checked = new ClassSelection(classIndexes, classWeights);
        classIndexes = checked.indexes();
        classWeights = checked.weights();
    }

    public LossTerm(LossKind kind) {
        this(kind, 1.0, null, null, false, null, null, null, null);
    }

    public ClassSelection selection() {
        return new ClassSelection(classIndexes, classWeights);
    }

    public LossTerm withCoefficient(double value) {
        return new LossTerm(kind, value, classWeights, classIndexes, perImage, smooth, beta, alpha, gamma);
    }

    public LossTerm withClassWeights(List<Double> value) {
        return new LossTerm(kind, coefficient, value, classIndexes, perImage, smooth, beta, alpha, gamma);
    }

    public LossTerm withClassIndexes(List<Integer> value) {
        return new LossTerm(kind, coefficient, classWeights, value, perImage, smooth, beta, alpha, gamma);
    }

    public LossTerm withPerImage(boolean value) {
        return new LossTerm(kind, coefficient, classWeights, classIndexes, value, smooth, beta, alpha, gamma);
    }

    public LossTerm withSmooth(double value) {
        return new LossTerm(kind, coefficient, classWeights, classIndexes, perImage, value, beta, alpha, gamma);
    }

    public LossTerm withBeta(double value) {
        return new LossTerm(kind, coefficient, classWeights, classIndexes, perImage, smooth, value, alpha, gamma);
    }

    public LossTerm withAlpha(double value) {
        return new LossTerm(kind, coefficient, classWeights, classIndexes, perImage, smooth, beta, value, gamma);
    }

    public LossTerm withGamma(double value) {
        return new LossTerm(kind, coefficient, classWeights, classIndexes, perImage, smooth, beta, alpha, value);
    }

    private static Double orDefault(LossKind kind, Setting setting, Double value, double fallback) {
        requireHas(kind, setting, value != null);
        if (!kind.has(setting)) {
            return null;
        }
        return value == null ? Double.valueOf(fallback) : value;
    }

    /** A setting that would be passed over in silence is an error. */
    private static void requireHas(LossKind kind, Setting setting, boolean isSet) {
        if (isSet && !kind.has(setting)) {
            throw new IllegalArgumentException(kind.lossName() + " has no " + setting.method());
        }
    }

    private static void requireAtLeastZero(String what, Double value) {
        if (value != null) {
            requireFinite(what, value);
            if (value < 0) {
                throw new IllegalArgumentException(what + " is " + value + ", but must be at least 0");
            }
        }
    }

    private static void requireFinite(String what, double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(what + " is " + value + ", but must be a finite number");
        }
    }
}
