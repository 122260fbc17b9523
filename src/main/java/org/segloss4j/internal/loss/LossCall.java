package org.segloss4j.internal.loss;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Counting;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.cpu.PixelWalk;
import org.segloss4j.internal.cpu.sweep.VisitSweep;
import org.segloss4j.internal.math.HardestPixelsTerm;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.LossSums;
import org.segloss4j.internal.math.OtherLabelsTerm;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.SeparateTerm;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.math.WassersteinDiceScore;
import org.segloss4j.internal.nd4j.ArrayBatch;
import org.segloss4j.internal.nd4j.Nd4jMemory;

/**
 * One computation on ND4J arrays: prepares the batch once and hands it to a backend. Short-lived; keeps its arrays
 * reachable while their memory is in use.
 */
public final class LossCall {

    /** Pixels that are computed at a time where each example has a value of its own. */
    private static final long BLOCK = 1 << 14;

    private final LossSpec spec;
    private final LossBackend backend;
    private final PreparedBatch read;
    private final Batch batch;

    /**
     * By the backend that the settings choose.
     *
     * @param spec   the loss or metric
     * @param source the arrays
     */
    public LossCall(LossSpec spec, ArrayBatch source) {
        this(spec, source, BackendChoice.of(Nd4jMemory.here().onDevices(), source.predictions().length()).backend());
    }

    /**
     * By a given backend.
     *
     * @param spec    the loss or metric
     * @param source  the arrays
     * @param backend what computes it
     */
    public LossCall(LossSpec spec, ArrayBatch source, LossBackend backend) {
        this(spec, source, backend, false);
    }

    private LossCall(LossSpec spec, ArrayBatch source, LossBackend backend, boolean ofDistances) {
        this.spec = spec;
        this.backend = backend;
        if (source.channels() == 1 && source.predictions().rank() > 1) {
            requireSense(spec, PreparedBatch.fused(source.activation()));
        }
        read = PreparedBatch.of(source, Nd4jMemory.here().access(backend.takesDeviceMemory()), ofDistances);
        batch = read.batch();
    }

    /** Refuses what is the same whatever a single channel predicts, or asks nothing of its background. */
    private static void requireSense(LossSpec spec, Activation activation) {
        if (activation == Activation.SOFTMAX) {
            throw new IllegalArgumentException("a softmax over 1 channel is always 1: use SIGMOID, or one channel per"
                    + " class");
        }
        if (!spec.pixels().stream().allMatch(PixelTerm::binary)
                || spec.separate().stream().anyMatch(HardestPixelsTerm.class::isInstance)) {
            throw new IllegalArgumentException(
                    "a categorical loss charges nothing but the true class, and 1 channel has"
                    + " no other: use binaryCrossEntropy or binaryFocal, or one channel per class");
        }
        if (spec.regions().stream().anyMatch(region -> region.score() instanceof WassersteinDiceScore)) {
            throw new IllegalArgumentException("the Wasserstein Dice loss charges nothing but the true class, and 1"
                    + " channel has no other: use dice, or one channel per class");
        }
    }

    /** The data as a backend has it. */
    Batch batch() {
        return batch;
    }

    /**
     * The value of the loss.
     *
     * @return L
     */
    public double value() {
        return summands().getAsDouble();
    }

    /**
     * The summands of the value.
     *
     * @return those of the region terms, of the pixel terms, and of the terms that make passes of their own
     */
    public Summands summands() {
        List<LossCall> others = ofOtherLabels();
        return compute(Job.sums(spec, batch, spec.needsSumsPerImage()), job -> withSeparate(
                spec.needsNoSweeps() ? Summands.of() : job.summands(backend.sums(job)), job, others, null));
    }

    /** Computes the terms that make passes of their own, if there are any. */
    private Summands withSeparate(Summands shared, Job job, List<LossCall> others, List<INDArray> further) {
        if (spec.separate().isEmpty()) {
            return shared;
        }
        double[] terms = shared.terms();
        double[] all = Arrays.copyOf(terms, terms.length + spec.separate().size());
        Iterator<LossCall> other = others.iterator();
        for (int k = terms.length; k < all.length; k++) {
            SeparateTerm term = spec.separate().get(k - terms.length);
            if (!(term instanceof OtherLabelsTerm)) {
                all[k] = backend.addSeparate(job, term);
            } else if (further == null) {
                all[k] = other.next().value();
            } else {
                LossCall call = other.next();
                INDArray gradient = call.newGradient();
                all[k] = call.valueAndGradient(job.scale(), gradient);
                further.add(gradient);
            }
        }
        return Summands.of(all);
    }

