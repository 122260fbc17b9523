package org.segloss4j.internal.backend;

import java.util.Objects;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.math.SumsLayout;

/**
 * One loss over one batch. Examples that follow one another in memory are joined here, and only here: pixels of one
 * long example make fewer and longer runs.
 *
 * @param spec     the loss
 * @param batch    the data
 * @param perImage whether each image has a row of sums
 * @param gradient [N, C, S] of a floating-point type, to be written, with any strides; or null if no gradient is asked
 * @param scale    factor of the gradient
 * @param apart    whether the summands of the value are asked for, too
 * @param counting what the sweep counts that computes the value beside the gradient, or null for nothing
 */
public record Job(LossSpec spec, Batch batch, boolean perImage, Tensor gradient, double scale, boolean apart,
                  Counting counting) {

    /**
     * A job of which the value is asked for as a whole.
     *
     * @param spec     the loss
     * @param batch    the data
     * @param perImage whether each image has a row of sums
     * @param gradient to be written, or null
     * @param scale    factor of the gradient
     */
    public Job(LossSpec spec, Batch batch, boolean perImage, Tensor gradient, double scale) {
        this(spec, batch, perImage, gradient, scale, false, null);
    }

    /**
     * Rounds the threshold to the predictions' type, in which probabilities are compared with it: the float nearest to
     * 0.3 is above 0.3, but a probability of 0.3 is not above a threshold of 0.3. Of labels that are whole numbers it
     * takes the loss of hard labels. Refuses a gradient that would be written over what is still to be read.
     *
     * @param spec     the loss
     * @param batch    the data
     * @param perImage whether each image has a row of sums
     * @param gradient to be written, or null
     * @param scale    factor of the gradient
     * @param apart    whether the summands of the value are asked for, too
     * @param counting what is counted, or null for nothing
     * @throws IllegalArgumentException if the gradient shares memory with labels or mask, or with the predictions
     *                                  without being their very view
     */
    public Job {
        if (spec.threshold() != null) {
            spec = new LossSpec(spec.regions(), spec.pixels(), spec.separate(), spec.ignoreIndex(),
                    Elements.round(batch.predictions().type(), spec.threshold()));
        }
        if (batch.labels().tensor().type().integer()) {
            spec = spec.ofHardLabels();
        }
        if (gradient != null) {
            Overlap.refuse(batch, gradient);
        }
    }

    /**
     * The sums of a batch.
     *
     * @param spec     the loss
     * @param batch    the data
     * @param perImage whether each image has a row of sums
     * @return the job
     */
    public static Job sums(LossSpec spec, Batch batch, boolean perImage) {
        return new Job(spec, batch, perImage, null, 1);
    }

    /**
     * The value and the gradient of a batch, with the kind of sums that the loss needs.
     *
     * @param spec     the loss
     * @param batch    the data
     * @param scale    factor of the gradient
     * @param gradient receives {@code scale · dL/dpredictions}; may be the predictions themselves
     * @return the job
     */
    public static Job gradient(LossSpec spec, Batch batch, double scale, Tensor gradient) {
        return new Job(spec, batch, spec.needsSumsPerImage(), gradient, scale);
    }

    /**
     * The same job, of which the summands of the value are asked for, too. A device that finalises a loss by itself
     * then has to hand out more than one number.
     *
     * @return the job
     */
    public Job ofTerms() {
        return new Job(spec, batch, perImage, gradient, scale, true, counting);
    }

    /**
     * The same job, whose {@link LossBackend#enqueueValueAndGradient} also counts hard predictions.
     *
     * @param wanted what is counted, or null for nothing
     * @return the job
     */
    public Job counting(Counting wanted) {
        return new Job(spec, batch, perImage, gradient, scale, apart, wanted);
    }

    /**
     * Whether the sweep leaves out the very pixels that are not counted, but for those whose label or weight is bad.
     *
     * @return false if the loss ignores another label
     */
    public boolean countsItsPixels() {
        return counting != null && Objects.equals(counting.ignoreIndex(), spec.ignoreIndex());
    }

    /**
     * What a sweep walks over.
     *
     * @param batch    the examples, joined or not
     * @param gradient the gradient in the same form, or null
     */
    public record View(Batch batch, Tensor gradient) {
    }

    /**
     * What a sweep reads that writes nothing.
     *
     * @return the batch as one example, if the strides allow it and images are not told apart
     */
    public View reading() {
        return new View(perImage ? batch : batch.joined(), null);
    }

    /**
     * What a sweep walks over that writes the gradient.
     *
     * @return batch and gradient as one example each, if the strides of both allow it and images are not told apart
     */
    public View writing() {
        Batch joined = perImage ? batch : batch.joined();
        Tensor out = joined == batch ? null : gradient.joined();
        return out == null ? new View(batch, gradient) : new View(joined, out);
    }

    /**
     * The same job for some of the examples.
     *
     * @param from first example
     * @param to   the example after the last
     * @return a job over the same memory
     */
    public Job examples(long from, long to) {
        return new Job(spec, batch.examples(from, to), perImage,
                gradient == null ? null : gradient.examples(from, to), scale, apart, counting);
    }

    /**
     * The same without sums of distances, if labels are class indices and predictions become probabilities. Its sums
     * and coefficients have no columns for them; {@link Sums#in} and {@link Coefficients#withoutDistances} convert.
     *
     * @return this, if that changes nothing
     */
    public Job withoutDistances() {
        boolean follow = batch.labels().kind() == Labels.Kind.INDEX && batch.activation() != Activation.IDENTITY;
        LossSpec simple = follow ? spec.ofIndexLabels() : spec;
        return simple == spec ? this : new Job(simple, batch, perImage, gradient, scale, apart, counting);
    }

    /**
     * C.
     *
     * @return the number of channels
     */
    public int channels() {
        return batch.predictions().channels();
    }

    /**
     * How many rows of sums there are.
     *
     * @return N if images are told apart, otherwise 1
     */
    public int rows() {
        return perImage ? Math.toIntExact(batch.predictions().examples()) : 1;
    }

    /**
     * The columns of the sums.
     *
     * @return their layout
     */
    public SumsLayout layout() {
        return spec.layout(channels());
    }

    /**
     * Throws if bad input was found.
     *
     * @param bad what was found
     * @throws IllegalArgumentException that names the count and the first place
     */
    public void check(BadInput bad) {
        bad.check(batch, spec.ignoreIndex());
    }

    /**
     * The value of the loss.
     *
     * @param sums the sums of the whole batch
     * @return L
     */
    public double value(Sums sums) {
        return Finalisation.value(spec, sums);
    }

    /**
     * The value of the loss and its summands; without terms that make passes of their own.
     *
     * @param sums the sums of the whole batch
     * @return L
     */
    public Summands summands(Sums sums) {
        return Summands.of(Finalisation.terms(spec, sums));
    }

    /**
     * What the gradient needs to know.
     *
     * @param sums the sums of the whole batch
     * @return the table
     */
    public Coefficients coefficients(Sums sums) {
        return Finalisation.coefficients(spec, sums);
    }
}
