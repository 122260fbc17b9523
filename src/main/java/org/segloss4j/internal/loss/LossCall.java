package org.segloss4j.internal.loss;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.function.Consumer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Backends;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.ClassSums;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.nd4j.ArrayAccess;
import org.segloss4j.internal.nd4j.ArrayMemory;
import org.segloss4j.internal.nd4j.ChannelActivation;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import org.segloss4j.internal.nd4j.NdBatches;
import org.segloss4j.internal.nd4j.NdTensors;

/**
 * One computation on ND4J arrays: prepares the batch once and hands it to a backend. Short-lived; keeps its arrays
 * reachable while their memory is in use.
 */
public final class LossCall {

    /** Pixels that are computed at a time where each example has a value of its own. */
    private static final long BLOCK = 1 << 14;

    private final LossSpec spec;
    private final SegmentationBatch source;
    private final LossBackend backend;
    private final ArrayAccess access;
    private final INDArray probabilities;
    private final Batch batch;

    /** By the selected backend. */
    public LossCall(LossSpec spec, SegmentationBatch source) {
        this(spec, source, Backends.selected(source));
    }

    public LossCall(LossSpec spec, SegmentationBatch source, LossBackend backend) {
        this(spec, source, backend, Nd4jMemory.here());
    }

    public LossCall(LossSpec spec, SegmentationBatch source, LossBackend backend, ArrayMemory memory) {
        access = memory.access(backend.takesDeviceMemory());
        this.spec = spec;
        this.source = source;
        this.backend = backend;
        Activation fused = fused(source.activation());
        probabilities = fused != null ? source.predictions() : ChannelActivation.activate(source.activation(),
                source.predictions(), source.channelAxis(), true);
        batch = NdBatches.batch(source.labels(), probabilities, source.channelAxis(),
                fused == null ? Activation.IDENTITY : fused, source.mask(), source.rows(), access);
    }

    public double value() {
        return value(sums(spec.needsSumsPerImage()));
    }

    public double value(ClassSums sums) {
        return Finalisation.value(spec, sums);
    }

    public double[] valuePerExample() {
        double[] values = new double[Math.toIntExact(batch.predictions().examples())];
        // In blocks: the sums of very many small examples would be larger than the predictions.
        int block = (int) Math.max(1, BLOCK / batch.predictions().pixels());
        for (int from = 0; from < values.length; from += block) {
            int to = Math.min(values.length, from + block);
            ClassSums sums = sums(batch.examples(from, to), true);
            for (int n = from; n < to; n++) {
                values[n] = value(sums.row(n - from));
            }
        }
        return values;
    }

    public ClassSums sums(boolean perImage) {
        return sums(batch, perImage);
    }

    private ClassSums sums(Batch part, boolean perImage) {
        try {
            return backend.sums(spec, part, perImage);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    public long[] confusion(Integer ignoreIndex, double threshold) {
        try {
            return backend.confusion(batch, ignoreIndex, threshold);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** An array for the gradient, in the current workspace, as DL4J demands. */
    public INDArray newGradient() {
        return Nd4j.createUninitialized(source.predictions().dataType(), source.predictions().shape(), 'c');
    }

    /** Writes scale · dL/dpredictions into an array and returns L. */
    public double valueAndGradient(double scale, INDArray gradient) {
        double[] value = new double[1];
        write(gradient, target -> value[0] = backend.valueAndGradient(spec, batch, scale, target));
        return value[0];
    }

    /** Writes scale · dL/dpredictions into an array and returns the array; the sums may be those of more batches. */
    public INDArray gradient(ClassSums sums, int firstRow, double scale, INDArray gradient) {
        write(gradient, target -> backend.gradient(spec, batch, sums, firstRow, scale, target));
        return gradient;
    }

    private void write(INDArray gradient, Consumer<Tensor> computation) {
        if (!Arrays.equals(gradient.shape(), source.predictions().shape())) {
            throw new IllegalArgumentException("gradient " + Arrays.toString(gradient.shape())
                    + " does not match predictions " + Arrays.toString(source.predictions().shape()));
        }
        boolean unfused = fused(source.activation()) == null;
        boolean inPlace = !unfused && NdTensors.isInPlace(gradient, source.channelAxis());
        INDArray written = inPlace ? gradient
                : Nd4j.createUninitialized(probabilities.dataType(), gradient.shape(), 'c');
        try {
            computation.accept(NdTensors.tensor(written, source.channelAxis(), source.rows(), access::writing));
            access.written();
        } finally {
            Reference.reachabilityFence(this);
            Reference.reachabilityFence(written);
        }
        if (!inPlace) {
            INDArray result = unfused ? ChannelActivation.backprop(source.activation(), source.predictions(), written,
                    source.channelAxis()) : written;
            gradient.assign(result.castTo(gradient.dataType()));
        }
    }

    /** The activation as backends know it, or null if they do not. */
    private static Activation fused(IActivation activation) {
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
