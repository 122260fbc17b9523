package org.segloss4j.dl4j;

/**
 * How fast a {@link DataParallelTrainer} is, as one replica measured it.
 *
 * @param steps           the steps
 * @param examples        the examples of their whole batches
 * @param seconds         the time in the steps
 * @param exchangeSeconds the part of it in which this replica exchanged sums and gradients, or waited for others
 * @since 0.1.0
 */
public record Throughput(long steps, long examples, double seconds, double exchangeSeconds) {

    /**
     * The speed of all replicas together.
     *
     * @return examples a second; NaN before the first step
     */
    public double examplesPerSecond() {
        return examples / seconds;
    }

    /**
     * The part of the time in which this replica exchanged or waited.
     *
     * @return from 0 to 1; NaN before the first step
     */
    public double exchangeShare() {
        return exchangeSeconds / seconds;
    }

    /**
     * What happened since an earlier record of the same trainer.
     *
     * @param earlier the record
     * @return the difference
     */
    public Throughput since(Throughput earlier) {
        return new Throughput(steps - earlier.steps, examples - earlier.examples, seconds - earlier.seconds,
                exchangeSeconds - earlier.exchangeSeconds);
    }
}
