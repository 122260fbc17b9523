package org.segloss4j.internal.loss;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.nd4j.ChannelActivation;
import org.segloss4j.internal.nd4j.NdTensors;

/**
 * An array that receives a gradient. A backend writes into it or, where that is not possible in place, into another one
 * from which it is filled at the end.
 */
final class GradientArray {

    private final PreparedBatch read;
    private final INDArray asked;
    private final INDArray written;

    /**
     * Finds what a backend writes.
     *
     * @param spec  the loss
     * @param read  what the gradient is of
     * @param asked of the predictions' shape; is overwritten
     * @throws IllegalArgumentException if it has another shape, or it shares memory with what is read in another way
     *                                  than a job allows
     */
    GradientArray(LossSpec spec, PreparedBatch read, INDArray asked) {
        this.read = read;
        this.asked = asked;
        INDArray predictions = read.source().predictions();
        if (!Arrays.equals(asked.shape(), predictions.shape())) {
            throw new IllegalArgumentException("gradient " + Arrays.toString(asked.shape())
                    + " does not match predictions " + Arrays.toString(predictions.shape()));
        }
        NdTensors.inside("gradient", asked);
        boolean hasPlaces = NdTensors.isInPlace(asked, read.source().channelAxis());
        if (read.isFused() && hasPlaces && !(!spec.separate().isEmpty() && isOver(predictions))) {
            written = asked;
            return;
        }
        if (hasPlaces) {
            // Nothing is written over what a job refuses, although this one only asks whether it would.
            Job.gradient(spec, read.batch(), 1, tensor(asked, read.access()::reading));
        }
        written = Nd4j.createUninitialized(read.probabilities().dataType(), asked.shape(), 'c');
    }

    /** Terms that make passes of their own read the predictions after the sweeps have written the gradient. */
    private boolean isOver(INDArray predictions) {
        return asked.data().pointer().address() == predictions.data().pointer().address();
    }

    private Tensor tensor(INDArray array, Function<INDArray, Storage> memory) {
        return NdTensors.tensor(array, read.source().channelAxis(), read.source().rows(), memory);
    }

    /** As a tensor of which a backend only asks where it lies. */
    Tensor reading() {
        return tensor(written, read.access()::reading);
    }

    /** As a tensor that a backend overwrites. */
    Tensor writing() {
        return tensor(written, read.access()::writing);
    }

    /** Fills it with zeros, for a loss that has no sweep which would write it. */
    void clear() {
        written.assign(0);
    }

    /**
     * Tells ND4J what was written, and brings it to the array that was asked for.
     *
     * @param further gradients that are added to it
     */
    void finish(List<INDArray> further) {
        read.access().written();
        if (written != asked) {
            INDArray result = read.isFused() ? written : ChannelActivation.backprop(read.source().activation(),
                    read.source().predictions(), written, read.source().channelAxis());
            asked.assign(result.castTo(asked.dataType()));
        }
        further.forEach(asked::addi);
    }

    /** Keeps the memory that is written from being freed before here. */
    void keepReachable() {
        Reference.reachabilityFence(written);
    }
}
