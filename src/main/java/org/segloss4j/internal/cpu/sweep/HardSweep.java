package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.lanes.FloatTile;
import org.segloss4j.internal.cpu.lanes.Rows;
import org.segloss4j.internal.cpu.lanes.TileIo;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.SumsLayout;

/**
 * The fast walk in float for the common case: class indices, at most one weight per pixel, pixel losses that charge
 * only the probability of the true class, or cross-entropy of smoothed labels. Whole-channel work runs over the lanes;
 * what concerns only the true class is one row per tile.
 */
public final class HardSweep implements PixelTermSweep {

    private final LossSpec spec;
    private final Batch batch;
    private final FloatTile tile;
    private final SumsLayout layout;
    private final HardTruth truth;
    private final HardPixels pixels;
    private final NaNPixels doubtful;
    private final boolean isDividedByTruth;
    /** Lane sums of the probabilities, drained into doubles at the end of a chunk. */
    private final float[][] predicted;
    /** Lane sums of p²; null if nobody asks for them. */
    private final float[][] squares;
    private final PairColumns pairs;
    /** A number of each class. */
    private final float[] ofClass;
    /** dL/dp of the region terms, where it is no number that all pixels of a channel share. */
    private final float[][] dp;
    /** Null if nothing is counted. */
    private final HardCounts counts;

    /** A sweep that also counts hard predictions, unless the counters are null. */
    public HardSweep(LossSpec spec, Batch batch, HardCounts counts) {
        this.counts = counts;
        this.spec = spec;
        this.batch = batch;
        tile = new FloatTile(batch);
        layout = spec.layout(tile.channels);
        truth = new HardTruth(batch, spec.ignoreIndex(), tile);
        pixels = new HardPixels(spec, tile, truth);
        doubtful = new NaNPixels(spec, batch);
        isDividedByTruth = spec.pixels().stream().anyMatch(term -> term.normaliser() == Normaliser.TRUE_WEIGHTS);
        predicted = tile.rows();
        squares = layout.statistics().squares() ? tile.rows() : null;
        pairs = new PairColumns(layout, this::pairFactors, tile.stride);
        ofClass = new float[tile.channels];
        dp = squares != null || !pairs.isEmpty() ? tile.rows() : null;
    }

    /** Whether this walk can compute a loss over a batch; curves without a clip only under a softmax. */
    public static boolean fits(LossSpec spec, Batch batch) {
        return fits(spec, batch, batch.labels().kind() == Labels.Kind.INDEX);
    }

    static boolean fits(LossSpec spec, Batch batch, boolean hasClasses) {
        int channels = batch.predictions().channels();
        boolean isExact = batch.activation() == Activation.SOFTMAX
                && spec.pixels().stream().allMatch(term -> term.isOfTrueClass() || HardPixels.isSmoothed(term));
        return (spec.pixels().stream().allMatch(PixelTerm::isPlain) || isExact) && !spec.statistics().distances()
                && hasClasses && channels > 1
                && (batch.mask() == null || batch.mask().channels() == 1)
                && spec.pixels().stream().noneMatch(PixelTerm::binary)
                && spec.pixels().stream().noneMatch(t -> t.renormalised() && !(batch.activation() == Activation.SOFTMAX
                && t.classes().resolve(channels).coversEachOnce()));
    }

    /** Lanes of a tile. */
    int stride() {
        return tile.stride;
    }

    /** Whether dense labels of pixels [s, s + lanes) of example n are one-hot, so that this walk may take them next. */
    boolean isOneHot(long n, long s, int lanes) {
        return truth.readOneHot(n, s, lanes);
    }

