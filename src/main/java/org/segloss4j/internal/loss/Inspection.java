package org.segloss4j.internal.loss;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.BadInput.Finding;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cpu.sweep.PixelSweep;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.math.SumsLayout;
import org.segloss4j.internal.nd4j.ArrayBatch;

/**
 * A slow look at a loss and its batch, in double on the host, that notes what is wrong with them where other routes
 * would throw or return NaN.
 */
public final class Inspection {

    private final BadInput bad = new BadInput();
    private final Sums sums;
    private final double[] terms;
    private long nans;
    private long infinities;
    private Finding firstNotFinite;
    private int channelOfFirst;

    /**
     * Looks at everything.
     *
     * @param spec   the loss
     * @param arrays the batch
     * @throws IllegalArgumentException if shapes or types do not fit
     */
    public Inspection(LossSpec spec, ArrayBatch arrays) {
        LossCall call = new LossCall(spec, arrays, new ReferenceBackend());
        Batch batch = call.batch();
        Tensor predictions = batch.predictions();
        int examples = Math.toIntExact(predictions.examples());
        SumsLayout layout = spec.layout(predictions.channels());
        double[] values = new double[Math.multiplyExact(examples, layout.width())];
        PixelSweep sweep = new PixelSweep(spec, batch);
        for (int n = 0; n < examples; n++) {
            sweep.sums(n, 0, predictions.pixels(), values, n * layout.width(), bad);
        }
        sums = new Sums(true, examples, layout, values);
        lookAtPredictions(predictions);
        if (spec.separate().isEmpty() || isBad()) {
            double[] shared = Finalisation.terms(spec, sums);
            terms = Arrays.copyOf(shared, shared.length + spec.separate().size());
            Arrays.fill(terms, shared.length, terms.length, Double.NaN);
        } else {
            terms = call.summands().terms();
        }
        Reference.reachabilityFence(call);
    }

    private void lookAtPredictions(Tensor predictions) {
        for (long n = 0; n < predictions.examples(); n++) {
            for (long s = 0; s < predictions.pixels(); s++) {
                for (int c = 0; c < predictions.channels(); c++) {
                    double value = Elements.get(predictions, n, c, s);
                    if (!Double.isFinite(value)) {
                        note(n, c, s, value);
                    }
                }
            }
        }
    }

    private void note(long n, int c, long s, double value) {
        if (Double.isNaN(value)) {
            nans++;
        } else {
            infinities++;
        }
        if (firstNotFinite == null) {
            firstNotFinite = new Finding(1, n, s, value);
            channelOfFirst = c;
        }
    }

    /**
     * Whether labels or weights are wrong, so that a backend refuses the batch.
     *
     * @return true if so
     */
    public boolean isBad() {
        return bad.of(BadInput.Kind.LABEL) != null || bad.of(BadInput.Kind.WEIGHT) != null;
    }

    /**
     * Bad labels or weights.
     *
     * @param kind which ones
     * @return null if there are none
     */
    public Finding bad(BadInput.Kind kind) {
        return bad.of(kind);
    }

    /**
     * The sums of each image.
     *
     * @return one row per image
     */
    public Sums sums() {
        return sums;
    }

    /**
     * The summands of the loss.
     *
     * @return of its region, pixel and separate terms; NaN for the last where the batch is refused
     */
    public double[] terms() {
        return terms.clone();
    }

    /**
     * The number of predictions that are NaN.
     *
     * @return how many
     */
    public long nans() {
        return nans;
    }

    /**
     * The number of predictions that are infinite.
     *
     * @return how many
     */
    public long infinities() {
        return infinities;
    }

    /**
     * The first prediction that is not finite, by example, pixel and channel.
     *
     * @return null if all are finite
     */
    public Finding firstNotFinite() {
        return firstNotFinite;
    }

    /**
     * The channel of the first prediction that is not finite.
     *
     * @return its index
     */
    public int channelOfFirst() {
        return channelOfFirst;
    }
}
