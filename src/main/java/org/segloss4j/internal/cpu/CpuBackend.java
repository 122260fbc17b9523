package org.segloss4j.internal.cpu;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Job.View;
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
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.math.SumsLayout;

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
    public Sums sums(Job job) {
        View view = job.reading();
        return collect(job, view.batch(), job.perImage(), sweeps(job, view), Sweep::sums);
    }

    @Override
    public void gradient(Job job, Coefficients table, int firstRow) {
        View view = job.writing();
        write(job, view, sweeps(job, view), table, firstRow);
    }

    /**
     * A loss of pixel terms alone needs the predictions only once, after labels and mask have been counted and checked.
     * One channel needs a sigmoid, or a logarithm, only once.
     */
    @Override
    public double valueAndGradient(Job job) {
        View reading = job.reading();
        View writing = job.writing();
        boolean isOneWalk = reading.batch().equals(writing.batch());
        if (isOneWalk) {
            Scratch<PixelTermSweep> sweeps = job.spec().regions().isEmpty() && job.spec().threshold() == null
                    ? pixelTermSweeps(job, writing) : null;
            if (sweeps != null) {
                return pixelTerms(job, writing, sweeps);
            }
            if (CarryingSweeps.fit(job.spec(), writing.batch(), writing.gradient())) {
                return carrying(job, writing);
            }
        }
        Scratch<? extends Sweep> first = sweeps(job, reading);
        Sums sums = collect(job, reading.batch(), job.perImage(), first, Sweep::sums);
        write(job, writing, isOneWalk ? first : sweeps(job, writing), job.coefficients(sums),
                0);
        return job.value(sums);
    }

    private static double pixelTerms(Job job, View view, Scratch<PixelTermSweep> sweeps) {
        Sums weights = collect(job, view.batch(), false, sweeps, PixelTermSweep::weights);
        Coefficients table = job.coefficients(weights);
        Sums losses = collect(job, view.batch(), false, sweeps, (sweep, n, from, to, rows, at, bad) ->
                sweep.pixelTerms(n, from, to, rows, at, table, job.scale(), view.gradient(), bad));
        return job.value(weights.merge(losses));
    }

    private static double carrying(Job job, View view) {
        Scratch<CarryingSweeps> sweeps = new Scratch<>(() -> new CarryingSweeps(job.spec(), view.batch()));
        Coefficients terms = job.spec().pixels().isEmpty() ? null : job.coefficients(
                collect(job, view.batch(), job.perImage(), sweeps, CarryingSweeps::weights));
        Sums sums = collect(job, view.batch(), job.perImage(), sweeps, (sweep, n, from, to, rows, at, bad) ->
                sweep.first(n, from, to, rows, at, terms, job.scale(), view.gradient(), bad));
        Coefficients table = job.coefficients(sums);
        Chunks chunks = new Chunks(view.batch().predictions(), CHUNK);
        // Bad input has been reported.
        Workers.run(chunks.count(), sweeps, (sweep, found, k) -> chunks.forEach(k, (n, from, to) -> sweep.second(n,
                from, to, table, job.perImage() ? (int) n : 0, job.scale(), view.gradient(), found)));
        return job.value(sums);
    }

    /** What a walk over pixels [from, to) of example n adds to a row of sums. */
    private interface Walk<T> {
        void run(T sweep, long n, long from, long to, double[] rows, int at, BadInput bad);
    }

    private static <T> Sums collect(Job job, Batch batch, boolean perImage, Scratch<T> sweeps, Walk<T> walk) {
        SumsLayout layout = job.layout();
        int width = layout.width();
        Chunks chunks = new Chunks(batch.predictions(), CHUNK);
        // Chunks of whole examples fill the examples' rows themselves; others get a row each, merged in order.
        boolean direct = perImage && chunks.holdWholeExamples();
        int rows = perImage ? job.rows() : 1;
        double[] parts = new double[Math.multiplyExact(direct ? rows : chunks.count(), width)];
        BadInput bad = Workers.run(chunks.count(), sweeps, (sweep, found, k) ->
                chunks.forEach(k, (n, from, to) ->
                        walk.run(sweep, n, from, to, parts, (int) ((direct ? n : k) * width), found)));
        job.check(bad);
        double[] merged = direct ? parts : new double[rows * width];
        for (int k = 0; k < chunks.count() && !direct; k++) {
            int row = perImage ? (int) chunks.example(k) * width : 0;
            for (int j = 0; j < width; j++) {
                merged[row + j] += parts[k * width + j];
            }
        }
        return new Sums(perImage, rows, layout, merged);
    }

    private static void write(Job job, View view, Scratch<? extends Sweep> sweeps, Coefficients table, int firstRow) {
        Chunks chunks = new Chunks(view.batch().predictions(), CHUNK);
        BadInput bad = Workers.run(chunks.count(), sweeps, (sweep, found, k) -> chunks.forEach(k, (n, from, to) ->
                sweep.gradient(n, from, to, table, job.perImage() ? firstRow + (int) n : 0, job.scale(),
                        view.gradient(), found)));
        job.check(bad);
    }

    @Override
    public long[] confusion(Batch batch, Integer ignoreIndex, double threshold) {
        int classes = Math.max(2, batch.predictions().channels());
        Chunks chunks = new Chunks(batch.predictions(), CHUNK);
        Scratch<ConfusionSweep> sweeps = new Scratch<>(() -> new ConfusionSweep(batch, ignoreIndex, threshold));
        BadInput bad = Workers.run(chunks.count(), sweeps, (sweep, found, k) ->
                chunks.forEach(k, (n, from, to) -> sweep.count(n, from, to, found)));
        bad.check(batch, ignoreIndex);
        long[] counts = new long[classes * classes];
        sweeps.forEach(sweep -> sweep.addTo(counts));
        return counts;
    }

    @Override
    public long[][] labelCounts(Tensor labels, int classes, Integer ignoreIndex) {
        Chunks chunks = new Chunks(labels, CHUNK);
        long[][] counts = new long[Math.toIntExact(labels.examples())][classes + 1];
        BadInput bad = Workers.run(chunks.count(),
                new Scratch<>(() -> new LabelTile(labels, classes, ignoreIndex)),
                (tile, found, k) -> chunks.forEach(k,
                        (n, from, to) -> tile.count(n, from, to, counts[(int) n], found)));
        bad.check(labels.pixels(), classes, ignoreIndex);
        return counts;
    }

    private static Scratch<? extends Sweep> sweeps(Job job, View view) {
        Scratch<PixelTermSweep> special = pixelTermSweeps(job, view);
        if (special != null) {
            return special;
        }
        return view.batch().predictions().type() == ElementType.DOUBLE
                ? new Scratch<>(() -> new PixelSweep(job.spec(), view.batch()))
                : new Scratch<>(() -> new DenseSweep(job.spec(), view.batch()));
    }

    /** Null if there is none for this loss and batch. */
    private static Scratch<PixelTermSweep> pixelTermSweeps(Job job, View view) {
        LossSpec spec = job.spec();
        Batch batch = view.batch();
        if (batch.predictions().type() == ElementType.DOUBLE) {
            return null;
        }
        if (BinarySweep.fits(spec, batch)) {
            return new Scratch<>(() -> new BinarySweep(spec, batch));
        }
        return HardSweep.fits(spec, batch) ? new Scratch<>(() -> new HardSweep(spec, batch)) : null;
    }
}
