package org.segloss4j.internal.backend;

/**
 * The ground truth of a batch.
 *
 * @param kind   how the tensor is to be read
 * @param tensor [N, C, S] for {@link Kind#DENSE}, [N, 1, S] for {@link Kind#INDEX}
 */
public record Labels(Kind kind, Tensor tensor) {

    /** How labels are given. */
    public enum Kind {
        /** One value per class: one-hot, multi-hot or soft, of any type. */
        DENSE,
        /** One whole number per pixel: the class, or for a single channel 0 or 1. */
        INDEX,
        /** Any finite number per class, such as a distance; only for region terms that are linear in it. */
        FIELD
    }
}