    /** The factors of the true classes. */
    private void pairFactors(double[] byTruth, float[] row, int lanes) {
        for (int c = 0; c < byTruth.length; c++) {
            ofClass[c] = (float) byTruth[c];
        }
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            row[t] = y == TileIo.IGNORED ? 0 : ofClass[y];
        }
    }

    @Override
    public void sums(long n, long from, long to, double[] rows, int at, BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            addTile(n, s, (int) Math.min(tile.stride, to - s), rows, at, bad);
        }
        drain((int) Math.min(tile.stride, to - from), rows, at);
    }

    /** Adds the sums of one tile, of which some wait in lanes. */
    void addTile(long n, long s, int lanes, double[] rows, int at, BadInput bad) {
        addPixels(s, s + lanes, rows, at);
        tile.load(batch, n, s, lanes);
        if (counts != null) {
            counts.count(tile.z, n, s, lanes);
        }
        truth.load(tile, n, s, lanes, bad);
        if (spec.threshold() != null) {
            tile.harden(spec.threshold(), lanes);
        }
        for (int c = 0; c < tile.channels; c++) {
            addPredicted(c, lanes);
        }
        pairs.add(tile.p, truth.weight == null ? null : new float[][] {truth.weight}, lanes);
        pixels.gather(true, lanes);
        addTruth(rows, at, lanes);
        addLosses(n, s, rows, at, lanes);
    }

    /** Adds what waits in lanes, of which only the first were used. */
    void drain(int used, double[] rows, int at) {
        pairs.drain(used, rows, at);
        tile.drain(predicted, used, rows, at + layout.predicted(0));
        if (squares != null) {
            tile.drain(squares, used, rows, at + layout.squares(0));
        }
    }

    private void addPredicted(int c, int lanes) {
        float[] weighted = tile.p[c];
        if (truth.weight != null) {
            weighted = tile.rowA;
            Rows.product(truth.weight, tile.p[c], weighted, lanes);
        }
        Rows.add(predicted[c], weighted, lanes);
        if (squares != null) {
            Rows.addProduct(squares[c], weighted, tile.p[c], lanes);
        }
    }

    private void addPixels(long from, long to, double[] rows, int at) {
        if (layout.statistics().pixels()) {
            rows[at + layout.pixels()] += to - from;
        }
    }

    /** Adds I and G of the true classes and the weight of all pixels. */
    private void addTruth(double[] rows, int at, int lanes) {
        for (int t = 0; t < lanes; t++) {
            int y = truth.classes[t];
            if (y != TileIo.IGNORED) {
                double m = truth.weight == null ? 1 : truth.weight[t];
                rows[at + layout.intersection(y)] += m * pixels.u[t];
                rows[at + layout.truth(y)] += m;
                if (squares != null) {
                    rows[at + layout.squares(y)] += m;
                }
            }
        }
        addWeights(rows, at, lanes);
    }

    /** Adds what weights of true classes are multiplied by, if some term is divided by them. */
    private void addTrueMasses(double[] rows, int at, int lanes) {
        for (int t = 0; t < lanes && isDividedByTruth; t++) {
            int y = truth.classes[t];
            if (y != TileIo.IGNORED) {
                rows[at + layout.truth(y)] += truth.weight == null ? 1 : truth.weight[t];
            }
        }
    }

    private void addWeights(double[] rows, int at, int lanes) {
        double total = truth.weight == null ? lanes : Rows.sum(truth.weight, lanes);
        for (int c = 0; c < tile.channels; c++) {
            rows[at + layout.weight(c)] += total;
        }
    }

    private void addLosses(long n, long s, double[] rows, int at, int lanes) {
        for (int k = 0; k < pixels.terms(); k++) {
            rows[at + layout.term(k)] += doubtful.loss(pixels.loss(k, lanes), k, n, s, lanes);
        }
    }

    @Override
    public void weights(long n, long from, long to, double[] rows, int at, BadInput bad) {
        addPixels(from, to, rows, at);
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            truth.load(tile, n, s, lanes, bad);
            addTrueMasses(rows, at, lanes);
            addWeights(rows, at, lanes);
        }
    }

    @Override
    public void pixelTerms(long n, long from, long to, double[] rows, int at, Coefficients table, double scale,
                           Tensor out, BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            tile.load(batch, n, s, lanes);
            if (counts != null) {
                counts.count(tile.z, n, s, lanes);
            }
            truth.load(tile, n, s, lanes, bad);
            pixels.gather(true, lanes);
            addLosses(n, s, rows, at, lanes);
            pixels.beginSlope(lanes);
            backward(n, s, table, 0, scale, lanes);
            tile.store(out, n, s, lanes);
        }
    }

    @Override
    public void gradient(long n, long from, long to, Coefficients table, int row, double scale, Tensor out,
                         BadInput bad) {
        for (long s = from; s < to; s += tile.stride) {
            int lanes = (int) Math.min(tile.stride, to - s);
            tile.load(batch, n, s, lanes);
            truth.load(tile, n, s, lanes, bad);
            pixels.gather(false, lanes);
            pixels.beginSlope(scale, table.values(), (int) table.layout().a(row, 0), lanes);
            backward(n, s, table, row, scale, lanes);
            tile.store(out, n, s, lanes);
        }
    }

    /** From the slopes that have begun to the gradient of pixels [s, s + lanes) of example n. */
    private void backward(long n, long s, Coefficients table, int row, double scale, int lanes) {
        for (int k = 0; k < pixels.terms(); k++) {
            pixels.addSlope(k, scale * table.term(k), lanes);
        }
        pixels.weighSlope(lanes);
        if (dp != null) {
            regionSlopes(table, row, scale, lanes);
        }
        if (batch.activation() == Activation.SOFTMAX) {
            softmaxGradient(table, row, scale, lanes);
            for (int k = 0; k < pixels.terms(); k++) {
                pixels.addSmoothed(k, scale * table.term(k), lanes);
            }
            tile.balance(lanes);
        } else {
            plainGradient(table, row, scale, lanes);
        }
        doubtful.correct(tile.dz, n, s, lanes, table, row, scale);
    }

    /** Fills dL/dp of the region terms but for that of the true class alone. */
    private void regionSlopes(Coefficients table, int row, double scale, int lanes) {
        for (int c = 0; c < tile.channels; c++) {
            Rows.set(dp[c], shared(table, row, scale, c), lanes);
            if (squares != null) {
                Rows.addScaled(dp[c], (float) (2 * scale * table.squares(row, c)), tile.p[c], lanes);
            }
        }
        pairs.addSlopes(table, row, scale, dp, lanes);
        for (int c = 0; c < tile.channels && truth.weight != null; c++) {
            Rows.product(dp[c], truth.weight, dp[c], lanes);
        }
    }

    /** dz_c = p_c · (m·B_c − q) + [c = y]·p_y·e, with e the true class's own slope and q = Σ_c m·B_c·p_c + p_y·e. */
    private void softmaxGradient(Coefficients table, int row, double scale, int lanes) {
        float[][] p = tile.p;
        float[][] dz = tile.dz;
        float[] mean = tile.rowA;
        Rows.clear(mean, lanes);
        // Pixel terms add nothing here. A NaN prediction still reaches the gradient, as one of its factors.
        if (dp != null) {
            Rows.addProducts(mean, dp, p, lanes);
        } else if (!spec.regions().isEmpty()) {
            for (int c = 0; c < tile.channels; c++) {
                ofClass[c] = shared(table, row, scale, c);
            }
            Rows.addScaled(mean, ofClass, p, lanes);
        }
        if (truth.weight != null && dp == null) {
            Rows.product(mean, truth.weight, mean, lanes);
        }
        Rows.product(pixels.own, pixels.u, pixels.own, lanes);
        pixels.addSlopeByLog(lanes);
        Rows.add(mean, pixels.own, lanes);
        for (int c = 0; c < tile.channels; c++) {
            float b = shared(table, row, scale, c);
            if (dp != null) {
                Rows.centred(p[c], dp[c], mean, dz[c], lanes);
            } else if (truth.weight == null) {
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
            if (dp != null) {
                System.arraycopy(dp[c], 0, dz[c], 0, lanes);
                continue;
            }
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
                tile.dz[truth.classes[t]][t] += pixels.own[t];
            }
        }
    }

    /** dL/dp of all pixels of a channel. */
    private static float shared(Coefficients table, int row, double scale, int c) {
        return (float) (scale * table.b(row, c));
    }
}
