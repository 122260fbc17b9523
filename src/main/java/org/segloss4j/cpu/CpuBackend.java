package org.segloss4j.cpu;

import java.util.function.Supplier;
import org.segloss4j.backend.BadLabels;
import org.segloss4j.backend.Batch;
import org.segloss4j.backend.ElementType;
import org.segloss4j.backend.LossBackend;
import org.segloss4j.backend.Tensor;
import org.segloss4j.math.ClassSums;
import org.segloss4j.math.Finalisation;
import org.segloss4j.math.LossSpec;

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

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public ClassSums sums(LossSpec spec, Batch batch, boolean perImage) {
        Batch walked = perImage ? batch : batch.joined();
        int channels = batch.predictions().channels();
        int width = ClassSums.width(channels, spec.pixels().size());
        Chunks chunks = new Chunks(walked.predictions(), CHUNK);
        double[] parts = new double[Math.toIntExact(Math.multiplyExact(chunks.count(), (long) width))];
        BadLabels bad = Workers.run(chunks.count(), sweeps(spec, walked), (sweep, found, k) ->
                sweep.sums(chunks.example(k), chunks.from(k), chunks.to(k), parts, (int) (k * width), found));
        bad.check(batch, spec.ignoreIndex());
        int rows = perImage ? Math.toIntExact(batch.predictions().examples()) : 1;
        double[] merged = new double[rows * width];
        for (int k = 0; k < chunks.count(); k++) {
            int row = perImage ? (int) chunks.example(k) * width : 0;
            for (int j = 0; j < width; j++) {
                merged[row + j] += parts[k * width + j];
            }
        }
        return new ClassSums(perImage, rows, channels, spec, merged);
    }

    @Override
    public void gradient(LossSpec spec, Batch batch, ClassSums sums, int firstRow, double scale, Tensor gradient) {
        Finalisation.Coefficients table = Finalisation.coefficients(spec, sums);
        Batch joined = sums.perImage() ? batch : batch.joined();
        Tensor joinedGradient = joined == batch ? null : gradient.joined();
        Batch walked = joinedGradient == null ? batch : joined;
        Tensor out = joinedGradient == null ? gradient : joinedGradient;
        Chunks chunks = new Chunks(walked.predictions(), CHUNK);
        BadLabels bad = Workers.run(chunks.count(), sweeps(spec, walked), (sweep, found, k) ->
                sweep.gradient(chunks.example(k), chunks.from(k), chunks.to(k), table,
                        sums.perImage() ? firstRow + (int) chunks.example(k) : 0, scale, out, found));
        bad.check(batch, spec.ignoreIndex());
    }

    @Override
    public long[] confusion(Batch batch, Integer ignoreIndex, double threshold) {
        int classes = Math.max(2, batch.predictions().channels());
        Chunks chunks = new Chunks(batch.predictions(), CHUNK);
        long[] counts = new long[classes * classes];
        BadLabels bad = Workers.run(chunks.count(), () -> new ConfusionSweep(batch, ignoreIndex, threshold),
                (sweep, found, k) -> {
                    long[] part = new long[counts.length];
                    sweep.count(chunks.example(k), chunks.from(k), chunks.to(k), part, found);
                    synchronized (counts) {
                        for (int j = 0; j < part.length; j++) {
                            counts[j] += part[j];
                        }
                    }
                });
        bad.check(batch, ignoreIndex);
        return counts;
    }

    private static Supplier<Sweep> sweeps(LossSpec spec, Batch batch) {
        if (batch.predictions().type() == ElementType.DOUBLE) {
            return () -> new PixelSweep(spec, batch);
        }
        return HardSweep.fits(spec, batch) ? () -> new HardSweep(spec, batch) : () -> new DenseSweep(spec, batch);
    }
}
