package org.segloss4j.internal.backend;

import java.util.List;
import java.util.function.ToDoubleFunction;
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
        return switch (loss.kind()) {
            case JACCARD -> region(loss, ratio(loss, 1, (hits, p, g) -> g + p - hits), Form.COMPLEMENT);
            case DICE -> {
                double b2 = Math.pow(number(loss, Setting.BETA, 1), 2);
                yield region(loss, ratio(loss, 1 + b2, (hits, p, g) -> b2 * g + p), Form.COMPLEMENT);
            }
            case TVERSKY -> {
                double power = number(loss, Setting.POWER, 1);
                yield Math.pow(region(loss, tversky(loss, 0.5, 0.5), Form.COMPLEMENT), power);
            }
            case FOCAL_TVERSKY -> region(loss, tversky(loss, 0.3, 0.7), Form.POWER);
            case LOG_DICE -> region(loss, ratio(loss, 2, (hits, p, g) -> p + g), Form.LOG);
            case LOG_COSH_DICE -> region(loss, ratio(loss, 2, (hits, p, g) -> p + g), Form.LOG_COSH);
            case MCC -> region(loss, correlation(loss), Form.COMPLEMENT);
            case GENERALISED_DICE -> joint(loss, pool -> generalisedDice(loss, pool));
            case WASSERSTEIN_DICE -> joint(loss, pool -> wasserstein(loss, pool));
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
            case LOVASZ_SOFTMAX, LOVASZ_HINGE, TOP_K_CROSS_ENTROPY, OHEM_CROSS_ENTROPY, L1_ACE, BOUNDARY,
                    SKELETON_RECALL ->
                    throw new IllegalArgumentException("the formula of " + loss + " stands in SeparateTermsTest");
        };
    }

    /** What sums of one class or group of classes over some images are. */
    private record Region(double i, double p, double g, double m, double squares, double distance) {
    }

    /** 1 − T of the background, and (1 − T)^(1 − γ) of the others or of all. */
    private double asymmetricTversky(Case loss, double defaultDelta, double defaultGamma) {
        double delta = number(loss, Setting.DELTA, defaultDelta);
        double gamma = number(loss, Setting.GAMMA, defaultGamma);
        double smooth = number(loss, Setting.SMOOTH, 1e-5);
        boolean symmetric = loss.settings().containsKey(Setting.SYMMETRIC);
        double sum = 0;
        for (List<Integer> pool : pools(loss)) {
            for (int c = 0; c < p[0].length; c++) {
                Region r = sums(pool, List.of(c));
                double index = (r.i + smooth) / (r.i + (1 - delta) * (r.p - r.i) + delta * (r.g - r.i) + smooth);
                sum += Math.pow(1 - index, c == 0 && !symmetric ? 1 : 1 - gamma);
            }
        }
        return sum / pools(loss).size() / p[0].length;
    }

    /** A score of a region. */
    private interface Score {
        double of(Region region);
    }

    /** A denominator without smoothing. */
    private interface Below {
        double of(double hits, double p, double g);
    }

    /** From scores to losses. */
    private enum Form {
        COMPLEMENT, NEGATIVE, POWER, LOG, LOG_COSH
    }

    /** What an output costs. */
    private interface Cost {
        double of(double p, double g);
    }

    /** k·TP over something of TP, P and G, where P and G may be squares, which are only known together. */
    private static Score ratio(Case loss, double k, Below below) {
        double smooth = number(loss, Setting.SMOOTH, 1e-5);
        double above = number(loss, Setting.NUMERATOR_SMOOTH, smooth);
        double floor = number(loss, Setting.FLOOR, 0);
        double least = number(loss, Setting.LEAST_TRUE_POSITIVES, 0);
        boolean squared = loss.settings().containsKey(Setting.SQUARED);
        boolean soft = loss.settings().containsKey(Setting.SOFT_LABELS);
        return r -> {
            double hits = soft && !squared ? (r.p + r.g - r.distance) / 2 : r.i;
            double raised = Math.max(hits, least);
            // What is wrong stays as it is: P and G grow with the true positives.
            double p = (squared ? r.squares / 2 : r.p) - hits + raised;
            double g = (squared ? r.squares / 2 : r.g) - hits + raised;
            return (k * raised + above) / Math.max(below.of(raised, p, g) + smooth, floor);
        };
    }

    /** TP/(TP + α·FP + β·FN) in sums of its own. */
    private static Score tversky(Case loss, double defaultAlpha, double defaultBeta) {
        double alpha = number(loss, Setting.ALPHA, defaultAlpha);
        double beta = number(loss, Setting.BETA, defaultBeta);
        return ratio(loss, 1, (hits, p, g) -> hits + alpha * (p - hits) + beta * (g - hits));
    }

    private static Score correlation(Case loss) {
        double smooth = number(loss, Setting.SMOOTH, 1e-5);
        return r -> {
            double tp = r.i + smooth;
            double fp = r.p - r.i + smooth;
            double fn = r.g - r.i + smooth;
            double tn = r.m - r.p - r.g + r.i + smooth;
            return (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * Math.max(2 * smooth, tn + fp)
                    * Math.max(2 * smooth, tn + fn));
        };
    }

    private double generalisedDice(Case loss, List<Integer> pool) {
        double smooth = number(loss, Setting.SMOOTH, 1e-5);
        double exponent = loss.settings().containsKey(Setting.WEIGHTING) ? 1 : 2;
        double largest = 0;
        for (int c : gathered(loss)) {
            double g = sums(pool, List.of(c)).g;
            largest = g == 0 ? largest : Math.max(largest, Math.pow(g, -exponent));
        }
        double above = number(loss, Setting.NUMERATOR_SMOOTH, smooth);
        double below = smooth;
        for (int c : gathered(loss)) {
            Region r = sums(pool, List.of(c));
            double w = r.g == 0 ? largest : Math.pow(r.g, -exponent);
            above += 2 * w * (loss.settings().containsKey(Setting.SOFT_LABELS) ? (r.p + r.g - r.distance) / 2 : r.i);
            below += w * (r.p + r.g);
        }
        return above / below;
    }

    /** Pixel by pixel, as the paper has it. */
    @SuppressWarnings("unchecked")
    private double wasserstein(Case loss, List<Integer> pool) {
        List<List<Number>> distances = (List<List<Number>>) loss.settings().get(Setting.DISTANCES);
        double largest = distances == null ? 1 : distances.stream().flatMap(List::stream)
                .mapToDouble(Number::doubleValue).max().orElseThrow();
        boolean byVolume = loss.settings().containsKey(Setting.WEIGHTING);
        double hits = 0;
        double all = 0;
        double below = 0;
        for (int n : pool) {
            for (int s = 0; s < m[n].length; s++) {
                for (int y = 0; y < p[n].length; y++) {
                    // Between any two classes the distance is 1, of which there is 1 - p if probabilities sum to 1.
                    double error = distances == null ? 1 - p[n][y][s] : 0;
                    for (int c = 0; distances != null && c < p[n].length; c++) {
                        error += distances.get(y).get(c).doubleValue() / largest * p[n][c][s];
                    }
                    double weight = m[n][s] * g[n][y][s];
                    double alpha = byVolume ? 1 / (sums(pool, List.of(y)).g + 1) : y == 0 ? 0 : 1;
                    hits += weight * alpha * (1 - error);
                    all += weight * error;
                    below += weight * alpha * (2 - error);
                }
            }
        }
        double smooth = number(loss, Setting.SMOOTH, 1e-5);
        return (2 * hits + number(loss, Setting.NUMERATOR_SMOOTH, smooth))
                / ((byVolume ? below : 2 * hits + all) + smooth);
    }

    static double number(Case loss, Setting setting, double byDefault) {
        return (double) loss.settings().getOrDefault(setting, byDefault);
    }

    boolean isVoid(int n) {
        return IntStream.range(0, m[n].length).allMatch(s -> m[n][s] == 0);
    }

    @SuppressWarnings("unchecked")
    List<Integer> gathered(Case loss) {
        return ((List<Integer>) loss.settings().getOrDefault(Setting.CLASS_INDEXES,
                IntStream.range(0, p[0].length).boxed().toList())).stream()
                .filter(c -> c > 0 || !loss.settings().containsKey(Setting.INCLUDE_BACKGROUND)).toList();
    }

    /** What has a score of its own: classes, or groups of them. */
    @SuppressWarnings("unchecked")
    private List<List<Integer>> scored(Case loss) {
        return loss.settings().containsKey(Setting.CLASS_GROUPS)
                ? (List<List<Integer>>) loss.settings().get(Setting.CLASS_GROUPS)
                : gathered(loss).stream().map(List::of).toList();
    }

    private Region sums(List<Integer> pool, List<Integer> classes) {
        double[] r = new double[6];
        for (int n : pool) {
            for (int s = 0; s < m[n].length; s++) {
                double sumP = 0;
                double sumG = 0;
                for (int c : classes) {
                    sumP += p[n][c][s];
                    sumG += g[n][c][s];
                }
                r[0] += m[n][s] * sumG * sumP;
                r[1] += m[n][s] * sumP;
                r[2] += m[n][s] * sumG;
                r[3] += m[n][s];
                r[4] += m[n][s] * (sumP * sumP + sumG * sumG);
                r[5] += m[n][s] * Math.abs(sumP - sumG);
            }
        }
        return new Region(r[0], r[1], r[2], r[3], r[4], r[5]);
    }

    /** The images that have scores together. */
    private List<List<Integer>> pools(Case loss) {
        if (!loss.settings().containsKey(Setting.PER_IMAGE)) {
            return List.of(IntStream.range(0, p.length).boxed().toList());
        }
        return IntStream.range(0, p.length).filter(n -> !isVoid(n)).mapToObj(List::of).toList();
    }

    private double joint(Case loss, ToDoubleFunction<List<Integer>> score) {
        double sum = 0;
        for (List<Integer> pool : pools(loss)) {
            sum += 1 - score.applyAsDouble(pool);
        }
        return loss.settings().containsKey(Setting.REDUCTION) ? sum : sum / pools(loss).size();
    }

    private static double loss(Case loss, Form form, double x) {
        return switch (form) {
            case COMPLEMENT -> 1 - x;
            case NEGATIVE -> -x;
            case POWER -> Math.pow(1 - x, number(loss, Setting.GAMMA, 0.75));
            case LOG -> -Math.log(Math.max(x, number(loss, Setting.FLOOR, 1e-7)));
            case LOG_COSH -> Math.log(Math.cosh(1 - x));
        };
    }

    /** Over classes and images: the loss of a mean score, or a mean or sum of losses. */
    private double region(Case loss, Score score, Form byDefault) {
        Form form = Form.valueOf((String) loss.settings().getOrDefault(Setting.LINK, byDefault.name()));
        boolean isSum = loss.settings().containsKey(Setting.REDUCTION);
        String mode = (String) loss.settings().getOrDefault(Setting.WEIGHT_MODE,
                !isSum && (form == Form.COMPLEMENT || form == Form.NEGATIVE) ? "SCORE_MEAN" : "LOSS_MEAN");
        String absent = (String) loss.settings().getOrDefault(Setting.ABSENT_CLASSES, "SMOOTH");
        double scores = 0;
        double losses = 0;
        double count = 0;
        double weights = 0;
        for (List<Integer> pool : pools(loss)) {
            for (int k = 0; k < scored(loss).size(); k++) {
                Region region = sums(pool, scored(loss).get(k));
                boolean isAbsent = region.g == 0 && !absent.equals("SMOOTH");
                if (isAbsent && absent.equals("SKIP")) {
                    continue;
                }
                double price = absent.equals("PENALISE") ? region.p / region.m : 0;
                double x = isAbsent ? 1 - price : score.of(region);
                scores += weight(loss, k) * x;
                losses += weight(loss, k) * (isAbsent ? price : loss(loss, form, x));
                count++;
                weights += weight(loss, k);
            }
        }
        double divisor = isSum ? 1 : mode.equals("NORMALISED") ? weights : count;
        return mode.equals("SCORE_MEAN") ? loss(loss, form, scores / divisor) : losses / divisor;
    }

    @SuppressWarnings("unchecked")
    static double weight(Case loss, int k) {
        return loss.settings().get(Setting.CLASS_WEIGHTS) instanceof List<?> weights
                ? ((List<Double>) weights).get(weights.size() == 1 ? 0 : k) : 1;
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
