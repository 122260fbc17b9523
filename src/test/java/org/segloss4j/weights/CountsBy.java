package org.segloss4j.weights;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.LossBackend;

/** Counts by a backend of one's own. */
public final class CountsBy {

    private CountsBy() {
    }

    public static ClassCounts indices(ClassCounts counts, INDArray labels, LossBackend backend) {
        return counts.addIndices(labels, backend);
    }
}
