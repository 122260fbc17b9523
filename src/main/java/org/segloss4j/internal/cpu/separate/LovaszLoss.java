package org.segloss4j.internal.cpu.separate;

import java.util.stream.IntStream;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.LovaszTerm;
import org.segloss4j.internal.math.LovaszTerm.Form;

/**
 * Lovász softmax and Lovász hinge. Needs 8 bytes for each output of the images that are ranked together, and 16 more
 * for each output of a few classes at a time.
 */
final class LovaszLoss {

    /** Classes whose truth is held at a time. More would take memory, fewer more passes over the predictions. */
    private static final int TOGETHER = 8;

    private final Job job;
    private final LovaszTerm term;
    private final Spreading spread;
    private final PixelPasses walk;
    private final long examples;
    private final long pixels;
    private final int channels;
    private final ClassSelection.Resolved selection;
    /** The channels that are selected. */
    private final int[] selected;

    LovaszLoss(Job job, LovaszTerm term, Spreading spread) {
        this.job = job;
        this.term = term;
        this.spread = spread;
        walk = new PixelPasses(job, spread);
        Tensor predictions = job.batch().predictions();
        examples = predictions.examples();
        pixels = predictions.pixels();
        channels = job.channels();
        selection = term.classes().resolve(channels);
        selected = IntStream.range(0, channels).filter(c -> selection.multiplicity()[c] > 0).toArray();
    }

    /** Returns the value and adds the gradient. */
    double add() {
        long together = term.perImage() ? 1 : examples;
        double sum = 0;
        for (long from = 0; from < examples; from += together) {
            sum += term.form() == Form.HINGE ? hinge(from, from + together) : softmax(from, from + together);
        }
        return scale() * sum;
    }

    /** What the sum over the sets of images is multiplied by. */
    private double scale() {
        return term.coefficient() / (term.perImage() ? examples : 1);
    }

    /** The loss of images [from, to), each of whose classes is a set of its own. */
    private double softmax(long from, long to) {
        int length = walk.length(to - from, 1, term.title());
        double[][] slopes = new double[selected.length][length];
        double[] values = new double[selected.length];
        boolean[] counts = new boolean[selected.length];
        for (int first = 0; first < selected.length; first += TOGETHER) {
            int begin = first;
            int classes = Math.min(TOGETHER, selected.length - first);
            double[][] truth = new double[classes][length];
            double[][] other = new double[classes][length];
            walk.read(from, to, (pixel, n, s) -> {
                int at = at(n - from, s);
                for (int k = 0; k < classes; k++) {
                    int c = selected[begin + k];
                    truth[k][at] = pixel.m[c] * pixel.g[c];
                    other[k][at] = pixel.m[c] * (1 - pixel.g[c]);
                    slopes[begin + k][at] = pixel.p[c] - pixel.g[c];
                }
            });
            spread.tasks(classes, k -> {
                LovaszExtension extension = new LovaszExtension(true, slopes[begin + k], truth[k], other[k], length);
                counts[begin + k] = extension.hasTruth() || !term.onlyPresent();
                if (counts[begin + k]) {
                    values[begin + k] = term.exact() ? extension.exact() : extension.binned();
                }
            });
        }
        double[] factors = factors(counts);
        double sum = 0;
        for (int k = 0; k < selected.length; k++) {
            sum += counts[k] ? factors[k] * values[k] : 0;
        }
        walk.write(from, to, (pixel, n, s, dp, dz) -> {
            int at = at(n - from, s);
            for (int k = 0; k < selected.length; k++) {
                if (factors[k] != 0 && pixel.m[selected[k]] != 0) {
                    dp[selected[k]] = scale() * factors[k] * slopes[k][at];
                }
            }
        });
        return sum;
    }

    private int at(long n, long s) {
        return (int) (n * pixels + s);
    }

    /** What the values of classes are multiplied by for their mean; 0 for those that it leaves out. */
    private double[] factors(boolean[] counts) {
        double count = 0;
        for (int k = 0; k < selected.length; k++) {
            count += counts[k] ? selection.multiplicity()[selected[k]] : 0;
        }
        double[] factors = new double[selected.length];
        for (int k = 0; k < selected.length; k++) {
            factors[k] = counts[k] ? selection.weight()[selected[k]] / count : 0;
        }
        return factors;
    }

    /** The loss of images [from, to), all of whose channels are one set. */
    private double hinge(long from, long to) {
        int length = walk.length(to - from, channels, term.title());
        double[] slopes = new double[length];
        double[] truth = new double[length];
        double[] other = new double[length];
        walk.read(from, to, (pixel, n, s) -> {
            for (int c = 0; c < channels; c++) {
                int at = at(n - from, c, s);
                truth[at] = pixel.m[c] * pixel.g[c];
                other[at] = pixel.m[c] * (1 - pixel.g[c]);
                slopes[at] = 1 - pixel.z[c] * (2 * pixel.g[c] - 1);
            }
        });
        double value = new LovaszExtension(false, slopes, truth, other, length).exact();
        walk.write(from, to, (pixel, n, s, dp, dz) -> {
            for (int c = 0; c < channels; c++) {
                dz[c] = pixel.m[c] == 0 ? 0 : scale() * slopes[at(n - from, c, s)] * (1 - 2 * pixel.g[c]);
            }
        });
        return value;
    }

    private int at(long n, int c, long s) {
        return (int) ((n * channels + c) * pixels + s);
    }
}
