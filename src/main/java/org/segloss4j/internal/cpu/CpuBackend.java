package org.segloss4j.internal.cpu;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.lanes.LabelTile;
import org.segloss4j.internal.cpu.sweep.BinarySweep;
import org.segloss4j.internal.cpu.sweep.CarryingSweeps;
import org.segloss4j.internal.cpu.sweep.ConfusionSweep;
import org.segloss4j.internal.cpu.sweep.DenseSweep;
import org.segloss4j.internal.cpu.sweep.HardSweep;
import org.segloss4j.internal.cpu.sweep.PixelSweep;
import org.segloss4j.internal.cpu.sweep.PixelTermSweep;
import org.segloss4j.internal.cpu.sweep.Sweep;
import org.segloss4j.internal.math.ClassSums;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.Finalisation.Coefficients;
import org.segloss4j.internal.math.LossSpec;

/**
 * Parallel over chunks of pixels, in float with double sums per chunk; predictions of type DOUBLE are computed in
 * double. The chunks depend on nothing but the shape and their sums merge in order, so that the result does not
 * depend on the number of threads. Allocates nothing that grows with the predictions but 8 bytes per some thousand
 * pixels, class and sum.
 */
public final class CpuBackend implements LossBackend {

    /** Pixels that one thread walks at a time. */
    private static final int CHUNK = 4096;

    /** Creates the backend; its threads are shared by all instances. */
    public CpuBackend() {
        // Nothing to set up.
    }

