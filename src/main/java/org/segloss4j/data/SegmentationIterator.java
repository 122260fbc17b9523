package org.segloss4j.data;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.NoSuchElementException;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.segloss4j.replicas.Parts;

/**
 * Batches of images and labels for DL4J: {@code net.fit(iterator, epochs)}, {@code net.doEvaluation(iterator, …)}.
 *
 * <pre>{@code
 * SegmentationSource source = FilePairing.byName().pair(Path.of("images"), Path.of("masks"))
 *         .source(new ImageSize(256, 256), LabelMap.values(0, 255));
 * SegmentationSource.Split split = source.split(0.2, 1);
 * SegmentationIterator training = SegmentationIterator.of(split.training()).batch(8).shuffle(1)
 *         .augment(Augmentation.none().flipHorizontal(), 1);
 * SegmentationIterator validation = SegmentationIterator.of(split.validation()).batch(8);
 * DataNormalization scaling = new ImagePreProcessingScaler();
 * training.setPreProcessor(scaling);
 * validation.setPreProcessor(scaling);
 * network.fit(training, 20);
 * ModelSerializer.writeModel(network, file, true);
 * ModelSerializer.addNormalizerToModel(file, scaling);
 * }</pre>
 *
 * <p><b>Arrays.</b> Features are [N, 3, H, W] FLOAT, red, green and blue from 0 to 255 before the preprocessor; with
 * {@link #channelsLast} [N, H, W, 3]. Labels are class indices [N, 1, H, W] INT32 for the losses of SegLoss4J, or with
 * {@link #oneHot} FLOAT of the shape of the predictions for those of DL4J. Where the label map ignores something, a
 * mask [N, 1, H, W] FLOAT is 0 at void pixels and 1 elsewhere, so that a loss needs no {@code ignoreIndex}; the labels
 * of void pixels are then 0, or all 0 if they are one-hot. {@link #appendMaps} adds channels to the labels.
 * {@code DataSet.merge} keeps masks of this shape. The names of the samples are the batch's metadata. Arrays belong to
 * no workspace, so batches may be kept.
 *
 * <p><b>Threads and memory.</b> Other threads, which are daemons, read ahead, as many batches as {@link #prefetch}
 * says; so DL4J need not and does not wrap this in an {@code AsyncDataSetIterator}, which waits for ever if a file
 * cannot be read. Memory holds those batches and the one that was returned, 16 bytes per pixel, and as many files as
 * there are threads, however large the data set is. The threads end by themselves a second after there is nothing to
 * read, so {@link #close} is needed only to stop in the middle of a pass. Use an iterator by one thread at a time.
 *
 * <p><b>Order.</b> A pass over all samples is an epoch; {@link #reset} begins the next one, which is shuffled and
 * augmented in another way, the same for the same seed. A reset before the first batch of an epoch changes nothing.
 *
 * <p><b>Errors.</b> A file that cannot be read ends {@link #next()} with an {@link java.io.UncheckedIOException} of one
 * line that names it.
 *
 * <p>Settings give a new iterator and leave this one alone.
 *
 * @since 0.1.0
 * @serial exclude
 */
public final class SegmentationIterator implements DataSetIterator, AutoCloseable {

    private static final long serialVersionUID = 1L;

    private final transient SegmentationSource source;
    private final transient IteratorSettings settings;
    private final transient SampleReaders readers;
    private transient DataSetPreProcessor preProcessor;
    /** The present pass, or null before its first batch. */
    private transient ReadAhead pass;
    private transient int epoch;

    private SegmentationIterator(SegmentationSource source, IteratorSettings settings,
                                 DataSetPreProcessor preProcessor) {
        this.source = source;
        this.settings = settings;
        readers = new SampleReaders(source, settings);
        this.preProcessor = preProcessor;
        this.epoch = settings.firstEpoch();
    }

    /**
     * Batches of one sample in the order of the source, channels first, labels as indices, two batches read ahead.
     *
     * @param source where samples come from
     * @return the iterator
     * @throws IllegalArgumentException if there is no sample
     */
    public static SegmentationIterator of(SegmentationSource source) {
        if (source.size() < 1) {
            throw new IllegalArgumentException("there is no sample to make batches of");
        }
        return new SegmentationIterator(source, IteratorSettings.DEFAULT, null);
    }

