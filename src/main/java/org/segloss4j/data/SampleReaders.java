package org.segloss4j.data;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** The threads that read the samples of a source, one pass after the other. They start with the first pass. */
final class SampleReaders {

    private static final int IDLE_SECONDS = 1;

    private final SegmentationSource source;
    private final IteratorSettings settings;
    private ExecutorService threads;

    SampleReaders(SegmentationSource source, IteratorSettings settings) {
        this.source = source;
        this.settings = settings;
    }

    /**
     * Begins a pass.
     *
     * @param epoch         which changes of the samples it has
     * @param order         the numbers of its samples
     * @param samplesABatch how many samples a batch has of these
     */
    ReadAhead begin(int epoch, int[] order, int samplesABatch) {
        if (threads == null) {
            threads = threads(settings.threads());
        }
        return new ReadAhead(threads, reading(source, settings, epoch), order,
                (int) Math.min(order.length, (long) settings.prefetch() * samplesABatch));
    }

    /** Does not hold this object, so that an iterator which nobody uses any more can be collected. */
    private static IntFunction<Callable<ReadySample>> reading(SegmentationSource source, IteratorSettings settings,
                                                              int epoch) {
        Integer ignoreIndex = source.labels().ignoreIndex();
        return index -> () -> ReadySample.of(settings.augmentation().apply(source.read(index), ignoreIndex,
                settings.augmentationSeed(), epoch, index), ignoreIndex, settings.channelsLast(), settings.maps());
    }

    private static ExecutorService threads(int count) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(count, count, IDLE_SECONDS, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "segloss4j-reader");
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