    /** What each term does that compares the same predictions with other labels; made before anything is written. */
    private List<LossCall> ofOtherLabels() {
        return spec.ofOtherLabels().stream().map(this::ofOtherLabels).toList();
    }

    /** What compares the same predictions with other labels. */
    private LossCall ofOtherLabels(OtherLabelsTerm term) {
        boolean ofDistances = term.labels() == OtherLabelsTerm.OtherLabels.DISTANCES;
        ArrayBatch other = ofDistances ? OtherLabelArrays.distances(read.source(), spec.ignoreIndex())
                : OtherLabelArrays.skeleton(read.source());
        return new LossCall(term.spec(batch.predictions().channels(), spec.ignoreIndex()), other,
                backend, ofDistances);
    }

    private double separate(Job job) {
        double value = 0;
        for (SeparateTerm term : spec.separate()) {
            value += term instanceof OtherLabelsTerm ? 0 : backend.addSeparate(job, term);
        }
        return value;
    }

    /**
     * The loss of each example on its own.
     *
     * @return N values
     */
    public double[] valuePerExample() {
        double[] values = new double[Math.toIntExact(batch.predictions().examples())];
        // In blocks: the sums of very many small examples would be larger than the predictions.
        int block = (int) Math.max(1, BLOCK / batch.predictions().pixels());
        Job all = Job.sums(spec, batch, true);
        for (int from = 0; from < values.length; from += block) {
            int to = Math.min(values.length, from + block);
            Sums sums = spec.needsNoSweeps() ? null : compute(all.examples(from, to), backend::sums);
            for (int n = from; n < to; n++) {
                int example = n;
                values[n] = (sums == null ? 0 : all.value(sums.row(n - from))) + (spec.separate().isEmpty() ? 0
                        : compute(all.examples(example, example + 1L), this::separate));
            }
        }
        for (SeparateTerm term : spec.separate()) {
            if (term instanceof OtherLabelsTerm other) {
                double[] further = ofOtherLabels(other).valuePerExample();
                Arrays.setAll(values, n -> values[n] + further[n]);
            }
        }
        return values;
    }

    /**
     * What each gathered class gives to the value of a loss of pixel terms alone.
     *
     * @return [K] shares in the order of the classes; together they are the value
     * @throws UnsupportedOperationException if the terms gather different classes; names them
     */
    public double[] sharePerClass() {
        return ClassShares.of(spec, batch.predictions().channels(), alone -> compute(
                Job.sums(alone, batch, spec.needsSumsPerImage()), backend::sums));
    }

    /**
     * The sums of the batch.
     *
     * @param perImage whether each image has a row of its own
     * @return the sums over the labels
     */
    public Sums sums(boolean perImage) {
        return compute(Job.sums(spec, batch, perImage), backend::sums);
    }

    /**
     * The sums of the batch over all labels that the loss reads.
     *
     * @param perImage whether each image has rows of its own
     * @return the sums
     * @throws UnsupportedOperationException if the loss is no function of sums
     */
    public LossSums allSums(boolean perImage) {
        spec.requireSums();
        Map<OtherLabels, Sums> others = new EnumMap<>(OtherLabels.class);
        for (OtherLabelsTerm term : spec.ofOtherLabels()) {
            // They do not depend on the rest of the term.
            others.computeIfAbsent(term.labels(), kind -> ofOtherLabels(term).sums(perImage));
        }
        return new LossSums(sums(perImage), others);
    }

    /**
     * Counts of pixels by true and predicted class.
     *
     * @param ignoreIndex the label of void pixels, or null
     * @param threshold   above which a single channel is class 1
     * @return [C · C] counts
     */
    public long[] confusion(Integer ignoreIndex, double threshold) {
        return compute(null, job -> backend.confusion(batch, ignoreIndex, threshold));
    }

    /**
     * Counts of pixels by true and predicted class, of one example after the other.
     *
     * @param ignoreIndex the label of void pixels, or null
     * @param threshold   above which a single channel is class 1
     * @param each        receives [C · C] counts of each example
     */
    public void confusions(Integer ignoreIndex, double threshold, Consumer<long[]> each) {
        compute(null, job -> {
            long examples = batch.predictions().examples();
            List<long[]> all = new ArrayList<>();
            try {
                for (long n = 0; n < examples; n++) {
                    all.add(backend.confusion(batch.examples(n, n + 1), ignoreIndex, threshold));
                }
            } catch (IllegalArgumentException e) {
                // Says which example of the batch it is.
                backend.confusion(batch, ignoreIndex, threshold);
                throw e;
            }
            all.forEach(each);
            return null;
        });
    }

