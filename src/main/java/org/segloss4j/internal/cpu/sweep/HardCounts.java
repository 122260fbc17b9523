package org.segloss4j.internal.cpu.sweep;

import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.cpu.lanes.TileIo;

/**
 * Counts hard predictions of the pixels that a sweep has at hand. The sweep gives the rows of predictions that it has
 * read, so that nothing but labels and mask is read again. Belongs to one thread.
 */
public abstract class HardCounts {

    final TileIo io = new TileIo();
    final long[] counts;
    final BadInput bad = new BadInput();

    HardCounts(Job job) {
        counts = new long[job.counting().length(job.batch())];
    }

    /**
     * Nothing yet.
     *
     * @param job   a loss that counts
     * @param batch its data, with examples joined or not
     * @return counters of what the job asks for
     */
    public static HardCounts of(Job job, Batch batch) {
        return job.counting().isOfLabels() ? new OutcomeCounts(job, batch) : new PairCounts(job, batch);
    }

    /** Counts pixel s of example n. */
    abstract void count(long n, long s);

    /**
     * Counts pixels [s, s + lanes) of example n.
     *
     * @param z [C][lanes] their predictions; those of pixels that the loss leaves out may be anything
     */
    abstract void count(float[][] z, long n, long s, int lanes);

    /**
     * Adds what was counted.
     *
     * @param sum as many counts as {@link org.segloss4j.internal.backend.Counting#length} says
     */
    public void addTo(long[] sum) {
        for (int k = 0; k < sum.length; k++) {
            sum[k] += counts[k];
        }
    }

    /**
     * What was found that cannot be counted.
     *
     * @return empty if all can
     */
    public BadInput bad() {
        return bad;
    }
}
