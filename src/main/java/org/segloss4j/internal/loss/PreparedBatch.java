package org.segloss4j.internal.loss;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.nd4j.ArrayAccess;
import org.segloss4j.internal.nd4j.ArrayBatch;
import org.segloss4j.internal.nd4j.ChannelActivation;
import org.segloss4j.internal.nd4j.NdBatches;

/**
 * The arrays of a batch as a backend reads them. An activation that backends do not know is applied before, into an
 * array of its own.
 *
 * @param source        what a caller gave
 * @param access        gives the arrays' memory
 * @param isFused       whether the backend applies the activation itself
 * @param probabilities what the backend reads: the predictions or, if the activation is not fused, its result
 * @param batch         the tensors
 */
record PreparedBatch(ArrayBatch source, ArrayAccess access, boolean isFused, INDArray probabilities, Batch batch) {

    /**
     * Applies the activation, if the backend does not, and makes tensors.
     *
     * @param source      what a caller gave
     * @param access      gives the arrays' memory
     * @param ofDistances whether the labels are any numbers, as signed distances are
     */
    static PreparedBatch of(ArrayBatch source, ArrayAccess access, boolean ofDistances) {
        Activation fused = fused(source.activation());
        INDArray probabilities = fused != null ? source.predictions() : ChannelActivation.activate(source.activation(),
                source.predictions(), source.channelAxis(), true);
        Batch plain = NdBatches.batch(source, probabilities, fused == null ? Activation.IDENTITY : fused, access);
        return new PreparedBatch(source, access, fused != null, probabilities,
                ofDistances ? new Batch(plain.predictions(), plain.activation(), new Labels(Labels.Kind.FIELD,
                        plain.labels().tensor()), plain.mask()) : plain);
    }

    /** The activation as backends know it, or null if they do not. */
    static Activation fused(IActivation activation) {
        Class<?> type = activation.getClass();
        if (type == ActivationSoftmax.class) {
            return Activation.SOFTMAX;
        }
        if (type == ActivationSigmoid.class) {
            return Activation.SIGMOID;
        }
        return type == ActivationIdentity.class ? Activation.IDENTITY : null;
    }
}