    /**
     * Shows all pixels to visitors on the host. The backend must not take the memory of a device.
     *
     * @param visitors makes a visitor for each thread that helps
     * @param <V>      what looks at the pixels
     * @return the visitors
     */
    public <V extends VisitSweep.Visitor> List<V> visit(Supplier<V> visitors) {
        return compute(null, job -> PixelWalk.visit(batch, spec.ignoreIndex(), visitors));
    }

    private <T> T compute(Job job, Function<Job, T> work) {
        try {
            return work.apply(job);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Memory for a gradient.
     *
     * @return of the predictions' shape and type, in 'c' order, with any content
     */
    public INDArray newGradient() {
        INDArray predictions = read.source().predictions();
        return Nd4j.createUninitialized(predictions.dataType(), predictions.shape(), 'c');
    }

    /**
     * Whether {@link #enqueueValueAndGradient} may count labels that may occur together.
     *
     * @return false if the backend counts classes that exclude one another only, as a device does under a softmax, or
     *     what it reads are probabilities of another type than the predictions have, with whose thresholds they are
     *     compared
     */
    public boolean countsLabels() {
        return backend.countsLabels(batch)
                && read.probabilities().dataType() == read.source().predictions().dataType();
    }

    /**
     * Value and gradient.
     *
     * @param scale    factor of the gradient
     * @param gradient of the predictions' shape; is overwritten
     * @return L
     */
    public double valueAndGradient(double scale, INDArray gradient) {
        return enqueueValueAndGradient(scale, gradient, false, null).getAsDouble();
    }

    /**
     * The gradient, and the value and its summands as soon as somebody asks for it. What a device still computes is in
     * order with later operations of ND4J; the arrays are kept reachable until the value was asked for.
     *
     * @param scale    factor of the gradient
     * @param gradient of the predictions' shape; is overwritten
     * @param apart    whether the summands of the value are asked for, too
     * @param counting which predicted classes or labels are counted beside it, or null for none
     * @return gives L and the counts, or throws what was found wrong with the batch
     */
    public Summands enqueueValueAndGradient(double scale, INDArray gradient, boolean apart, Counting counting) {
        List<LossCall> others = ofOtherLabels();
        GradientArray target = new GradientArray(spec, read, gradient);
        try {
            boolean isCleared = counting == null && spec.needsNoSweeps();
            if (isCleared) {
                // Nothing is written over what a job refuses.
                Job.gradient(spec, batch, scale, target.reading());
                target.clear();
            }
            Job whole = Job.gradient(spec, batch, scale, target.writing());
            Job job = (apart || !spec.separate().isEmpty() ? whole.ofTerms() : whole).counting(counting);
            List<INDArray> further = new ArrayList<>();
            Summands shared = isCleared ? Summands.of() : backend.enqueueValueAndGradient(job);
            Summands value = withSeparate(shared, job, others, further);
            target.finish(further);
            return value == shared || counting == null ? value : value.counted(shared::counts);
        } finally {
            Reference.reachabilityFence(this);
            target.keepReachable();
        }
    }

    /**
     * The gradient of a part of a batch.
     *
     * @param sums     the sums of the whole batch
     * @param firstRow the first example of this part among the images of the sums
     * @param scale    factor of the gradient
     * @param gradient of the predictions' shape; is overwritten
     * @return the gradient
     */
    public INDArray gradient(LossSums sums, int firstRow, double scale, INDArray gradient) {
        List<LossCall> others = ofOtherLabels();
        GradientArray target = new GradientArray(spec, read, gradient);
        try {
            Job job = new Job(spec, batch, sums.own().perImage(), target.writing(), scale);
            backend.gradient(job, job.coefficients(sums.own()), firstRow);
            List<INDArray> further = new ArrayList<>();
            for (int k = 0; k < others.size(); k++) {
                LossCall call = others.get(k);
                Sums ofTerm = sums.others().get(spec.ofOtherLabels().get(k).labels());
                further.add(call.gradient(new LossSums(ofTerm), firstRow, scale, call.newGradient()));
            }
            target.finish(further);
            return gradient;
        } finally {
            Reference.reachabilityFence(this);
            target.keepReachable();
        }
    }
}
