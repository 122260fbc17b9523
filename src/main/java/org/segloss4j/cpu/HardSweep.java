package org.segloss4j.cpu;

import java.util.Arrays;
import org.segloss4j.backend.Activation;
import org.segloss4j.backend.BadInput;
import org.segloss4j.backend.Batch;
import org.segloss4j.backend.Labels;
import org.segloss4j.backend.Tensor;
import org.segloss4j.math.ClassSelection;
import org.segloss4j.math.Finalisation.Coefficients;
import org.segloss4j.math.LossSpec;
import org.segloss4j.math.PixelTerm;

/**
 * The fast walk in float for the common case: class indices, at most one weight per pixel, losses that charge only the
 * probability of the true class. Whole-channel work runs over the lanes; what concerns only the true class is one
 * row per tile.
 */
final class HardSweep implements Sweep {

    private final LossSpec spec;
    private final Batch batch;
    private final FloatTile tile;
    private final HardTruth truth;
    private final CurveRows curves;
    private final NaNPixels doubtful;
    private final ClassSelection.Resolved[] selections;
    /** Lane sums of the probabilities, drained into doubles at the end of a chunk. */
    private final float[][] predicted;
    /** Of the true class: probability, a term's loss or slope, and the gradient beyond what its channel shares. */
    private final float[] u;
    private final float[] curve;
    private final float[] own;
    /** Per class: what the true class's slope begins with, or what a term's is multiplied with. */
    private final float[] factors;

    HardSweep(LossSpec spec, Batch batch) {
        this.spec = spec;
        this.batch = batch;
        tile = new FloatTile(batch);
        truth = new HardTruth(batch, spec.ignoreIndex(), tile.stride);
        curves = new CurveRows(tile.math, tile.stride);
        doubtful = new NaNPixels(spec, batch);
        selections = spec.pixels().stream().map(t -> t.classes().resolve(tile.channels))
                .toArray(ClassSelection.Resolved[]::new);
        predicted = tile.rows();
        u = new float[tile.stride];
        curve = new float[tile.stride];
        own = new float[tile.stride];
        factors = new float[tile.channels];
    }

    /** Whether this walk can compute a loss over a batch. */
    static boolean fits(LossSpec spec, Batch batch) {
        int channels = batch.predictions().channels();
        return batch.labels().kind() == Labels.Kind.INDEX && channels > 1
                && (batch.mask() == null || batch.mask().channels() == 1)
                && spec.pixels().stream().noneMatch(PixelTerm::binary)
                && spec.pixels().stream().noneMatch(t -> t.renormalised() && !(batch.activation() == Activation.SOFTMAX
                && t.classes().resolve(channels).coversEachOnce()));
    }