    /**
     * The threads that all instances share.
     *
     * @return what {@code -Dsegloss4j.threads} says, or else the number of processors
     * @throws IllegalArgumentException if the property holds no number of threads
     */
    public static int threads() {
        return Workers.threads(System.getProperty(Workers.PROPERTY));
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public ClassSums sums(LossSpec spec, Batch batch, boolean perImage) {
        Batch walked = perImage ? batch : batch.joined();
        return collect(spec, batch, walked, perImage, sweeps(spec, walked), Sweep::sums);
    }

    /** What a walk over pixels [from, to) of example n adds to a row of sums. */
    private interface Walk<T> {
        void run(T sweep, long n, long from, long to, double[] rows, int at, BadInput bad);
    }

    private static <T> ClassSums collect(LossSpec spec, Batch batch, Batch walked, boolean perImage,
                                         Supplier<T> sweeps, Walk<T> walk) {
        int channels = batch.predictions().channels();
        int width = ClassSums.width(channels, spec.pixels().size());
        Chunks chunks = new Chunks(walked.predictions(), CHUNK);
        // Chunks of whole examples fill the examples' rows themselves; others get a row each, merged in order.
        boolean direct = perImage && chunks.holdWholeExamples();
        int rows = perImage ? Math.toIntExact(batch.predictions().examples()) : 1;
        double[] parts = new double[Math.multiplyExact(direct ? rows : chunks.count(), width)];
        BadInput bad = Workers.run(chunks.count(), sweeps, (sweep, found, k) ->
                chunks.forEach(k, (n, from, to) ->
                        walk.run(sweep, n, from, to, parts, (int) ((direct ? n : k) * width), found)));
        bad.check(batch, spec.ignoreIndex());
        double[] merged = direct ? parts : new double[rows * width];
        for (int k = 0; k < chunks.count() && !direct; k++) {
            int row = perImage ? (int) chunks.example(k) * width : 0;
            for (int j = 0; j < width; j++) {
                merged[row + j] += parts[k * width + j];
            }
        }
        return new ClassSums(perImage, rows, channels, spec, merged);
    }

    @Override
    public void gradient(LossSpec spec, Batch batch, ClassSums sums, int firstRow, double scale, Tensor gradient) {
        Coefficients table = Finalisation.coefficients(spec, sums);
        Batch joined = sums.perImage() ? batch : batch.joined();
        Tensor joinedGradient = joined == batch ? null : gradient.joined();
        Batch walked = joinedGradient == null ? batch : joined;
        Tensor out = joinedGradient == null ? gradient : joinedGradient;
        Chunks chunks = new Chunks(walked.predictions(), CHUNK);
        BadInput bad = Workers.run(chunks.count(), sweeps(spec, walked), (sweep, found, k) ->
                chunks.forEach(k, (n, from, to) -> sweep.gradient(n, from, to, table,
                        sums.perImage() ? firstRow + (int) n : 0, scale, out, found)));
        bad.check(batch, spec.ignoreIndex());
    }

    /**
     * Pixel terms alone need the predictions only once, after labels and mask have been counted and checked. One channel
     * needs a sigmoid, or a logarithm, only once.
     */
    @Override
    public double valueAndGradient(LossSpec spec, Batch batch, double scale, Tensor gradient) {
        boolean perImage = spec.needsSumsPerImage();
        Batch walked = perImage ? batch : batch.joined();
        Tensor out = walked == batch ? gradient : gradient.joined();
        boolean isPixelTerms = spec.regions().isEmpty() && spec.threshold() == null;
        Supplier<PixelTermSweep> sweeps = isPixelTerms ? pixelTermSweeps(spec, walked) : null;
        if (sweeps != null && out != null) {
            ClassSums weights = collect(spec, batch, walked, false, sweeps, PixelTermSweep::weights);
            Coefficients table = Finalisation.coefficients(spec, weights);
            ClassSums losses = collect(spec, batch, walked, false, sweeps, (sweep, n, from, to, rows, at, bad) ->
                    sweep.pixelTerms(n, from, to, rows, at, table, scale, out, bad));
            return Finalisation.value(spec, weights.merge(losses));
        }
        return out == null || !CarryingSweeps.fit(spec, walked, out)
                ? LossBackend.super.valueAndGradient(spec, batch, scale, gradient)
                : carrying(spec, batch, walked, scale, out);
    }

    private static double carrying(LossSpec spec, Batch batch, Batch walked, double scale, Tensor out) {
        boolean perImage = spec.needsSumsPerImage();
        Supplier<CarryingSweeps> sweeps = () -> new CarryingSweeps(spec, walked);
        Coefficients terms = spec.pixels().isEmpty() ? null : Finalisation.coefficients(spec,
                collect(spec, batch, walked, perImage, sweeps, CarryingSweeps::weights));
        ClassSums sums = collect(spec, batch, walked, perImage, sweeps, (sweep, n, from, to, rows, at, bad) ->
                sweep.first(n, from, to, rows, at, terms, scale, out, bad));
        Coefficients table = Finalisation.coefficients(spec, sums);
        Chunks chunks = new Chunks(walked.predictions(), CHUNK);
        // Bad input has been reported.
        Workers.run(chunks.count(), sweeps, (sweep, found, k) -> chunks.forEach(k, (n, from, to) ->
                sweep.second(n, from, to, table, perImage ? (int) n : 0, scale, out, found)));
        return Finalisation.value(spec, sums);
    }

    @Override
    public long[] confusion(Batch batch, Integer ignoreIndex, double threshold) {
        int classes = Math.max(2, batch.predictions().channels());
        Chunks chunks = new Chunks(batch.predictions(), CHUNK);
        Queue<ConfusionSweep> sweeps = new ConcurrentLinkedQueue<>();
        BadInput bad = Workers.run(chunks.count(), () -> {
            ConfusionSweep sweep = new ConfusionSweep(batch, ignoreIndex, threshold);
            sweeps.add(sweep);
            return sweep;
        }, (sweep, found, k) -> chunks.forEach(k, (n, from, to) -> sweep.count(n, from, to, found)));
        bad.check(batch, ignoreIndex);
        long[] counts = new long[classes * classes];
        sweeps.forEach(sweep -> sweep.addTo(counts));
        return counts;
    }

    @Override
    public long[][] labelCounts(Tensor labels, int classes, Integer ignoreIndex) {
        Chunks chunks = new Chunks(labels, CHUNK);
        long[][] counts = new long[Math.toIntExact(labels.examples())][classes + 1];
        BadInput bad = Workers.run(chunks.count(), () -> new LabelTile(labels, classes, ignoreIndex),
                (tile, found, k) -> chunks.forEach(k,
                        (n, from, to) -> tile.count(n, from, to, counts[(int) n], found)));
        bad.check(labels.pixels(), classes, ignoreIndex);
        return counts;
    }

    private static Supplier<? extends Sweep> sweeps(LossSpec spec, Batch batch) {
        if (batch.predictions().type() == ElementType.DOUBLE) {
            return () -> new PixelSweep(spec, batch);
        }
        Supplier<PixelTermSweep> special = pixelTermSweeps(spec, batch);
        return special != null ? special : () -> new DenseSweep(spec, batch);
    }

    /** Null if there is none for this loss and batch. */
    private static Supplier<PixelTermSweep> pixelTermSweeps(LossSpec spec, Batch batch) {
        if (batch.predictions().type() == ElementType.DOUBLE) {
            return null;
        }
        if (BinarySweep.fits(spec, batch)) {
            return () -> new BinarySweep(spec, batch);
        }
        return HardSweep.fits(spec, batch) ? () -> new HardSweep(spec, batch) : null;
    }
}
