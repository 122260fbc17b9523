package org.segloss4j.internal.cpu;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.sweep.ConfusionSweep;
import org.segloss4j.internal.cpu.sweep.PixelSweep;
import org.segloss4j.internal.cpu.sweep.Sweep;
import org.segloss4j.internal.math.ClassSums;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;

/**
 * Double precision, one thread, plain loops: what every other backend is tested against.
 */
public final class ReferenceBackend implements LossBackend {

    /** Creates the backend; it has no state. */
    public ReferenceBackend() {
        // Nothing to set up.
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public ClassSums sums(LossSpec spec, Batch batch, boolean perImage) {
        Tensor predictions = batch.predictions();
        int channels = predictions.channels();
        int rows = perImage ? Math.toIntExact(predictions.examples()) : 1;
        int width = ClassSums.width(channels, spec.pixels().size());
        double[] values = new double[Math.multiplyExact(rows, width)];
        Sweep sweep = new PixelSweep(spec, batch);
        BadInput bad = new BadInput();
        for (long n = 0; n < predictions.examples(); n++) {
            sweep.sums(n, 0, predictions.pixels(), values, perImage ? (int) n * width : 0, bad);
        }
        bad.check(batch, spec.ignoreIndex());
        return new ClassSums(perImage, rows, channels, spec, values);
    }

    @Override
    public void gradient(LossSpec spec, Batch batch, ClassSums sums, int firstRow, double scale, Tensor gradient) {
        Tensor predictions = batch.predictions();
        Finalisation.Coefficients table = Finalisation.coefficients(spec, sums);
        Sweep sweep = new PixelSweep(spec, batch);
        BadInput bad = new BadInput();
        for (long n = 0; n < predictions.examples(); n++) {
            int row = sums.perImage() ? firstRow + (int) n : 0;
            sweep.gradient(n, 0, predictions.pixels(), table, row, scale, gradient, bad);
        }
        bad.check(batch, spec.ignoreIndex());
    }

    @Override
    public long[] confusion(Batch batch, Integer ignoreIndex, double threshold) {
        Tensor predictions = batch.predictions();
        int classes = Math.max(2, predictions.channels());
        long[] counts = new long[classes * classes];
        BadInput bad = new BadInput();
        ConfusionSweep sweep = new ConfusionSweep(batch, ignoreIndex, threshold);
        for (long n = 0; n < predictions.examples(); n++) {
            sweep.count(n, 0, predictions.pixels(), bad);
        }
        bad.check(batch, ignoreIndex);
        sweep.addTo(counts);
        return counts;
    }
}
