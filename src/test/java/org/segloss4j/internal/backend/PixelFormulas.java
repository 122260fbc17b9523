package org.segloss4j.internal.backend;

import java.util.List;
import java.util.Locale;
import org.segloss4j.LossCases.Case;
import org.segloss4j.internal.loss.Setting;

/**
 * The pixel losses of {@link LossFormulas} that are not clipped, term by term as torch, segmentation_models.pytorch,
 * MONAI and the papers write them.
 *
 * @param data         probabilities, predictions, truth and weights
 * @param loss         kind and settings
 * @param defaultGamma γ if it is not set
 * @param defaultMean  the normaliser if it is not set
 */
record PixelFormulas(LossFormulas data, Case loss, double defaultGamma, String defaultMean) {

    /** What the k-th gathered class costs at a probability and a label. */
    interface Cost {
        double of(double p, double t, int k);
    }

    double crossEntropy() {
        return categorical((p, t, k) -> -weight(k) * t * Math.log(p), this::weight);
    }

    double polyCrossEntropy(double epsilon) {
        return categorical((p, t, k) -> weight(k) * t * (-Math.pow(1 - p, gamma()) * Math.log(p)
                + epsilon * Math.pow(1 - p, gamma() + 1)), this::weight);
    }

    double generalisedCrossEntropy(double q) {
        return categorical((p, t, k) -> weight(k) * t * (1 - Math.pow(p, q)) / q, this::weight);
    }

    double softmaxFocal() {
        double sum = categorical((p, t, k) -> -weight(k) * alpha(k) * t * factor(p) * Math.log(p),
                k -> weight(k) * alpha(k));
        return sum / (loss.settings().containsKey(Setting.NORMALISED)
                ? Math.max(1e-6, total((p, t, k) -> t * factor(p), false)) : 1);
    }

    double asymmetricFocal(double delta) {
        boolean symmetric = loss.settings().containsKey(Setting.SYMMETRIC);
        Object form = loss.settings().get(Setting.FORM);
        double clip = form == null ? 0 : 1e-7;
        double inside = "clip_plus_epsilon".equals(form) ? 1e-7 : 0;
        return categorical((q, t, k) -> {
            double p = Math.max(clip, Math.min(1 - clip, q));
            return -(k == 0 ? 1 - delta : delta) * t * (k == 0 || symmetric ? Math.pow(1 - p, gamma()) : 1)
                    * Math.log(p + inside);
        }, k -> 1);
    }

    double sigmoidCrossEntropy() {
        return binary((p, t, k) -> -weight(k) * (positive(k) * t * Math.log(p) + (1 - t) * Math.log(1 - p)));
    }

    double sigmoidFocal(double epsilon) {
        double gamma = gamma();
        double sum = binary((p, t, k) -> {
            double alpha = loss.settings().containsKey(Setting.ALPHA) ? list(Setting.ALPHA, k) : Double.NaN;
            double one = Double.isNaN(alpha) ? 1 : alpha;
            double other = Double.isNaN(alpha) ? 1 : 1 - alpha;
            if (joinsSides()) {
                return weight(k) * (one * t + other * (1 - t)) * jointFactor(p, t) * entropy(p, t);
            }
            return weight(k) * (one * t * (-factor(p) * Math.log(p) + epsilon * Math.pow(1 - p, gamma + 1))
                    + other * (1 - t) * (-factor(1 - p) * Math.log(1 - p) + epsilon * Math.pow(p, gamma + 1)));
        });
        return sum / (loss.settings().containsKey(Setting.NORMALISED) ? Math.max(1e-6, total((p, t, k) ->
                joinsSides() ? jointFactor(p, t) : t * factor(p) + (1 - t) * factor(1 - p), true)) : 1);
    }

    private boolean joinsSides() {
        return loss.settings().containsKey(Setting.MIXED_LABELS);
    }

    private static double entropy(double p, double t) {
        return -t * Math.log(p) - (1 - t) * Math.log(1 - p);
    }

    /** The modulating factor of a label between 0 and 1: of exp(−ℓ), or of the sigmoid of z·(2t − 1). */
    private double jointFactor(double p, double t) {
        double margin = Math.log(p / (1 - p)) * (2 * t - 1);
        return factor("entropy".equalsIgnoreCase((String) loss.settings().get(Setting.MIXED_LABELS))
                ? Math.exp(-entropy(p, t)) : 1 / (1 + Math.exp(-margin)));
    }

    private double gamma() {
        return LossFormulas.number(loss, Setting.GAMMA, defaultGamma);
    }

