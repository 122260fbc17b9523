package org.segloss4j.internal.backend;

import org.segloss4j.internal.math.ClassSums;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;

/**
 * Computes the sums and the gradient of any combination of losses over one batch. Implementations are safe for use by
 * several threads, never write into their input, and give the same bits for the same input every time.
 */
public interface LossBackend {

    /**
     * The name by which the backend is selected.
     *
     * @return a short lower-case name
     */
    String name();

    /**
     * Whether tensors may lie in the memory of a CUDA device; those of the host always may.
     *
     * @return false unless overridden
     */
    default boolean takesDeviceMemory() {
        return false;
    }

    /**
     * First sweep: reads predictions, labels and mask once.
     *
     * @param spec     the loss
     * @param batch    the data
     * @param perImage whether to keep one row of sums per image
     * @return the sums
     * @throws IllegalArgumentException if a label is neither a class nor the ignored one; names the count and the
     *                                  first such label
     */
    ClassSums sums(LossSpec spec, Batch batch, boolean perImage);

    /**
     * Second sweep: reads predictions, labels and mask again and writes {@code scale · dL/dpredictions}, 0 for void
     * pixels.
     *
     * @param spec     the loss
     * @param batch    the data
     * @param sums     the sums of the whole batch, of which {@code batch} may be a part
     * @param firstRow the row of {@code sums} that holds the first example; only used when they are per image
     * @param scale    factor of the gradient
     * @param gradient [N, C, S] of a floating-point type, to be written; may have any strides
     * @throws IllegalArgumentException if a label is neither a class nor the ignored one; if tensors lie on several
     *                                  devices, or the gradient on a device shares elements with what is read
     */
    void gradient(LossSpec spec, Batch batch, ClassSums sums, int firstRow, double scale, Tensor gradient);

    /**
     * Both sweeps.
     *
     * @param spec     the loss
     * @param batch    the data
     * @param scale    factor of the gradient
     * @param gradient receives {@code scale · dL/dpredictions}, as in {@link #gradient}; what it holds if this throws is
     *                 not defined
     * @return the value L
     * @throws IllegalArgumentException if a label is neither a class nor the ignored one
     */
    default double valueAndGradient(LossSpec spec, Batch batch, double scale, Tensor gradient) {
        ClassSums sums = sums(spec, batch, spec.needsSumsPerImage());
        gradient(spec, batch, sums, 0, scale, gradient);
        return Finalisation.value(spec, sums);
    }

    /**
     * Counts (truth, prediction) pairs: the prediction is the channel of the largest value, or for one channel whether
     * the probability is above the threshold. Pixels of mask 0 and ignored labels are left out. Dense labels count as
     * the channel of their largest value, or for one channel as 1 above 0.5; a pixel whose dense labels are all 0 is of
     * no class and left out.
     *
     * @param batch       the data; the activation is applied only for one channel, since it keeps the order
     * @param ignoreIndex the label of void pixels, or null
     * @param threshold   for one channel: probabilities above it are class 1
     * @return [K·K] counts, row = truth, column = prediction; K = C, or 2 for one channel
     * @throws IllegalArgumentException if a label is neither a class nor the ignored one
     */
    long[] confusion(Batch batch, Integer ignoreIndex, double threshold);

    /**
     * Counts the labels of each example.
     *
     * @param labels      [N, 1, S] of an integer type
     * @param classes     C, at least 1
     * @param ignoreIndex the label of void pixels, or null; it may be a class
     * @return [N][C + 1] counts: of each class and, last, of void pixels
     * @throws IllegalArgumentException if a label is neither a class nor the ignored one; names the count and the
     *                                  first such label
     */
    default long[][] labelCounts(Tensor labels, int classes, Integer ignoreIndex) {
        long[][] counts = new long[Math.toIntExact(labels.examples())][classes + 1];
        BadInput bad = new BadInput();
        for (int n = 0; n < counts.length; n++) {
            for (long s = 0; s < labels.pixels(); s++) {
                long label = Elements.getLong(labels, n, 0, s);
                if (ignoreIndex != null && label == ignoreIndex) {
                    counts[n][classes]++;
                } else if (label >= 0 && label < classes) {
                    counts[n][(int) label]++;
                } else {
                    bad.add(BadInput.Kind.LABEL, n, s, label);
                }
            }
        }
        bad.check(labels.pixels(), classes, ignoreIndex);
        return counts;
    }
}
