package org.segloss4j.internal.backend;

/**
 * Validated input of a backend: shapes fit one another.
 *
 * @param predictions [N, C, S] logits, or probabilities if the activation is the identity; floating point
 * @param activation  what turns the predictions into probabilities
 * @param labels      the ground truth
 * @param mask        pixel weights [N, 1, S] or [N, C, S], 0 for void, or null for 1 everywhere
 */
public record Batch(Tensor predictions, Activation activation, Labels labels, Tensor mask) {

    /**
     * Checks that the parts fit together.
     *
     * @param predictions [N, C, S] logits, or probabilities if the activation is the identity; floating point
     * @param activation  what turns the predictions into probabilities
     * @param labels      the ground truth
     * @param mask        pixel weights [N, 1, S] or [N, C, S], 0 for void, or null for 1 everywhere
     * @throws IllegalArgumentException with both shapes if they do not
     */
    public Batch {
        if (predictions.type().integer()) {
            throw new IllegalArgumentException("predictions are " + predictions.type()
                    + ", but FLOAT, DOUBLE, HALF or BFLOAT16 is needed");
        }
        Tensor truth = labels.tensor();
        boolean index = labels.kind() == Labels.Kind.INDEX;
        if (!sameGrid(truth, predictions) || truth.channels() != (index ? 1 : predictions.channels())
                || index && !truth.type().integer()) {
            throw new IllegalArgumentException("labels " + truth + " do not match predictions " + predictions);
        }
        if (mask != null && (!sameGrid(mask, predictions)
                || mask.channels() != 1 && mask.channels() != predictions.channels())) {
            throw new IllegalArgumentException("mask " + mask + " does not match predictions " + predictions);
        }
    }

    private static boolean sameGrid(Tensor a, Tensor b) {
        return a.examples() == b.examples() && a.pixels() == b.pixels();
    }

    /**
     * Some of the examples.
     *
     * @param from first example
     * @param to   the example after the last
     * @return a batch over the same memory
     */
    public Batch examples(long from, long to) {
        return new Batch(predictions.examples(from, to), activation,
                new Labels(labels.kind(), labels.tensor().examples(from, to)),
                mask == null ? null : mask.examples(from, to));
    }

    /**
     * The same batch as one example of N·S pixels, where the strides of all its parts allow it: fewer, longer runs.
     *
     * @return the joined batch, or this
     */
    public Batch joined() {
        Tensor p = predictions.joined();
        Tensor g = labels.tensor().joined();
        Tensor m = mask == null ? null : mask.joined();
        if (p == null || g == null || m == null && mask != null) {
            return this;
        }
        return new Batch(p, activation, new Labels(labels.kind(), g), m);
    }
}
