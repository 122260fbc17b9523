package org.segloss4j.internal.nd4j;

import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;

/** Batches of arrays of the host, for tests that go to a backend by themselves. */
public final class HostBatches {

    private HostBatches() {
    }

    public static Batch of(INDArray labels, INDArray predictions, int channelAxis, Activation activation, INDArray mask,
                           RowOrder rows) {
        ArrayBatch arrays = new ArrayBatch(labels, predictions, mask, new ActivationIdentity(), channelAxis != 1, rows);
        return NdBatches.batch(arrays, predictions, activation, Nd4jMemory.here().access(false));
    }
}