    @Override
    public void sums(long n, long from, long to, double[] rows, int at, BadInput bad) {
        int channels = tile.channels;
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            tile.load(batch, n, s, lanes);
            truth.load(tile, n, s, lanes, bad);
            if (spec.threshold() != null) {
                tile.harden(spec.threshold(), lanes);
            }
            for (int c = 0; c < channels; c++) {
                if (truth.weight == null) {
                    Rows.add(predicted[c], tile.p[c], lanes);
                } else {
                    Rows.addProduct(predicted[c], truth.weight, tile.p[c], lanes);
                }
            }
            double total = addTruth(rows, at, lanes);
            for (int c = 0; c < channels; c++) {
                rows[at + 3 * channels + c] += total;
            }
            for (int k = 0; k < selections.length; k++) {
                rows[at + 4 * channels + k] += pixelLoss(spec.pixels().get(k), selections[k], lanes);
            }
        }
        tile.drain(predicted, (int) Math.min(tile.stride, to - from), rows, at + channels);
    }

    /** Adds I and G of the true classes, gathers their probabilities and returns the weight of all pixels. */
    private double addTruth(double[] rows, int at, int lanes) {
        int truths = at + 2 * tile.channels;
        double total = 0;
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            // A void pixel weighs nothing; 1 costs nothing.
            u[t] = 1;
            if (y != TileIo.IGNORED) {
                double m = truth.weight == null ? 1 : truth.weight[t];
                u[t] = tile.p[y][t];
                rows[at + y] += m * u[t];
                rows[truths + y] += m;
                total += m;
            }
        }
        return total;
    }

    private double pixelLoss(PixelTerm term, ClassSelection.Resolved classes, int lanes) {
        curves.value(term.positive(), u, curve, lanes);
        for (int c = 0; c < tile.channels; c++) {
            factors[c] = (float) classes.weight()[c];
        }
        double loss = 0;
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            if (y != TileIo.IGNORED) {
                double m = truth.weight == null ? 1 : truth.weight[t];
                loss += classes.multiplicity()[y] == 0 ? 0 : m * factors[y] * curve[t];
            }
        }
        return loss;
    }

    @Override
    public void gradient(long n, long from, long to, Coefficients table, int row, double scale, Tensor out,
                         BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            tile.load(batch, n, s, lanes);
            truth.load(tile, n, s, lanes, bad);
            ownSlope(table, row, scale, lanes);
            if (batch.activation() == Activation.SOFTMAX) {
                softmaxGradient(table, row, scale, lanes);
                if (selections.length > 0) {
                    tile.balance(lanes);
                }
            } else {
                plainGradient(table, row, scale, lanes);
            }
            doubtful.correct(tile.dz, n, s, lanes, table, row, scale);
            tile.store(out, n, s, lanes);
        }
    }

    /** dL/dp of the true class beyond what all pixels of its channel share. */
    private void ownSlope(Coefficients table, int row, double scale, int lanes) {
        for (int c = 0; c < tile.channels; c++) {
            factors[c] = (float) (scale * table.a()[row * tile.channels + c]);
        }
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            u[t] = y == TileIo.IGNORED ? 0 : tile.p[y][t];
            own[t] = y == TileIo.IGNORED ? 0 : factors[y];
        }
        for (int k = 0; k < selections.length; k++) {
            curves.slope(spec.pixels().get(k).positive(), u, curve, lanes);
            for (int c = 0; c < tile.channels; c++) {
                factors[c] = (float) (scale * table.pixel()[k] * selections[k].weight()[c]);
            }
            for (int t = 0; t < lanes; t++) {
                int y = truth.classes[t];
                own[t] += y == TileIo.IGNORED || factors[y] == 0 ? 0 : factors[y] * curve[t];
            }
        }
        if (truth.weight != null) {
            Rows.product(own, truth.weight, own, lanes);
        }
    }

    /** dz_c = p_c · (m·B_c − q) + [c = y]·p_y·e, with e the true class's own slope and q = Σ_c m·B_c·p_c + p_y·e. */
    private void softmaxGradient(Coefficients table, int row, double scale, int lanes) {
        float[][] p = tile.p;
        float[][] dz = tile.dz;
        float[] mean = tile.rowA;
        Arrays.fill(mean, 0, lanes, 0);
        for (int c = 0; c < tile.channels; c++) {
            Rows.addScaled(mean, shared(table, row, scale, c), p[c], lanes);
        }
        if (truth.weight != null) {
            Rows.product(mean, truth.weight, mean, lanes);
        }
        Rows.product(own, u, own, lanes);
        Rows.add(mean, own, lanes);
        for (int c = 0; c < tile.channels; c++) {
            float b = shared(table, row, scale, c);
            if (truth.weight == null) {
                Rows.centred(p[c], b, mean, dz[c], lanes);
            } else {
                Rows.centred(p[c], b, truth.weight, mean, dz[c], lanes);
            }
        }
        addOwn(lanes);
    }

    /** The gradient where each channel has an activation of its own: dz_c = φ′(z_c) · (m·B_c + [c = y]·e). */
    private void plainGradient(Coefficients table, int row, double scale, int lanes) {
        float[][] dz = tile.dz;
        for (int c = 0; c < tile.channels; c++) {
            float b = shared(table, row, scale, c);
            for (int t = 0; t < lanes; t++) {
                dz[c][t] = truth.classes[t] == TileIo.IGNORED ? 0 : truth.weight == null ? b : b * truth.weight[t];
            }
        }
        addOwn(lanes);
        if (batch.activation() == Activation.SIGMOID) {
            for (int c = 0; c < tile.channels; c++) {
                Rows.product(dz[c], tile.p[c], dz[c], lanes);
                Rows.product(dz[c], tile.complement[c], dz[c], lanes);
            }
        }
    }

    private void addOwn(int lanes) {
        for (int t = 0; t < lanes; t++) {
            if (truth.classes[t] != TileIo.IGNORED) {
                tile.dz[truth.classes[t]][t] += own[t];
            }
        }
    }

    /** dL/dp of all pixels of a channel. */
    private static float shared(Coefficients table, int row, double scale, int c) {
        return (float) (scale * table.b()[row * table.classes() + c]);
    }
}
