package org.segloss4j.internal.backend;

import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.SeparateTerm;
import org.segloss4j.internal.math.Sums;

/**
 * Computes the sums and the gradient of any combination of losses over one batch. Implementations are safe for use by
 * several threads, never write into their input, and give the same bits for the same input every time. The one
 * exception is a gradient that is to be written over the predictions: nothing of a pixel is written before all of it
 * was read.
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
     * @param job loss, data, and whether each image has a row of sums
     * @return the sums
     * @throws IllegalArgumentException if a label is neither a class nor the ignored one; names the count and the
     *                                  first such label
     */
    Sums sums(Job job);

    /**
     * Second sweep: reads predictions, labels and mask again and writes {@code scale · dL/dpredictions}, 0 for void
     * pixels.
     *
     * @param job          loss, data and gradient
     * @param coefficients made of the sums of the whole batch, of which the job's may be a part
     * @param firstRow     the row of the coefficients that holds the first example; only used if they are per image
     * @throws IllegalArgumentException if a label is neither a class nor the ignored one, or tensors lie on several
     *                                  devices
     */
    void gradient(Job job, Coefficients coefficients, int firstRow);

    /**
     * Both sweeps, waiting for nothing but what the host needs: when this returns, a gradient on the host is written,
     * but a device may still be computing. A gradient there is ready for later work on the device's stream, and
     * predictions, labels and mask must stay as they are until that work may run. Bad input that a device finds is
     * thrown when the value is asked for.
     *
     * @param job loss, data and gradient; what the gradient holds after a failure is not defined
     * @return gives L and, for a job {@linkplain Job#ofTerms of terms}, its summands, and for one {@linkplain
     *         Job#counting(Counting) that counts}, the counts, or throws as the two sweeps do, each time it is asked;
     *         may be asked by any thread, and holds the memory of the call on the device until the first time
     * @throws IllegalArgumentException for what is found at once, on the host all that is bad
     */
    Summands enqueueValueAndGradient(Job job);

    /**
     * Both sweeps, to their end.
     *
     * @param job loss, data and gradient; what the gradient holds if this throws is not defined
     * @return the value L
     * @throws IllegalArgumentException as the two sweeps do
     */
    default double valueAndGradient(Job job) {
        return enqueueValueAndGradient(job).getAsDouble();
    }

    /**
     * Computes a term that makes passes of its own and, if the job has a gradient, adds {@code scale · d/dpredictions}
     * of it to what the sweeps have written there.
     *
     * @param job  data and gradient; the gradient does not share memory with the predictions
     * @param term one of the separate terms of a loss
     * @return its value, coefficient included
     * @throws IllegalArgumentException if a label is neither a class nor the ignored one
     */
    default double addSeparate(Job job, SeparateTerm term) {
        throw new UnsupportedOperationException("the backend " + name() + " has no " + term.title());
    }

    /**
     * Whether a job may count {@linkplain Counting#isOfLabels labels that may occur together}.
     *
     * @param batch the data
     * @return false if it counts classes that exclude one another only
     */
    default boolean countsLabels(Batch batch) {
        return false;
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
