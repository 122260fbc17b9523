package org.segloss4j.internal.cpu;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.separate.SeparateTerms;
import org.segloss4j.internal.cpu.separate.Spreading;
import org.segloss4j.internal.cpu.sweep.ConfusionSweep;
import org.segloss4j.internal.cpu.sweep.PixelSweep;
import org.segloss4j.internal.cpu.sweep.Sweep;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.SeparateTerm;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.math.SumsLayout;

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
    public boolean countsLabels(Batch batch) {
        return true;
    }

    @Override
    public Sums sums(Job job) {
        return sums(job, new CountsOfCall(job));
    }

    private static Sums sums(Job job, CountsOfCall counts) {
        Tensor predictions = job.batch().predictions();
        SumsLayout layout = job.layout();
        double[] values = new double[Math.multiplyExact(job.rows(), layout.width())];
        Sweep sweep = new PixelSweep(job.spec(), job.batch(), counts.next(job.batch()));
        BadInput bad = new BadInput();
        for (long n = 0; n < predictions.examples(); n++) {
            sweep.sums(n, 0, predictions.pixels(), values, job.perImage() ? (int) n * layout.width() : 0, bad);
        }
        job.check(bad);
        return new Sums(job.perImage(), job.rows(), layout, values);
    }

    @Override
    public void gradient(Job job, Coefficients table, int firstRow) {
        Tensor predictions = job.batch().predictions();
        Sweep sweep = new PixelSweep(job.spec(), job.batch());
        BadInput bad = new BadInput();
        for (long n = 0; n < predictions.examples(); n++) {
            int row = job.perImage() ? firstRow + (int) n : 0;
            sweep.gradient(n, 0, predictions.pixels(), table, row, job.scale(), job.gradient(), bad);
        }
        job.check(bad);
    }

    @Override
    public Summands enqueueValueAndGradient(Job job) {
        CountsOfCall counts = new CountsOfCall(job);
        Sums sums = sums(job, counts);
        gradient(job, job.coefficients(sums), 0);
        return counts.with(job.summands(sums));
    }

    @Override
    public double addSeparate(Job job, SeparateTerm term) {
        return SeparateTerms.add(job, term, Spreading.PLAIN, false);
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
