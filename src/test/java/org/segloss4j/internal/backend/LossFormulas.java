package org.segloss4j.internal.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.segloss4j.LossCases.Case;
import org.segloss4j.internal.loss.Setting;

/**
 * Every loss as its formula stands in the literature and in {@code segmentation_models}, in plain double code that
 * shares nothing with the library: neither the six numbers of a score, nor links, nor curves, nor defaults.
 *
 * @param p probabilities [N][C][S]
 * @param z predictions before the activation [N][C][S]
 * @param g truth [N][C][S]
 * @param m weights of pixels [N][S]
 */
record LossFormulas(double[][][] p, double[][][] z, double[][][] g, double[][] m) {

    private static final double CLIP = 1e-7;

    /** The value of a loss; a batch of weight 0 costs nothing. */
    double value(Case loss) {
        if (IntStream.range(0, m.length).allMatch(this::isVoid)) {
            return 0;
        }
        double smooth = number(loss, Setting.SMOOTH, 1e-5);
        return switch (loss.kind()) {
            case JACCARD -> 1 - mean(loss, (i, p, g) -> (i + smooth) / (g + p - i + smooth), x -> x);
            case DICE -> {
                double b2 = Math.pow(number(loss, Setting.BETA, 1), 2);
                yield 1 - mean(loss, (i, p, g) -> ((1 + b2) * i + smooth) / (b2 * g + p + smooth), x -> x);
            }
            case TVERSKY -> 1 - mean(loss, tversky(loss, 0.5, 0.5), x -> x);
            case FOCAL_TVERSKY -> {
                double gamma = number(loss, Setting.GAMMA, 0.75);
                yield mean(loss, tversky(loss, 0.3, 0.7), x -> Math.pow(1 - x, gamma));
            }
            case LOG_DICE -> mean(loss, dice(smooth), x -> -Math.log(Math.max(x, 1e-7)));
            case LOG_COSH_DICE -> mean(loss, dice(smooth), x -> Math.log(Math.cosh(1 - x)));
            case BINARY_CROSS_ENTROPY -> {
                double inside = "clip_plus_epsilon".equals(loss.settings().get(Setting.FORM)) ? CLIP : 0;
                yield "logits".equals(loss.settings().get(Setting.FORM))
                        ? new PixelFormulas(this, loss, 0, "outputs").binary((p, g, k) -> -g * Math.log(p)
                        - (1 - g) * Math.log1p(-p))
                        : overPixels(loss, false, (p, g) -> -g * Math.log(p + inside)
                        - (1 - g) * Math.log(1 - p + inside));
            }
            case CATEGORICAL_CROSS_ENTROPY -> overPixels(loss, true, (p, g) -> -g * Math.log(p));
            case CATEGORICAL_FOCAL -> {
                double alpha = number(loss, Setting.ALPHA, 0.25);
                double gamma = number(loss, Setting.GAMMA, 2);
                yield overPixels(loss, false, (p, g) -> -g * alpha * Math.pow(1 - p, gamma) * Math.log(p));
            }
            case BINARY_FOCAL -> {
                double alpha = number(loss, Setting.ALPHA, 0.25);
                double gamma = number(loss, Setting.GAMMA, 2);
                yield overPixels(loss, false, (p, g) -> -g * alpha * Math.pow(1 - p, gamma) * Math.log(p)
                        - (1 - g) * (1 - alpha) * Math.pow(p, gamma) * Math.log(1 - p));
            }
            case CROSS_ENTROPY -> new PixelFormulas(this, loss, 0, "true_weights").crossEntropy();
            case SIGMOID_CROSS_ENTROPY -> new PixelFormulas(this, loss, 0, "outputs").sigmoidCrossEntropy();
            case SOFTMAX_FOCAL -> new PixelFormulas(this, loss, 2, "pixels").softmaxFocal();
            case SIGMOID_FOCAL -> new PixelFormulas(this, loss, 2, "outputs").sigmoidFocal(0);
            case POLY_CROSS_ENTROPY -> new PixelFormulas(this, loss, 0, "true_weights").polyCrossEntropy(
                    number(loss, Setting.EPSILON, 1));
            case POLY_FOCAL -> new PixelFormulas(this, loss, 2, "outputs").sigmoidFocal(
                    number(loss, Setting.EPSILON, 1));
            case GENERALISED_CROSS_ENTROPY -> new PixelFormulas(this, loss, 0, "pixels").generalisedCrossEntropy(
                    number(loss, Setting.Q, 0.7));
            case ASYMMETRIC_FOCAL -> new PixelFormulas(this, loss, 2, "pixels").asymmetricFocal(
                    number(loss, Setting.DELTA, 0.7));
            case ASYMMETRIC_FOCAL_TVERSKY -> asymmetricTversky(loss, 0.7, 0.75);
            case UNIFIED_FOCAL -> {
                double share = number(loss, Setting.SHARE, 0.5);
                yield share * new PixelFormulas(this, loss, 0.5, "pixels").asymmetricFocal(
                        number(loss, Setting.DELTA, 0.6)) + (1 - share) * asymmetricTversky(loss, 0.6, 0.5);
            }
            case LOVASZ_SOFTMAX, LOVASZ_HINGE, TOP_K_CROSS_ENTROPY, OHEM_CROSS_ENTROPY, L1_ACE ->
                    throw new IllegalArgumentException("the formula of " + loss + " stands in SeparateTermsTest");
        };
    }

