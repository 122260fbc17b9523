package org.segloss4j.internal.loss;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.segloss4j.internal.math.BoundedCurve;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.FactorCurve;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LabelSmoothing;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.PixelTerm.Input;

/** The pixel terms of losses that do not clip, from the settings of a term of the catalogue. */
final class PixelKinds {

    private static final FocalCurve ENTROPY = new FocalCurve(1, 0, 0);

    private PixelKinds() {
    }

    /** Binary cross-entropy in the forms of Keras' versions. */
    static PixelTerm binaryCrossEntropy(LossTerm term) {
        return switch (term.word(Setting.FORM)) {
            case "LOGITS" -> new PixelTerm(term.coefficient(), ENTROPY, ENTROPY, Input.PROBABILITY, term.selection(),
                    null, LabelSmoothing.NONE, Normaliser.OUTPUTS);
            case "CLIP_PLUS_EPSILON" -> clipped(term, LogCurve.EPSILON);
            default -> clipped(term, 0);
        };
    }

    private static PixelTerm clipped(LossTerm term, double logOffset) {
        LogCurve log = new LogCurve(1, 0, logOffset);
        return new PixelTerm(term.coefficient(), log, log, false, term.selection());
    }

    static List<PixelTerm> crossEntropy(LossTerm term) {
        return List.of(categorical(term, 1, ENTROPY, term.selection()));
    }

    /** Cross-entropy or focal loss, and the polynomial {@code ε·(1−u)^(γ+1)}. */
    static List<PixelTerm> polyCrossEntropy(LossTerm term) {
        double gamma = term.gamma();
        return List.of(categorical(term, 1, new FocalCurve(1, gamma, 0), term.selection()),
                categorical(term, term.number(Setting.EPSILON), new FactorCurve(1, gamma + 1, 0), term.selection()));
    }

    static List<PixelTerm> generalisedCrossEntropy(LossTerm term) {
        return List.of(categorical(term, 1, new BoundedCurve(1, term.number(Setting.Q)), term.selection()));
    }

    static List<PixelTerm> softmaxFocal(LossTerm term) {
        Object alpha = term.value(Setting.ALPHA);
        ClassSelection classes = alpha == null ? term.selection()
                : alpha instanceof List<?> ? weighted(term, Setting.ALPHA, (weight, each) -> weight * each)
                : term.selection().times(1 - term.alpha(), term.alpha());
        return normalised(term, categorical(term, 1, new FocalCurve(1, term.gamma(), threshold(term)), classes));
    }

    static List<PixelTerm> sigmoidCrossEntropy(LossTerm term) {
        ClassSelection positive = weighted(term, Setting.POSITIVE_WEIGHTS, (weight, each) -> weight * each);
        return List.of(binary(term, ENTROPY, ENTROPY, positive));
    }

    static List<PixelTerm> sigmoidFocal(LossTerm term) {
        PixelTerm focal = sigmoidFocal(term, threshold(term));
        String mixed = term.word(Setting.MIXED_LABELS);
        return normalised(term, mixed.equals("SIDES") ? focal : new PixelTerm(focal.coefficient(), focal.positive(),
                focal.negative(), Input.valueOf(mixed), focal.classes(), focal.others(), focal.smoothing(),
                focal.normaliser()));
    }

    /** Sigmoid focal loss, and the polynomial {@code ε·(1−u)^(γ+1)} of the probability u of the truth. */
    static List<PixelTerm> polyFocal(LossTerm term) {
        PixelTerm focal = sigmoidFocal(term, 0);
        double gamma = term.gamma() + 1;
        return List.of(focal, new PixelTerm(term.number(Setting.EPSILON) * focal.coefficient(),
                new FactorCurve(side(focal.positive()), gamma, 0), new FactorCurve(side(focal.negative()), gamma, 0),
                focal.input(), focal.classes(), focal.others(), focal.smoothing(), focal.normaliser()));
    }

    private static double side(PixelCurve curve) {
        return ((FocalCurve) curve).a();
    }

    /** α weighs the truth and 1 − α the rest, both of them alike for all classes or each class by its own. */
    private static PixelTerm sigmoidFocal(LossTerm term, double threshold) {
        double gamma = term.gamma();
        if (term.value(Setting.ALPHA) instanceof Double alpha) {
            return binary(term, new FocalCurve(alpha, gamma, threshold), new FocalCurve(1 - alpha, gamma, threshold),
                    term.selection());
        }
        FocalCurve curve = new FocalCurve(1, gamma, threshold);
        if (term.value(Setting.ALPHA) == null) {
            return binary(term, curve, curve, term.selection());
        }
        PixelTerm plain = binary(term, curve, curve, weighted(term, Setting.ALPHA, (weight, each) -> weight * each));
        return new PixelTerm(plain.coefficient(), curve, curve, plain.input(), plain.classes(),
                weighted(term, Setting.ALPHA, (weight, each) -> weight * (1 - each)), plain.smoothing(),
                plain.normaliser());
    }

