package org.segloss4j.internal.cuda.plan;

import java.nio.ByteBuffer;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;

/**
 * A loss as the tables that the kernels read, one behind the other: regions [R, 9 + 2C] and means [T, 1 + C] in double,
 * curves [T, 8 + 2C] in the type that is computed in. See {@code region_term.cuh} and {@code pixel_term.cuh}.
 *
 * @param spec       the loss
 * @param channels   C
 * @param activation what makes probabilities of the predictions
 * @param inDouble   whether curves are double
 */
public record LossTables(LossSpec spec, int channels, Activation activation, boolean inDouble) {

    private static final PixelCurve NONE = new PixelCurve(0, 0, 0);

    public int terms() {
        return spec.pixels().size();
    }

    /** The region terms that a device finalises: all of them, or none if the host has to finalise one. */
    public int regions() {
        return spec.isFinalisedOnDevice() ? spec.regions().size() : 0;
    }

    public long meansOffset() {
        return 8L * regions() * (9 + 2L * channels);
    }

    public long curvesOffset() {
        return meansOffset() + 8L * terms() * (1 + channels);
    }

    public long bytes() {
        return curvesOffset() + (inDouble ? 8L : 4L) * terms() * (8 + 2L * channels);
    }

    /** Whether a term is divided by the sum of the gathered probabilities in a way that makes a difference. */
    boolean isRenormalised(PixelTerm term) {
        return term.renormalised() && !(activation == Activation.SOFTMAX
                && term.classes().resolve(channels).coversEachOnce());
    }

    /** Whether a term needs the sum of the gathered probabilities. */
    public boolean anyRenormalised() {
        return spec.pixels().stream().anyMatch(this::isRenormalised);
    }

    /** Whether a term charges more than the probability of the true class. */
    public boolean anyBinary() {
        return spec.pixels().stream().anyMatch(PixelTerm::binary);
    }

    /** Writes the tables. */
    public void put(ByteBuffer to) {
        for (RegionTerm term : spec.regions().subList(0, regions())) {
            RegionScore score = (RegionScore) term.score();
            ClassSelection.Resolved classes = term.classes().resolve(channels);
            to.putDouble(term.coefficient()).putDouble(score.k()).putDouble(score.numeratorSmooth())
                    .putDouble(score.bI()).putDouble(score.bP()).putDouble(score.bG())
                    .putDouble(score.denominatorSmooth()).putDouble(term.perImage() ? 1 : 0).putDouble(classes.count());
            put(to, classes.weight(), true);
            put(to, classes.multiplicity(), true);
        }
        for (PixelTerm term : spec.pixels()) {
            to.putDouble(term.coefficient());
            put(to, term.classes().resolve(channels).multiplicity(), true);
        }
        for (PixelTerm term : spec.pixels()) {
            PixelCurve positive = term.positive();
            PixelCurve negative = term.binary() ? term.negative() : NONE;
            put(to, new double[] {positive.a(), positive.gamma(), positive.logOffset(), negative.a(),
                    negative.gamma(), negative.logOffset(), term.binary() ? 1 : 0, isRenormalised(term) ? 1 : 0},
                    inDouble);
            ClassSelection.Resolved classes = term.classes().resolve(channels);
            put(to, classes.weight(), inDouble);
            put(to, classes.multiplicity(), inDouble);
        }
    }

    private static void put(ByteBuffer to, double[] values, boolean inDouble) {
        for (double value : values) {
            if (inDouble) {
                to.putDouble(value);
            } else {
                to.putFloat((float) value);
            }
        }
    }

    private static void put(ByteBuffer to, int[] values, boolean inDouble) {
        double[] wide = new double[values.length];
        for (int k = 0; k < values.length; k++) {
            wide[k] = values[k];
        }
        put(to, wide, inDouble);
    }
}