    private SegmentationIterator with(IteratorSettings changed) {
        changed.check(source);
        return new SegmentationIterator(source, changed, preProcessor);
    }

    /**
     * Sets the size of batches. The last one may be smaller.
     *
     * @param size at least 1
     * @return the new iterator
     * @throws IllegalArgumentException if it is below 1
     */
    public SegmentationIterator batch(int size) {
        return with(settings.batch(size));
    }

    /**
     * Leaves a last batch out that would be smaller than the others.
     *
     * @return the new iterator
     * @throws IllegalArgumentException if there are fewer samples than a batch has
     */
    public SegmentationIterator dropLast() {
        return with(settings.dropsLast(true));
    }

    /**
     * Brings the samples into another random order in each epoch.
     *
     * @param seed the same seed gives the same orders
     * @return the new iterator
     */
    public SegmentationIterator shuffle(long seed) {
        return with(settings.shuffle(seed));
    }

    /**
     * Changes samples at random, in each epoch in another way.
     *
     * @param augmentation the changes
     * @param seed         the same seed gives the same changes
     * @return the new iterator
     */
    public SegmentationIterator augment(Augmentation augmentation, long seed) {
        return with(settings.augment(augmentation, seed));
    }

    /**
     * Makes features [N, H, W, 3]. ND4J's own preprocessors for the mean of each channel expect channels first;
     * {@code ImagePreProcessingScaler} suits both.
     *
     * @return the new iterator
     */
    public SegmentationIterator channelsLast() {
        return with(settings.channelsLast(true));
    }

    /**
     * Makes labels one-hot, FLOAT [N, C, H, W] or with {@link #channelsLast} [N, H, W, C], as DL4J's own losses need
     * them.
     *
     * @return the new iterator
     */
    public SegmentationIterator oneHot() {
        return with(settings.oneHot(true));
    }

    /**
     * Appends maps that are made of the labels, after augmentation, by the threads that read. Labels and maps are then
     * one array along the axis of the channels, FLOAT [N, 1 + C, H, W], or [N, H, W, 1 + C] with {@link #channelsLast}:
     * channel 0 holds the class indices, channel 1 + c the map of class c. Joined maps are 2·C channels: the signed
     * distances of all classes, then the skeletons of all classes. With {@link #oneHot} the maps follow the C channels
     * of the labels. A pixel of what is read ahead takes 4 bytes more for each map. What evaluates a network needs
     * labels alone: leave the maps out of its iterator.
     *
     * @param maps what {@link PixelMaps#of} says the loss reads, or such as {@code SignedDistanceMaps.ofClasses(4)}; of
     *             as many classes as the label map has; of 1 for networks of a single channel; null for none
     * @return the new iterator
     * @throws IllegalArgumentException if the label map has another number of classes
     */
    public SegmentationIterator appendMaps(PixelMaps maps) {
        return with(settings.maps(maps));
    }

    /**
     * Sets how many batches are read before they are asked for.
     *
     * @param batches 0 to read only what is asked for; 2 by default
     * @return the new iterator
     * @throws IllegalArgumentException if it is negative
     */
    public SegmentationIterator prefetch(int batches) {
        return with(settings.prefetch(batches));
    }

    /**
     * Sets how many threads read.
     *
     * @param count at least 1; by default as many as there are processors, but at most 4
     * @return the new iterator
     * @throws IllegalArgumentException if it is below 1
     */
    public SegmentationIterator threads(int count) {
        return with(settings.threads(count));
    }

    /**
     * Begins with a later epoch, to go on with a training that was stopped.
     *
     * @param first at least 0
     * @return the new iterator
     * @throws IllegalArgumentException if it is negative
     */
    public SegmentationIterator fromEpoch(int first) {
        return with(settings.firstEpoch(first));
    }

    /**
     * The epoch of the next batch.
     *
     * @return 0 for the first one
     */
    public synchronized int epoch() {
        return epoch;
    }

    @Override
    public synchronized boolean hasNext() {
        int left = pass == null ? source.size() : pass.left();
        return left >= (settings.dropsLast() ? settings.batch() : 1);
    }