    /** Background and foreground; each is a sum over pixels of its part, so their sum is one over classes. */
    static List<PixelTerm> asymmetricFocal(LossTerm term, double share) {
        double delta = term.number(Setting.DELTA);
        PixelCurve focal = inForm(term, term.gamma());
        if (term.isTrue(Setting.SYMMETRIC)) {
            return List.of(categorical(term, share, focal, term.selection().times(1 - delta, delta)));
        }
        return List.of(categorical(term, share, focal, term.selection().times(1 - delta, 0)),
                categorical(term, share, inForm(term, 0), term.selection().times(0, delta)));
    }

    /** The focal loss of exact probabilities, or of those that Keras' forms clip. */
    private static PixelCurve inForm(LossTerm term, double gamma) {
        return switch (term.word(Setting.FORM)) {
            case "CLIP" -> new LogCurve(1, gamma, 0);
            case "CLIP_PLUS_EPSILON" -> new LogCurve(1, gamma, LogCurve.EPSILON);
            default -> new FocalCurve(1, gamma, 0);
        };
    }

    private static PixelTerm categorical(LossTerm term, double factor, PixelCurve curve, ClassSelection classes) {
        Input input = term.isTrue(Setting.FROM_LOGITS) ? Input.SOFTMAX
                : classes.indexes() == null && classes.background() ? Input.PROBABILITY : Input.RENORMALISED;
        return new PixelTerm(factor * term.coefficient(), curve, null, input, classes, null,
                new LabelSmoothing(LabelSmoothing.Kind.UNIFORM, term.smoothing()), normaliser(term));
    }

    private static PixelTerm binary(LossTerm term, PixelCurve positive, PixelCurve negative, ClassSelection classes) {
        return new PixelTerm(term.coefficient(), positive, negative,
                term.isTrue(Setting.FROM_LOGITS) ? Input.SIGMOID : Input.PROBABILITY, classes,
                classes.equals(term.selection()) ? null : term.selection(),
                new LabelSmoothing(LabelSmoothing.Kind.HALF, term.smoothing()), normaliser(term));
    }

    private static Normaliser normaliser(LossTerm term) {
        String word = term.word(Setting.NORMALISER);
        return word == null ? Normaliser.PIXELS : Normaliser.valueOf(word);
    }

    private static double threshold(LossTerm term) {
        Double threshold = (Double) term.value(Setting.REDUCED_THRESHOLD);
        return threshold == null ? 0 : threshold;
    }

    /** Of a focal term with what it is divided by, if that is asked for: the sum of its factors without weights. */
    private static List<PixelTerm> normalised(LossTerm term, PixelTerm focal) {
        if (!term.isTrue(Setting.NORMALISED)) {
            return List.of(focal);
        }
        FactorCurve factor = new FactorCurve(1, term.gamma(), threshold(term));
        return List.of(new PixelTerm(focal.coefficient(), focal.positive(), focal.negative(), focal.input(),
                        focal.classes(), focal.others(), focal.smoothing(), Normaliser.NEXT_TERM),
                new PixelTerm(0, factor, focal.binary() ? factor : null, focal.input(),
                        focal.classes().weighted(null), null, focal.smoothing(),
                        focal.normaliser()));
    }

    /** The gathered classes, weighted by their weights and another setting with one number for each or for all. */
    private static ClassSelection weighted(LossTerm term, Setting setting, DoubleBinaryOperator of) {
        List<Double> factors = term.numbers(setting);
        ClassSelection classes = term.selection();
        if (factors == null) {
            return classes;
        }
        List<Double> weights = classes.weights() == null ? List.of(1.0) : classes.weights();
        int count = Math.max(weights.size(), factors.size());
        if (Math.min(weights.size(), factors.size()) != 1 && weights.size() != factors.size()) {
            throw new IllegalArgumentException(setting.method() + " has " + factors.size()
                    + " values, but classWeights has " + weights.size());
        }
        List<Double> products = new ArrayList<>(IntStream.range(0, count).mapToObj(k -> of.applyAsDouble(
                weights.get(weights.size() == 1 ? 0 : k), factors.get(factors.size() == 1 ? 0 : k))).toList());
        if (products.stream().allMatch(product -> product == 0)) {
            throw new IllegalArgumentException(setting.method() + " is " + factors + ", which leaves a side of all"
                    + " classes without weight");
        }
        return classes.weighted(products);
    }
}
