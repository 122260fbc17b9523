package org.segloss4j.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.segloss4j.replicas.Parts;

/**
 * The batches of a {@link SegmentationIterator} as one of several replicas sees them: of each batch only the samples of
 * its own parts are read. All replicas go through the same batches, in the same order and with the same changes, as a
 * single iterator would.
 *
 * <pre>{@code
 * try (SegmentationShare batches = iterator.share(trainer.parts())) {
 *     while (batches.hasNext()) {
 *         trainer.step(batches.next());
 *     }
 * }
 * }</pre>
 *
 * <p>Threads, memory, order and errors are those of the iterator, of which this is independent. Use by one thread at a
 * time.
 *
 * @since 0.1.0
 */
public final class SegmentationShare implements AutoCloseable {

    private final SegmentationSource source;
    private final IteratorSettings settings;
    private final SampleReaders readers;
    private final DataSetPreProcessor preProcessor;
    private final Parts parts;
    private final int outputs;
    /** The present pass over the own samples, or null before its first batch. */
    private ReadAhead pass;
    private int epoch;
    /** The number of the next batch of the epoch. */
    private int batch;

    SegmentationShare(SegmentationSource source, IteratorSettings settings, DataSetPreProcessor preProcessor,
                      Parts parts, int outputs) {
        if (outputs < 1) {
            throw new IllegalArgumentException("there are " + outputs + " outputs, but must be at least 1");
        }
        this.source = source;
        this.settings = settings;
        readers = new SampleReaders(source, settings);
        this.preProcessor = preProcessor;
        this.parts = parts;
        this.outputs = outputs;
        epoch = settings.firstEpoch();
    }

    /**
     * The epoch of the next batch.
     *
     * @return 0 for the first one
     */
    public int epoch() {
        return epoch;
    }

    /**
     * Whether the epoch has another batch, of which this replica may have no sample.
     *
     * @return the same for all replicas
     */
    public boolean hasNext() {
        return batch < settings.batches(source.size());
    }

    /**
     * Leaves batches of the present epoch out, without reading them, to go on where a training was stopped.
     *
     * @param batches how many, at least 0
     * @throws IllegalArgumentException if there are not so many left
     */
    public void skip(int batches) {
        int all = settings.batches(source.size());
        if (batches < 0 || batches > all - batch) {
            throw new IllegalArgumentException(batches + " batches cannot be left out: " + (all - batch) + " of "
                    + all + " are left");
        }
        stop();
        batch += batches;
    }

    /**
     * This replica's samples of the next batch.
     *
     * @return the parts
     * @throws java.io.UncheckedIOException if a file cannot be read
     * @throws NoSuchElementException       at the end of the epoch
     */
    public BatchShare next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all samples of epoch " + epoch + " have been seen; reset() begins the"
                    + " next");
        }
        if (pass == null) {
            pass = begin();
        }
        int examples = examples(batch);
        int own = parts.begin(parts.end(), examples) - parts.begin(parts.first(), examples);
        List<ReadySample> samples = own == 0 ? List.of() : pass.take(own);
        BatchArrays arrays = new BatchArrays(source.labels(), settings);
        List<MultiDataSet> shares = new ArrayList<>();
        int taken = 0;
        for (int p = parts.first(); p < parts.end(); p++) {
            int size = parts.size(p, examples);
            shares.add(size == 0 ? null
                    : multi(arrays.of(samples.subList(taken, taken + size), preProcessor)));
            taken += size;
        }
        batch++;
        return new BatchShare(examples, shares);
    }

    private int examples(int number) {
        return Math.min(settings.batch(), source.size() - number * settings.batch());
    }

    private MultiDataSet multi(DataSet data) {
        MultiDataSet multi = new org.nd4j.linalg.dataset.MultiDataSet(new INDArray[] {data.getFeatures()},
                MultiSegmentationIterator.repeated(data.getLabels(), outputs), null,
                MultiSegmentationIterator.repeated(data.getLabelsMaskArray(), outputs));
        multi.setExampleMetaData(data.getExampleMetaData());
        return multi;
    }

    private ReadAhead begin() {
        int[] order = settings.order(source.size(), epoch);
        int[] own = new int[order.length];
        int count = 0;
        int most = 0;
        for (int number = batch; number < settings.batches(source.size()); number++) {
            int examples = examples(number);
            int begin = parts.begin(parts.first(), examples);
            int end = parts.begin(parts.end(), examples);
            System.arraycopy(order, number * settings.batch() + begin, own, count, end - begin);
            count += end - begin;
            most = Math.max(most, end - begin);
        }
        return readers.begin(epoch, Arrays.copyOf(own, count), most);
    }

    /** Begins the next epoch, also in the middle of one. Does nothing if the present one has not begun. */
    public void reset() {
        if (batch > 0) {
            stop();
            batch = 0;
            epoch++;
        }
    }

    /** Ends the epoch: nothing more is read, and there is no next batch until {@link #reset}. */
    @Override
    public void close() {
        stop();
        batch = Math.max(1, settings.batches(source.size()));
    }

    private void stop() {
        if (pass != null) {
            pass.stop();
            pass = null;
        }
    }
}
