package org.segloss4j.internal.cpu;

import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Job.View;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.lanes.LabelTile;
import org.segloss4j.internal.cpu.lanes.TileIo;
import org.segloss4j.internal.cpu.separate.SeparateTerms;
import org.segloss4j.internal.cpu.separate.Spreading;
import org.segloss4j.internal.cpu.sweep.BinarySweep;
import org.segloss4j.internal.cpu.sweep.CarryingSweeps;
import org.segloss4j.internal.cpu.sweep.ConfusionSweep;
import org.segloss4j.internal.cpu.sweep.DenseSweep;
import org.segloss4j.internal.cpu.sweep.HardSweep;
import org.segloss4j.internal.cpu.sweep.OneHotSweep;
import org.segloss4j.internal.cpu.sweep.PixelSweep;
import org.segloss4j.internal.cpu.sweep.PixelTermSweep;
import org.segloss4j.internal.cpu.sweep.Sweep;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.SeparateTerm;
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

    /** Chunks of one size, or tasks, over the shared threads. */
    private static final Spreading THREADS = new Spreading() {
        @Override
        public <T> BadInput pixels(long examples, long pixels, Supplier<T> state, Work<T> work) {
            return Workers.shared().spread(new Chunks(examples, pixels, CHUNK), new Scratch<>(state),
                    (own, found, chunk, n, from, to) -> work.run(own, found, n, from, to));
        }

        @Override
        public void tasks(int count, IntConsumer task) {
            Workers.shared().spread(new Chunks(count, 1, 1), new Scratch<>(() -> task),
                    (own, found, chunk, n, from, to) -> own.accept((int) n));
        }
    };

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
    public boolean countsLabels(Batch batch) {
        return true;
    }

    @Override
    public Sums sums(Job wanted) {
        Job job = wanted.withoutDistances();
        View view = job.reading();
        return sums(job, view, sweeps(job, view, new CountsOfCall(job))).in(wanted.layout());
    }

    private static Sums sums(Job job, View view, Scratch<Sweep> sweeps) {
        Partials sums = new Partials(job, view.batch(), job.perImage());
        BadInput bad = Workers.shared().spread(sums.chunks, sweeps, (sweep, found, chunk, n, from, to) ->
                sweep.sums(n, from, to, sums.values, sums.at(chunk, n), found));
        return sums.merged(bad);
    }

    @Override
    public void gradient(Job wanted, Coefficients table, int firstRow) {
        Job job = wanted.withoutDistances();
        View view = job.writing();
        gradient(job, view, sweeps(job, view, new CountsOfCall(job)),
                job == wanted ? table : table.withoutDistances(), firstRow);
    }

    private static void gradient(Job job, View view, Scratch<Sweep> sweeps, Coefficients table, int firstRow) {
        job.check(Workers.shared().spread(chunks(view), sweeps, (sweep, found, chunk, n, from, to) ->
                sweep.gradient(n, from, to, table, job.perImage() ? firstRow + (int) n : 0, job.scale(),
                        view.gradient(), found)));
    }

    /**
     * A loss of pixel terms alone needs the predictions only once, after labels and mask have been counted and checked.
     * One channel needs a sigmoid, or a logarithm, only once.
     */
    @Override
    public Summands enqueueValueAndGradient(Job wanted) {
        Job job = wanted.withoutDistances();
        View reading = job.reading();
        View writing = job.writing();
        CountsOfCall counts = new CountsOfCall(job);
        boolean isOneWalk = reading.batch().equals(writing.batch());
        if (isOneWalk) {
            Supplier<PixelTermSweep> sweeps = laneSweeps(job, writing, counts);
            if (sweeps != null && job.counting() == null && job.spec().regions().isEmpty()
                    && job.spec().pixels().isEmpty()) {
                return nothing(job, writing, new Scratch<>(sweeps));
            }
            if (sweeps != null && job.spec().needsOneWalk()) {
                return counts.with(pixelTerms(job, writing, new Scratch<>(sweeps)));
            }
            if (CarryingSweeps.fit(job.spec(), writing.batch(), writing.gradient())) {
                return counts.with(carrying(job, writing, counts));
            }
        }
        Scratch<Sweep> first = sweeps(job, reading, counts);
        Sums sums = sums(job, reading, first);
        gradient(job, writing, isOneWalk ? first : sweeps(job, writing, counts), job.coefficients(sums), 0);
        return counts.with(job.summands(sums));
    }

    private static Summands pixelTerms(Job job, View view, Scratch<PixelTermSweep> sweeps) {
        Partials first = new Partials(job, view.batch(), false);
        Sums weights = first.merged(Workers.shared().spread(first.chunks, sweeps,
                (sweep, found, chunk, n, from, to) ->
                        sweep.weights(n, from, to, first.values, first.at(chunk, n), found)));
        Coefficients table = job.coefficients(weights);
        Partials second = new Partials(job, view.batch(), false);
        Sums losses = second.merged(Workers.shared().spread(second.chunks, sweeps,
                (sweep, found, chunk, n, from, to) -> sweep.pixelTerms(n, from, to, second.values,
                        second.at(chunk, n), table, job.scale(), view.gradient(), found)));
        return job.summands(weights.merge(losses));
    }

    /** All terms make passes of their own: labels and mask are checked, and the gradient becomes 0. */
    private static Summands nothing(Job job, View view, Scratch<PixelTermSweep> sweeps) {
        Partials unused = new Partials(job, view.batch(), false);
        job.check(Workers.shared().spread(unused.chunks, sweeps, (sweep, found, chunk, n, from, to) ->
                sweep.weights(n, from, to, unused.values, unused.at(chunk, n), found)));
        Workers.shared().spread(unused.chunks, new Scratch<>(TileIo::new),
                (io, found, chunk, n, from, to) -> io.clear(view.gradient(), n, from, to));
        return Summands.of();
    }

    private static Summands carrying(Job job, View view, CountsOfCall counts) {
        Scratch<CarryingSweeps> sweeps = new Scratch<>(() -> new CarryingSweeps(job.spec(), view.batch(),
                counts.next(view.batch())));
        Coefficients terms = null;
        if (!job.spec().pixels().isEmpty()) {
            Partials weights = new Partials(job, view.batch(), job.perImage());
            terms = job.coefficients(weights.merged(Workers.shared().spread(weights.chunks, sweeps,
                    (sweep, found, chunk, n, from, to) ->
                            sweep.weights(n, from, to, weights.values, weights.at(chunk, n), found))));
        }
        Coefficients ofTerms = terms;
        Partials sums = new Partials(job, view.batch(), job.perImage());
        Sums whole = sums.merged(Workers.shared().spread(sums.chunks, sweeps, (sweep, found, chunk, n, from, to) ->
                sweep.first(n, from, to, sums.values, sums.at(chunk, n), ofTerms, job.scale(), view.gradient(),
                        found)));
        Coefficients table = job.coefficients(whole);
        // Bad input has been reported.
        Workers.shared().spread(sums.chunks, sweeps, (sweep, found, chunk, n, from, to) -> sweep.second(n, from, to,
                table, job.perImage() ? (int) n : 0, job.scale(), view.gradient(), found));
        return job.summands(whole);
    }

    private static Chunks chunks(View view) {
        return Chunks.of(view.batch().predictions(), CHUNK);
    }

    /** The sums of chunks, until they are merged in order. */
    private static final class Partials {

        private final Job job;
        private final boolean perImage;
        private final SumsLayout layout;
        private final Chunks chunks;
        /** Whether chunks are of whole examples and fill the examples' rows themselves; others get a row each. */
        private final boolean direct;
        private final double[] values;

        Partials(Job job, Batch batch, boolean perImage) {
            this.job = job;
            this.perImage = perImage;
            layout = job.layout();
            chunks = Chunks.of(batch.predictions(), CHUNK);
            direct = perImage && chunks.holdWholeExamples();
            values = new double[Math.multiplyExact(direct ? rows() : chunks.count(), layout.width())];
        }

        private int rows() {
            return perImage ? job.rows() : 1;
        }

        int at(long chunk, long n) {
            return (int) ((direct ? n : chunk) * layout.width());
        }

        Sums merged(BadInput bad) {
            job.check(bad);
            int width = layout.width();
            double[] merged = direct ? values : new double[rows() * width];
            for (int k = 0; k < chunks.count() && !direct; k++) {
                int row = perImage ? (int) chunks.example(k) * width : 0;
                for (int j = 0; j < width; j++) {
                    merged[row + j] += values[k * width + j];
                }
            }
            return new Sums(perImage, rows(), layout, merged);
        }
    }

    /** In double, whatever the predictions are, over the shared threads. */
    @Override
    public double addSeparate(Job job, SeparateTerm term) {
        return SeparateTerms.add(job, term, THREADS, true);
    }

    @Override
    public long[] confusion(Batch batch, Integer ignoreIndex, double threshold) {
        int classes = Math.max(2, batch.predictions().channels());
        Scratch<ConfusionSweep> sweeps = new Scratch<>(() -> new ConfusionSweep(batch, ignoreIndex, threshold));
        BadInput bad = Workers.shared().spread(Chunks.of(batch.predictions(), CHUNK), sweeps,
                (sweep, found, chunk, n, from, to) -> sweep.count(n, from, to, found));
        bad.check(batch, ignoreIndex);
        long[] counts = new long[classes * classes];
        sweeps.forEach(sweep -> sweep.addTo(counts));
        return counts;
    }

    @Override
    public long[][] labelCounts(Tensor labels, int classes, Integer ignoreIndex) {
        long[][] counts = new long[Math.toIntExact(labels.examples())][classes + 1];
        BadInput bad = Workers.shared().spread(Chunks.of(labels, CHUNK),
                new Scratch<>(() -> new LabelTile(labels, classes, ignoreIndex)),
                (tile, found, chunk, n, from, to) -> tile.count(n, from, to, counts[(int) n], found));
        bad.check(labels.pixels(), classes, ignoreIndex);
        return counts;
    }

    private static Scratch<Sweep> sweeps(Job job, View view, CountsOfCall counts) {
        Supplier<PixelTermSweep> lanes = laneSweeps(job, view, counts);
        return new Scratch<>(lanes != null ? lanes : () -> new PixelSweep(job.spec(), view.batch(),
                counts.next(view.batch())));
    }

    /** The fastest walk in float; null if there is none for this loss and batch. */
    private static Supplier<PixelTermSweep> laneSweeps(Job job, View view, CountsOfCall counts) {
        LossSpec spec = job.spec();
        Batch batch = view.batch();
        if (batch.predictions().type() == ElementType.DOUBLE
                || spec.pixels().stream().anyMatch(PixelTerm::joinsSides)) {
            return null;
        }
        if (BinarySweep.fits(spec, batch)) {
            return () -> new BinarySweep(spec, batch, counts.next(batch));
        }
        if (HardSweep.fits(spec, batch)) {
            return () -> new HardSweep(spec, batch, counts.next(batch));
        }
        if (OneHotSweep.fits(spec, batch)) {
            return () -> new OneHotSweep(spec, batch, counts.next(batch));
        }
        return DenseSweep.fits(spec, batch) ? () -> new DenseSweep(spec, batch, counts.next(batch)) : null;
    }
}