    /** 1 − T of the background, and (1 − T)^(1 − γ) of the others or of all. */
    private double asymmetricTversky(Case loss, double defaultDelta, double defaultGamma) {
        double delta = number(loss, Setting.DELTA, defaultDelta);
        double gamma = number(loss, Setting.GAMMA, defaultGamma);
        double smooth = number(loss, Setting.SMOOTH, 1e-5);
        boolean symmetric = loss.settings().containsKey(Setting.SYMMETRIC);
        double sum = 0;
        for (int c = 0; c < p[0].length; c++) {
            Case one = new Case(loss.kind(), loss.settings().containsKey(Setting.PER_IMAGE)
                    ? Map.of(Setting.CLASS_INDEXES, List.of(c), Setting.PER_IMAGE, true)
                    : Map.of(Setting.CLASS_INDEXES, List.of(c)));
            double power = c == 0 && !symmetric ? 1 : 1 - gamma;
            sum += mean(one, (i, p, g) -> (i + smooth) / (i + (1 - delta) * (p - i) + delta * (g - i) + smooth),
                    x -> Math.pow(1 - x, power));
        }
        return sum / p[0].length;
    }

    /** A score of I = Σgp, P = Σp and G = Σg. */
    private interface Score {
        double of(double i, double p, double g);
    }

    /** What an output costs. */
    private interface Cost {
        double of(double p, double g);
    }

    /** TP/(TP + α·FP + β·FN) in sums of its own. */
    private static Score tversky(Case loss, double defaultAlpha, double defaultBeta) {
        double alpha = number(loss, Setting.ALPHA, defaultAlpha);
        double beta = number(loss, Setting.BETA, defaultBeta);
        double smooth = number(loss, Setting.SMOOTH, 1e-5);
        return (i, p, g) -> (i + smooth) / (i + alpha * (p - i) + beta * (g - i) + smooth);
    }

    private static Score dice(double smooth) {
        return (i, p, g) -> (2 * i + smooth) / (p + g + smooth);
    }

    static double number(Case loss, Setting setting, double byDefault) {
        return (double) loss.settings().getOrDefault(setting, byDefault);
    }

    boolean isVoid(int n) {
        return IntStream.range(0, m[n].length).allMatch(s -> m[n][s] == 0);
    }

    @SuppressWarnings("unchecked")
    List<Integer> gathered(Case loss) {
        return (List<Integer>) loss.settings().getOrDefault(Setting.CLASS_INDEXES,
                IntStream.range(0, p[0].length).boxed().toList());
    }

    @SuppressWarnings("unchecked")
    static double weight(Case loss, int k) {
        return loss.settings().get(Setting.CLASS_WEIGHTS) instanceof List<?> weights
                ? ((List<Double>) weights).get(weights.size() == 1 ? 0 : k) : 1;
    }

    /** The mean over gathered classes, and over images that are not void, of weight times what becomes of the score. */
    private double mean(Case loss, Score score, DoubleUnaryOperator link) {
        List<List<Integer>> pools = new ArrayList<>();
        if (loss.settings().containsKey(Setting.PER_IMAGE)) {
            IntStream.range(0, p.length).filter(n -> !isVoid(n)).forEach(n -> pools.add(List.of(n)));
        } else {
            pools.add(IntStream.range(0, p.length).boxed().toList());
        }
        List<Integer> gathered = gathered(loss);
        double sum = 0;
        for (List<Integer> pool : pools) {
            for (int k = 0; k < gathered.size(); k++) {
                int c = gathered.get(k);
                double[] sums = new double[3];
                for (int n : pool) {
                    for (int s = 0; s < m[n].length; s++) {
                        sums[0] += m[n][s] * g[n][c][s] * p[n][c][s];
                        sums[1] += m[n][s] * p[n][c][s];
                        sums[2] += m[n][s] * g[n][c][s];
                    }
                }
                sum += weight(loss, k) * link.applyAsDouble(score.of(sums[0], sums[1], sums[2]));
            }
        }
        return sum / pools.size() / gathered.size();
    }

    /** The mean over pixels and gathered classes of weight times cost, of clipped probabilities. */
    private double overPixels(Case loss, boolean renormalised, Cost cost) {
        List<Integer> gathered = gathered(loss);
        double sum = 0;
        double mass = 0;
        for (int n = 0; n < p.length; n++) {
            for (int s = 0; s < m[n].length; s++) {
                double total = 0;
                for (int c : gathered) {
                    total += renormalised ? p[n][c][s] : 0;
                }
                for (int k = 0; k < gathered.size(); k++) {
                    int c = gathered.get(k);
                    double q = renormalised ? p[n][c][s] / total : p[n][c][s];
                    sum += m[n][s] * weight(loss, k)
                            * cost.of(Math.min(Math.max(q, CLIP), 1 - CLIP), g[n][c][s]);
                    mass += m[n][s];
                }
            }
        }
        return sum / mass;
    }
}
