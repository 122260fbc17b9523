package org.segloss4j.internal.cpu;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.cpu.sweep.HardCounts;

/** What the threads of one call count beside the loss, if they are to count. */
final class CountsOfCall {

    private final Job job;
    private final Queue<HardCounts> all = new ConcurrentLinkedQueue<>();

    CountsOfCall(Job job) {
        this.job = job;
    }

    /**
     * Counters for one more thread.
     *
     * @param batch what its sweep walks over
     * @return null if nothing is counted
     */
    HardCounts next(Batch batch) {
        if (job.counting() == null) {
            return null;
        }
        HardCounts counts = HardCounts.of(job, batch);
        all.add(counts);
        return counts;
    }

    /** The value with what was counted. */
    Summands with(Summands value) {
        if (job.counting() == null) {
            return value;
        }
        long[] sum = new long[job.counting().length(job.batch())];
        BadInput bad = new BadInput();
        all.forEach(counts -> {
            counts.addTo(sum);
            bad.merge(counts.bad());
        });
        return value.counted(() -> {
            bad.check(job.batch(), job.counting().ignoreIndex());
            return sum;
        });
    }
}