    /** (1 − p)^γ, or that of the reduced focal loss. */
    private double factor(double p) {
        double threshold = LossFormulas.number(loss, Setting.REDUCED_THRESHOLD, Double.NaN);
        if (Double.isNaN(threshold)) {
            return Math.pow(1 - p, gamma());
        }
        return p < threshold ? 1 : Math.pow((1 - p) / threshold, gamma());
    }

    private double weight(int k) {
        return LossFormulas.weight(loss, k);
    }

    private double positive(int k) {
        return loss.settings().containsKey(Setting.POSITIVE_WEIGHTS) ? list(Setting.POSITIVE_WEIGHTS, k) : 1;
    }

    /** MONAI's α under a softmax is that of the foreground. */
    private double alpha(int k) {
        Object alpha = loss.settings().get(Setting.ALPHA);
        if (alpha instanceof Double one) {
            return data.gathered(loss).get(k) == 0 ? 1 - one : one;
        }
        return alpha == null ? 1 : list(Setting.ALPHA, k);
    }

    private double list(Setting setting, int k) {
        Object value = loss.settings().get(setting);
        return value instanceof List<?> list ? (double) list.get(list.size() == 1 ? 0 : k) : (double) value;
    }

    /** A weight of the k-th gathered class. */
    private interface Weight {
        double of(int k);
    }

    private double categorical(Cost cost, Weight weight) {
        return total(cost, false) / divisor(weight);
    }

    double binary(Cost cost) {
        return total(cost, true) / divisor(k -> {
            double alpha = loss.kind().has(Setting.POSITIVE_WEIGHTS) ? positive(k)
                    : loss.settings().get(Setting.ALPHA) instanceof List<?> ? list(Setting.ALPHA, k) : 1;
            return weight(k) * alpha;
        });
    }

    private double total(Cost cost, boolean binary) {
        List<Integer> gathered = data.gathered(loss);
        double smoothing = LossFormulas.number(loss, Setting.LABEL_SMOOTHING, 0);
        double sum = 0;
        for (int n = 0; n < data.p().length; n++) {
            for (int s = 0; s < data.m()[n].length; s++) {
                for (int k = 0; k < gathered.size(); k++) {
                    double g = data.g()[n][gathered.get(k)][s];
                    double t = (1 - smoothing) * g + smoothing / (binary ? 2 : gathered.size());
                    sum += data.m()[n][s] * cost.of(binary ? sigmoid(n, gathered.get(k), s)
                            : softmax(gathered, n, gathered.get(k), s), t, k);
                }
            }
        }
        return sum;
    }

    private double sigmoid(int n, int c, int s) {
        return loss.settings().containsKey(Setting.FROM_LOGITS) || joinsSides() ? 1 / (1 + Math.exp(-data.z()[n][c][s]))
                : data.p()[n][c][s];
    }

    /** The probability among the gathered classes, where some are gathered or a softmax of logits is asked for. */
    private double softmax(List<Integer> gathered, int n, int c, int s) {
        boolean fromLogits = loss.settings().containsKey(Setting.FROM_LOGITS);
        if (!fromLogits && !loss.settings().containsKey(Setting.CLASS_INDEXES)
                && !loss.settings().containsKey(Setting.INCLUDE_BACKGROUND)) {
            return data.p()[n][c][s];
        }
        double total = 0;
        for (int other : gathered) {
            total += fromLogits ? Math.exp(data.z()[n][other][s] - data.z()[n][c][s])
                    : data.p()[n][other][s] / data.p()[n][c][s];
        }
        return 1 / total;
    }

    private double divisor(Weight weight) {
        List<Integer> gathered = data.gathered(loss);
        double pixels = 0;
        double truth = 0;
        double all = 0;
        int images = 0;
        for (int n = 0; n < data.p().length; n++) {
            images += data.isVoid(n) ? 0 : 1;
            for (int s = 0; s < data.m()[n].length; s++) {
                all++;
                pixels += data.m()[n][s];
                for (int k = 0; k < gathered.size(); k++) {
                    truth += data.m()[n][s] * weight.of(k) * data.g()[n][gathered.get(k)][s];
                }
            }
        }
        String mean = String.valueOf(loss.settings().getOrDefault(Setting.NORMALISER, defaultMean));
        return switch (mean.toLowerCase(Locale.ROOT)) {
            case "outputs" -> pixels * gathered.size();
            case "pixels" -> pixels;
            case "true_weights" -> truth;
            case "all_outputs" -> all * gathered.size();
            case "all_pixels" -> all;
            case "images" -> pixels / images;
            case "one" -> 1;
            default -> throw new AssertionError(mean);
        };
    }
}
