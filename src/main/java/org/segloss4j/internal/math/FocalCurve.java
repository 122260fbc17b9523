package org.segloss4j.internal.math;

/**
 * {@code f(u) = −a·F(u)·log u} with the modulating factor {@code F(u) = (1−u)^γ}, without a clip: the logarithm comes
 * from the logits. γ = 0 is cross-entropy. With a threshold τ it is the reduced focal loss, whose factor is 1 below τ
 * and {@code ((1−u)/τ)^γ} from there on.
 *
 * <p>Source: torch.nn.functional.cross_entropy; Lin et al., Focal Loss for Dense Object Detection, 2017; Sergievskiy
 * and Ponamarev, Reduced Focal Loss, 2019.
 *
 * @param a         factor, at least 0
 * @param gamma     exponent γ, at least 0
 * @param threshold τ in (0, 1], or 0 for none
 */
public record FocalCurve(double a, double gamma, double threshold) implements PixelCurve {

    /**
     * Below it a probability without a logit has the slope of this one, as in torch's binary_cross_entropy, which takes
     * the nearest float in double, too.
     */
    private static final double LEAST = 1e-12f;

    @Override
    public double value(double u, double v, double log) {
        return -a * factor(gamma, threshold, u, v) * log;
    }

    @Override
    public double slope(double u, double v, double log) {
        return slopeByLog(u, v, log) / Math.max(LEAST, u);
    }

    @Override
    public double slopeByLog(double u, double v, double log) {
        double factor = factor(gamma, threshold, u, v);
        if (gamma == 0 || u < threshold) {
            return -a * factor;
        }
        // F' is -gamma F / v. The quotient log u / v tends to -1 with v, where a gamma below 1 makes F' infinite.
        return a * factor * (gamma * u * (v == 0 ? -1 : log / v) - 1);
    }

    /** The factor F of u, where v = 1 − u. */
    static double factor(double gamma, double threshold, double u, double v) {
        if (gamma == 0 || u < threshold) {
            return 1;
        }
        return LogCurve.power(threshold == 0 ? v : v / threshold, gamma);
    }
}
