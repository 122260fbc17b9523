package org.segloss4j.cpu;

import java.util.List;
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
 * step per pixel.
 */
final class HardSweep implements Sweep {

    private final LossSpec spec;
    private final Batch batch;
    private final FloatTile tile;
    private final ClassSelection.Resolved[] selections;
    private final int[] truth;
    /** Weights of the pixels, or null for 1 everywhere but where a label is ignored. */
    private final float[] weight;
    /** Lane sums of the probabilities, drained into doubles at the end of a chunk. */
    private final float[] predicted;

    HardSweep(LossSpec spec, Batch batch) {
        this.spec = spec;
        this.batch = batch;
        tile = new FloatTile(batch);
        selections = spec.pixels().stream().map(t -> t.classes().resolve(tile.channels))
                .toArray(ClassSelection.Resolved[]::new);
        truth = new int[tile.stride];
        weight = batch.mask() == null && spec.ignoreIndex() == null ? null : new float[tile.stride];
        predicted = new float[tile.channels * tile.stride];
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
            load(n, s, lanes, bad);
            if (spec.threshold() != null) {
                tile.harden(spec.threshold(), lanes);
            }
            addPredicted(lanes);
            double total = 0;
            for (int t = 0; t < lanes; t++) {
                int y = truth[t];
                if (y != TileIo.IGNORED) {
                    double m = weight == null ? 1 : weight[t];
                    float p = tile.p[y * tile.stride + t];
                    rows[at + y] += m * p;
                    rows[at + 2 * channels + y] += m;
                    total += m;
                }
            }
            for (int c = 0; c < channels; c++) {
                rows[at + 3 * channels + c] += total;
            }
            for (int k = 0; k < selections.length; k++) {
                rows[at + 4 * channels + k] += pixelLoss(spec.pixels().get(k), selections[k], lanes);
            }
        }
        tile.drain(predicted, (int) Math.min(tile.stride, to - from), rows, at + channels);
    }

    @Override
    public void gradient(long n, long from, long to, Coefficients table, int row, double scale, Tensor out,
                         BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            load(n, s, lanes, bad);
            if (batch.activation() == Activation.SOFTMAX) {
                softmaxGradient(table, row, scale, lanes);
                if (selections.length > 0) {
                    tile.balance(lanes);
                }
            } else {
                plainGradient(table, row, scale, lanes);
            }
            tile.store(out, n, s, lanes);
        }
    }

    private void load(long n, long s, int lanes, BadInput bad) {
        tile.load(batch, n, s, lanes);
        TileIo.readIndices(batch.labels().tensor(), n, s, lanes, tile.channels, spec.ignoreIndex(), truth, bad);
        if (weight == null) {
            return;
        }
        if (batch.mask() == null) {
            java.util.Arrays.fill(weight, 0, lanes, 1);
        } else {
            TileIo.readChannel(batch.mask(), n, 0, s, lanes, weight, 0);
            TileIo.checkWeights(weight, 0, n, s, lanes, bad);
        }
        for (int t = 0; t < lanes; t++) {
            if (truth[t] == TileIo.IGNORED || weight[t] == 0) {
                truth[t] = TileIo.IGNORED;
                weight[t] = 0;
                tile.clear(t);
            }
        }
    }

    private void addPredicted(int lanes) {
        float[] p = tile.p;
        for (int c = 0; c < tile.channels; c++) {
            int at = c * tile.stride;
            if (weight == null) {
                for (int k = at; k < at + lanes; k++) {
                    predicted[k] += p[k];
                }
            } else {
                for (int t = 0; t < lanes; t++) {
                    predicted[at + t] += weight[t] * p[at + t];
                }
            }
        }
    }

    private double pixelLoss(PixelTerm term, ClassSelection.Resolved classes, int lanes) {
        double loss = 0;
        for (int t = 0; t < lanes; t++) {
            int y = truth[t];
            if (y != TileIo.IGNORED && classes.multiplicity()[y] > 0) {
                double m = weight == null ? 1 : weight[t];
                loss += m * classes.weight()[y] * term.positive().value(tile.p[y * tile.stride + t]);
            }
        }
        return loss;
    }

    /** dL/dp of the true class beyond what all pixels of its channel share. */
    private double ownSlope(Coefficients table, int row, int y, int t) {
        double slope = table.a()[row * tile.channels + y];
        List<PixelTerm> terms = spec.pixels();
        for (int k = 0; k < selections.length; k++) {
            if (selections[k].multiplicity()[y] > 0) {
                slope += table.pixel()[k] * selections[k].weight()[y]
                        * terms.get(k).positive().slope(tile.p[y * tile.stride + t]);
            }
        }
        return weight == null ? slope : slope * weight[t];
    }

    /** dz_c = p_c · (m·B_c − q) + [c = y]·p_y·e, with e the true class's own slope and q = Σ_c m·B_c·p_c + p_y·e. */
    private void softmaxGradient(Coefficients table, int row, double scale, int lanes) {
        int channels = tile.channels;
        float[] p = tile.p;
        float[] dz = tile.dz;
        float[] mean = tile.rowA;
        java.util.Arrays.fill(mean, 0, lanes, 0);
        for (int c = 0; c < channels; c++) {
            float b = (float) (scale * table.b()[row * channels + c]);
            int at = c * tile.stride;
            for (int t = 0; t < lanes; t++) {
                mean[t] += b * p[at + t];
            }
        }
        float[] own = tile.rowB;
        for (int t = 0; t < lanes; t++) {
            int y = truth[t];
            own[t] = y == TileIo.IGNORED ? 0
                    : (float) (scale * ownSlope(table, row, y, t) * p[y * tile.stride + t]);
            mean[t] = (weight == null ? mean[t] : weight[t] * mean[t]) + own[t];
        }
        for (int c = 0; c < channels; c++) {
            float b = (float) (scale * table.b()[row * channels + c]);
            int at = c * tile.stride;
            if (weight == null) {
                for (int t = 0; t < lanes; t++) {
                    dz[at + t] = p[at + t] * (b - mean[t]);
                }
            } else {
                for (int t = 0; t < lanes; t++) {
                    dz[at + t] = p[at + t] * (b * weight[t] - mean[t]);
                }
            }
        }
        for (int t = 0; t < lanes; t++) {
            if (truth[t] != TileIo.IGNORED) {
                dz[truth[t] * tile.stride + t] += own[t];
            }
        }
    }

    /** The gradient where each channel has an activation of its own: dz_c = φ′(z_c) · (m·B_c + [c = y]·e). */
    private void plainGradient(Coefficients table, int row, double scale, int lanes) {
        int channels = tile.channels;
        float[] dz = tile.dz;
        for (int c = 0; c < channels; c++) {
            float b = (float) (scale * table.b()[row * channels + c]);
            int at = c * tile.stride;
            for (int t = 0; t < lanes; t++) {
                dz[at + t] = truth[t] == TileIo.IGNORED ? 0 : weight == null ? b : b * weight[t];
            }
        }
        for (int t = 0; t < lanes; t++) {
            int y = truth[t];
            if (y != TileIo.IGNORED) {
                dz[y * tile.stride + t] += (float) (scale * ownSlope(table, row, y, t));
            }
        }
        if (batch.activation() == Activation.SIGMOID) {
            for (int c = 0; c < channels; c++) {
                for (int k = c * tile.stride; k < c * tile.stride + lanes; k++) {
                    dz[k] *= tile.p[k] * tile.complement[k];
                }
            }
        }
    }
}