    @Override
    public DataSet next() {
        return next(settings.batch());
    }

    /**
     * The next batch of another size.
     *
     * @param num at least 1
     * @return as many samples, or fewer at the end of the epoch
     * @throws java.io.UncheckedIOException if a file cannot be read
     * @throws NoSuchElementException       at the end of the epoch
     */
    @Override
    public synchronized DataSet next(int num) {
        if (num < 1) {
            throw new IllegalArgumentException("a batch of " + num + " samples is empty");
        }
        if (!hasNext()) {
            throw new NoSuchElementException("all samples of epoch " + epoch + " have been seen; reset() begins the"
                    + " next");
        }
        if (pass == null) {
            pass = begin();
        }
        return new BatchArrays(source.labels(), settings)
                .of(pass.take(num), preProcessor);
    }

    private ReadAhead begin() {
        return readers.begin(epoch, settings.order(source.size(), epoch), settings.batch());
    }

    /**
     * Begins the next epoch, also in the middle of one. Does nothing if the present one has not begun.
     */
    @Override
    public synchronized void reset() {
        if (pass != null) {
            pass.stop();
            pass = null;
            epoch++;
        }
    }

    /** Ends the epoch: nothing more is read, and there is no next batch until {@link #reset}. */
    @Override
    public synchronized void close() {
        if (pass == null) {
            pass = begin();
        }
        pass.stop();
    }

    /**
     * The same batches for networks of several inputs or outputs, and whatever else takes multiple data sets. Shares
     * the position and the preprocessor of this iterator.
     *
     * @return the view
     */
    public MultiDataSetIterator multi() {
        return multi(1);
    }

    /**
     * The same for a network of several outputs that all learn the same labels.
     *
     * @param outputs how often labels and masks occur, at least 1
     * @return the view
     * @throws IllegalArgumentException if there is no output
     */
    public MultiDataSetIterator multi(int outputs) {
        return new MultiSegmentationIterator(this, outputs);
    }

    /**
     * The batches as one of several replicas sees them, which reads only its own samples. Begins with the first epoch
     * that was set, whatever this iterator has read; takes over its present preprocessor.
     *
     * @param parts which parts of each batch are the replica's
     * @return what reads them
     */
    public SegmentationShare share(Parts parts) {
        return share(parts, 1);
    }

    /**
     * The same for a network of several outputs that all learn the same labels.
     *
     * @param parts   which parts of each batch are the replica's
     * @param outputs how often labels and masks occur, at least 1
     * @return what reads them
     * @throws IllegalArgumentException if there is no output
     */
    public synchronized SegmentationShare share(Parts parts, int outputs) {
        return new SegmentationShare(source, settings, preProcessor, parts, outputs);
    }

    /**
     * The channels of the images.
     *
     * @return 3
     */
    @Override
    public int inputColumns() {
        return RgbImage.CHANNELS;
    }

    /**
     * The number of classes.
     *
     * @return C
     */
    @Override
    public int totalOutcomes() {
        return source.labels().classes();
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    /**
     * Whether DL4J should read ahead by a thread of its own.
     *
     * @return false, since this iterator does so itself
     */
    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public int batch() {
        return settings.batch();
    }

    /**
     * Sets what changes each batch before it is returned, such as an {@code ImagePreProcessingScaler} to 0..1. Save it
     * with the model: {@code ModelSerializer.addNormalizerToModel(file, normalization)} after {@code writeModel}.
     *
     * @param preProcessor the preprocessor, or null for none
     */
    @Override
    public synchronized void setPreProcessor(DataSetPreProcessor preProcessor) {
        this.preProcessor = preProcessor;
    }

    @Override
    public synchronized DataSetPreProcessor getPreProcessor() {
        return preProcessor;
    }

    /**
     * The names of the classes.
     *
     * @return one per class
     */
    @Override
    public List<String> getLabels() {
        return source.labels().names();
    }

    /** Files and threads cannot be written, though DL4J's interface is serialisable. */
    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException("a SegmentationIterator cannot be serialised; make one where it is used");
    }

    @Override
    public String toString() {
        return source.size() + (source.size() == 1 ? " sample" : " samples") + ", " + settings;
    }
}
