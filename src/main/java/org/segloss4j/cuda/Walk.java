package org.segloss4j.cuda;

import org.segloss4j.backend.Batch;
import org.segloss4j.backend.Tensor;

/** A batch and its gradient, as one example both where the sums are pooled and both allow it. */
record Walk(Batch batch, Tensor gradient) {

    static Walk of(Batch batch, Tensor gradient, boolean perImage) {
        Batch joined = batch.joined();
        Tensor out = gradient.joined();
        return perImage || out == null || joined.predictions().examples() != 1 ? new Walk(batch, gradient)
                : new Walk(joined, out);
    }
}
