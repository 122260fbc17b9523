package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.dataset.AsyncDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.factory.Nd4j;

/** What the iterator gives, in which order and when it reads. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SegmentationIteratorTest {

    private static final ImageSize SIZE = new ImageSize(3, 2);
    private static final LabelMap LABELS = LabelMap.indexes(4).named("a", "b", "c", "d");

    private static MemorySource source(int size) {
        return new MemorySource(size, SIZE, LABELS);
    }

    /** The numbers of the samples in each batch up to the end of the epoch. */
    private static List<List<Integer>> batches(DataSetIterator iterator) {
        List<List<Integer>> batches = new ArrayList<>();
        while (iterator.hasNext()) {
            batches.add(numbers(iterator.next()));
        }
        return batches;
    }

    private static List<Integer> numbers(DataSet batch) {
        return IntStream.range(0, batch.numExamples())
                .mapToObj(n -> (int) batch.getFeatures().slice(n).getDouble(0, 0, 0)).toList();
    }

    private static List<Integer> flat(List<List<Integer>> batches) {
        return batches.stream().flatMap(List::stream).toList();
    }

    @Test
    void batchesHoldImagesAndClassIndexes() {
        SegmentationIterator iterator = SegmentationIterator.of(source(5)).batch(2);
        DataSet batch = iterator.next();
        assertThat(batch.getFeatures().shape()).containsExactly(2, 3, 2, 3);
        assertThat(batch.getFeatures().dataType()).isEqualTo(DataType.FLOAT);
        assertThat(batch.getFeatures().slice(1).toString()).isEqualTo(Nd4j.createFromArray(new float[][][] {
            {{1, 1, 1}, {1, 1, 1}}, {{0, 0, 0}, {0, 0, 0}}, {{0, 1, 2}, {3, 4, 5}}}).toString());
        assertThat(batch.getLabels().shape()).containsExactly(2, 1, 2, 3);
        assertThat(batch.getLabels().dataType()).isEqualTo(DataType.INT32);
        assertThat(batch.getLabels().slice(1).ravel().toIntVector()).containsOnly(1);
        assertThat(batch.getLabelsMaskArray()).isNull();
        assertThat(batch.getExampleMetaData()).hasToString("[0.png, 1.png]");
        assertThat(numbers(iterator.next())).containsExactly(2, 3);
        assertThat(numbers(iterator.next())).containsExactly(4);
        assertThat(iterator.hasNext()).isFalse();
        assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class)
                .hasMessage("all samples of epoch 0 have been seen; reset() begins the next");
        assertThat(iterator.inputColumns()).isEqualTo(3);
        assertThat(iterator.totalOutcomes()).isEqualTo(4);
        assertThat(iterator.getLabels()).containsExactly("a", "b", "c", "d");
        assertThat(iterator.batch()).isEqualTo(2);
    }

    @Test
    void channelsLastAndOneHotChangeTheShapes() {
        DataSet first = SegmentationIterator.of(source(3)).batch(3).oneHot().next();
        DataSet last = SegmentationIterator.of(source(3)).batch(3).oneHot().channelsLast().next();
        assertThat(last.getFeatures().shape()).containsExactly(3, 2, 3, 3);
        assertThat(last.getFeatures().permute(0, 3, 1, 2)).isEqualTo(first.getFeatures());
        assertThat(first.getLabels().shape()).containsExactly(3, 4, 2, 3);
        assertThat(first.getLabels().dataType()).isEqualTo(DataType.FLOAT);
        assertThat(last.getLabels().permute(0, 3, 1, 2)).isEqualTo(first.getLabels());
        assertThat(first.getLabels().argMax(1).castTo(DataType.INT32)).isEqualTo(
                SegmentationIterator.of(source(3)).batch(3).next().getLabels().reshape(3, 2, 3));
        assertThat(first.getLabels().sumNumber().intValue()).isEqualTo(18);
    }

    @Test
    void whatIsIgnoredHasTheMask0() {
        MemorySource source = new MemorySource(2, SIZE, LABELS.ignoring(255));
        DataSet batch = SegmentationIterator.of(source).batch(2).next();
        assertThat(batch.getLabelsMaskArray().shape()).containsExactly(2, 1, 2, 3);
        assertThat(batch.getLabelsMaskArray().dataType()).isEqualTo(DataType.FLOAT);
        assertThat(batch.getLabelsMaskArray().ravel().toIntVector())
                .containsExactly(0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1);
        assertThat(batch.getLabels().ravel().toIntVector()).containsExactly(0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1);
        DataSet oneHot = SegmentationIterator.of(source).batch(2).oneHot().next();
        assertThat(oneHot.getLabelsMaskArray()).isEqualTo(batch.getLabelsMaskArray());
        assertThat(oneHot.getLabels().sum(1).ravel().toIntVector())
                .containsExactly(0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1);
    }

    @Test
    void masksAndLabelsSurviveMerging() {
        SegmentationIterator iterator = SegmentationIterator.of(new MemorySource(4, SIZE, LABELS.ignoring(255)));
        DataSet all = iterator.batch(4).next();
        List<DataSet> parts = new ArrayList<>();
        iterator.batch(2).forEachRemaining(parts::add);
        DataSet merged = DataSet.merge(parts);
        assertThat(merged.getLabels()).isEqualTo(all.getLabels());
        assertThat(merged.getLabels().dataType()).isEqualTo(DataType.INT32);
        assertThat(merged.getLabelsMaskArray()).isEqualTo(all.getLabelsMaskArray());
        assertThat(merged.getFeatures()).isEqualTo(all.getFeatures());
        // What DL4J shuffles and divides is still right.
        merged.shuffle(3);
        for (DataSet one : merged.asList()) {
            assertThat(one.getLabels().getInt(0, 0, 1, 1)).isEqualTo(one.getFeatures().getInt(0, 0, 0, 0));
            assertThat(one.getLabelsMaskArray().sumNumber().intValue()).isEqualTo(5);
        }
    }

    @Test
    void eachEpochHasAnotherOrderThatItsSeedRepeats() {
        SegmentationIterator iterator = SegmentationIterator.of(source(40)).batch(8).shuffle(3);
        List<List<Integer>> first = batches(iterator);
        assertThat(flat(first)).containsExactlyInAnyOrderElementsOf(IntStream.range(0, 40).boxed().toList())
                .isNotEqualTo(IntStream.range(0, 40).boxed().toList());
        iterator.reset();
        // One that nothing was taken of does not count.
        iterator.reset();
        assertThat(iterator.epoch()).isEqualTo(1);
        List<List<Integer>> second = batches(iterator);
        assertThat(second).isNotEqualTo(first);

        SegmentationIterator again = SegmentationIterator.of(source(40)).batch(8).shuffle(3).threads(1).prefetch(0);
        assertThat(batches(again)).isEqualTo(first);
        assertThat(batches(again.fromEpoch(1))).isEqualTo(second);
        assertThat(batches(again.shuffle(4))).isNotEqualTo(first);
        again.reset();
        assertThat(batches(again)).isEqualTo(second);
    }

    @Test
    void aResetInTheMiddleBeginsTheNextEpoch() {
        SegmentationIterator iterator = SegmentationIterator.of(source(20)).batch(3).prefetch(3);
        for (int epoch = 0; epoch < 20; epoch++) {
            assertThat(iterator.epoch()).isEqualTo(epoch);
            assertThat(numbers(iterator.next())).containsExactly(0, 1, 2);
            assertThat(numbers(iterator.next(2))).containsExactly(3, 4);
            iterator.reset();
        }
        assertThat(batches(iterator)).hasSize(7).endsWith(List.of(18, 19));
    }

    @Test
    void aSmallerLastBatchMayBeLeftOut() {
        SegmentationIterator iterator = SegmentationIterator.of(source(8)).batch(3).dropLast();
        assertThat(batches(iterator)).containsExactly(List.of(0, 1, 2), List.of(3, 4, 5));
        assertThatThrownBy(() -> iterator.batch(9)).isInstanceOf(IllegalArgumentException.class).hasMessage(
                "there are 8 samples, too few for a batch of 9 if smaller ones are left out");
        assertThat(iterator).hasToString("8 samples, batches of 3 without a smaller last one");
    }

    @Test
    void augmentationIsAnotherEachEpochWhateverTheThreads() {
        Augmentation augmentation = Augmentation.of("flip_horizontal, crop 2x2, colour_jitter 0.5 0.5 0.5");
        List<DataSet> one = new ArrayList<>();
        List<DataSet> many = new ArrayList<>();
        SegmentationIterator iterator = SegmentationIterator.of(source(30)).batch(7).shuffle(1)
                .augment(augmentation, 2);
        iterator.threads(1).prefetch(0).forEachRemaining(one::add);
        SegmentationIterator threaded = iterator.threads(4).prefetch(5);
        threaded.forEachRemaining(many::add);
        assertThat(many).isEqualTo(one);
        assertThat(one.get(0).getFeatures().shape()).containsExactly(7, 3, 2, 2);
        List<DataSet> next = new ArrayList<>();
        SegmentationIterator unshuffled = SegmentationIterator.of(source(30)).batch(30).augment(augmentation, 2);
        next.add(unshuffled.next());
        unshuffled.reset();
        next.add(unshuffled.next());
        assertThat(next.get(1).getFeatures()).isNotEqualTo(next.get(0).getFeatures());
        assertThat(iterator).hasToString("30 samples, batches of 7, shuffled by seed 1, flip_horizontal, crop 2x2,"
                + " colour_jitter 0.5 0.5 0.5 by seed 2");
    }

    @Test
    void noMoreIsReadThanWasAskedFor() throws InterruptedException {
        MemorySource source = source(100);
        SegmentationIterator iterator = SegmentationIterator.of(source).batch(4).prefetch(3);
        assertThat(iterator.hasNext()).isTrue();
        assertThat(source.reads).hasValue(0);
        iterator.next();
        for (long end = System.nanoTime() + 30_000_000_000L; source.reads.get() < 4 + 3 * 4
                && System.nanoTime() < end;) {
            Thread.sleep(1);
        }
        // Long enough for one more.
        Thread.sleep(300);
        assertThat(source.reads).hasValue(4 + 3 * 4);
        iterator.close();
        assertThat(iterator.hasNext()).isFalse();
        iterator.reset();
        assertThat(batches(iterator.prefetch(0))).hasSize(25);
        source.reads.set(0);
        SegmentationIterator lazy = iterator.prefetch(0);
        lazy.next();
        Thread.sleep(100);
        assertThat(source.reads).hasValue(4);
    }

    @Test
    void aFileThatCannotBeReadIsNamedOnceItsBatchIsDue() {
        MemorySource source = source(10);
        source.broken = 5;
        SegmentationIterator iterator = SegmentationIterator.of(source).batch(2);
        iterator.next();
        iterator.next();
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(iterator::next).isInstanceOf(UncheckedIOException.class)
                    .hasMessage("image 5.png cannot be read: the file ends too early");
        }
        source.broken = -1;
        iterator.reset();
        assertThat(batches(iterator)).hasSize(5);
    }

    @Test
    void samplesOfTwoSizesMakeNoBatch() {
        SegmentationSource mixed = new SegmentationSource() {
            @Override
            public int size() {
                return 2;
            }

            @Override
            public SegmentationSample read(int index) throws IOException {
                return new MemorySource(2, new ImageSize(2 + index, 2), LABELS).read(index);
            }

            @Override
            public LabelMap labels() {
                return LABELS;
            }
        };
        assertThat(SegmentationIterator.of(mixed).next().getFeatures().shape()).containsExactly(1, 3, 2, 2);
        assertThatThrownBy(SegmentationIterator.of(mixed).batch(2)::next)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("0.png is 2x2, but 1.png is 3x2: a batch needs images of one size; resize or crop them, or"
                        + " take batches of 1");
        assertThat(SegmentationIterator.of(mixed).batch(2).augment(Augmentation.none().crop(new ImageSize(2, 1)), 1)
                .next().getFeatures().shape()).containsExactly(2, 3, 1, 2);
        assertThatThrownBy(SegmentationIterator.of(mixed).augment(Augmentation.none().crop(SIZE), 1)::next)
                .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("0.png: a part of 3x2");
    }

    @Test
    void anInterruptedThreadGetsItsBatchAndStaysInterrupted() {
        MemorySource source = source(4);
        source.delay = 50;
        SegmentationIterator iterator = SegmentationIterator.of(source).batch(2);
        Thread.currentThread().interrupt();
        assertThat(numbers(iterator.next())).containsExactly(0, 1);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(numbers(iterator.next())).containsExactly(2, 3);
    }

    @Test
    void threadsEndByThemselvesWithoutAClose() throws InterruptedException {
        List<Integer> seen = new ArrayList<>();
        for (int k = 0; k < 20; k++) {
            MemorySource source = source(50);
            source.delay = 1;
            seen.addAll(numbers(SegmentationIterator.of(source).batch(3).next()));
        }
        assertThat(seen).hasSize(60);
        assertThat(readers()).isNotEmpty().allMatch(Thread::isDaemon);
        for (int k = 0; k < 100 && !readers().isEmpty(); k++) {
            Thread.sleep(100);
        }
        assertThat(readers()).isEmpty();
    }

    private static List<Thread> readers() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("segloss4j-reader"))
                .toList();
    }

    @Test
    void arraysBelongToNoWorkspace() {
        SegmentationIterator iterator = SegmentationIterator.of(new MemorySource(2, SIZE, LABELS.ignoring(255)));
        iterator.setPreProcessor(new ImagePreProcessingScaler());
        DataSet batch;
        MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace("test");
        try {
            batch = iterator.next();
        } finally {
            workspace.close();
        }
        assertThat(batch.getFeatures().isAttached()).isFalse();
        assertThat(batch.getLabels().isAttached()).isFalse();
        assertThat(batch.getLabelsMaskArray().isAttached()).isFalse();
    }

    @Test
    void thePreProcessorChangesFeaturesAndIsFittedByTheIterator() {
        SegmentationIterator iterator = SegmentationIterator.of(source(256)).batch(256);
        ImagePreProcessingScaler scaler = new ImagePreProcessingScaler(-1, 1);
        scaler.fit(iterator);
        iterator.reset();
        iterator.setPreProcessor(scaler);
        assertThat(iterator.getPreProcessor()).isSameAs(scaler);
        DataSet batch = iterator.next();
        assertThat(batch.getFeatures().getDouble(255, 0, 0, 0)).isEqualTo(1);
        assertThat(batch.getFeatures().getDouble(0, 0, 0, 0)).isEqualTo(-1);
        // Settings keep it.
        assertThat(iterator.batch(2).getPreProcessor()).isSameAs(scaler);
    }

    @Test
    void multipleDataSetsHoldTheSame() {
        SegmentationIterator iterator = SegmentationIterator.of(new MemorySource(4, SIZE, LABELS.ignoring(255)))
                .batch(3);
        iterator.setPreProcessor(new ImagePreProcessingScaler());
        DataSet expected = iterator.next();
        iterator.reset();
        MultiDataSetIterator multi = iterator.multi(2);
        MultiDataSet batch = multi.next();
        assertThat(batch.getFeatures()).containsExactly(expected.getFeatures());
        assertThat(batch.getLabels()).containsExactly(expected.getLabels(), expected.getLabels());
        assertThat(batch.getLabelsMaskArrays()).containsExactly(expected.getLabelsMaskArray(),
                expected.getLabelsMaskArray());
        assertThat(batch.getExampleMetaData()).hasToString("[0.png, 1.png, 2.png]");
        assertThat(multi.next().getFeatures(0).size(0)).isEqualTo(1);
        assertThat(multi.hasNext()).isFalse();
        multi.reset();
        assertThat(multi.hasNext()).isTrue();
        assertThat(SegmentationIterator.of(source(1)).multi().next().getLabelsMaskArrays()).isNull();
        assertThatThrownBy(() -> iterator.multi(0)).hasMessage("there are 0 outputs, but must be at least 1");
    }

    @Test
    void itIsRightWithinDl4jsAsynchronousIteratorToo() {
        MemorySource source = source(30);
        source.delay = 1;
        SegmentationIterator iterator = SegmentationIterator.of(source).batch(4).shuffle(1);
        List<List<Integer>> expected = batches(iterator);
        SegmentationIterator wrapped = SegmentationIterator.of(source).batch(4).shuffle(1);
        AsyncDataSetIterator async = new AsyncDataSetIterator(wrapped, 2, true);
        assertThat(batches(async)).isEqualTo(expected);
        for (int k = 0; k < 10; k++) {
            async.reset();
            assertThat(async.hasNext()).isTrue();
            assertThat(numbers(async.next())).hasSize(4);
        }
        async.shutdown();
        // Its thread dies of a file that cannot be read, while its user waits for ever: DL4J must not wrap this.
        assertThat(wrapped.asyncSupported()).isFalse();
        assertThat(wrapped.multi().asyncSupported()).isFalse();
        assertThat(wrapped.resetSupported()).isTrue();
    }

    @Test
    void itCannotBeSerialised() {
        assertThatThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream())
                .writeObject(SegmentationIterator.of(source(1)))).isInstanceOf(NotSerializableException.class)
                .hasMessage("a SegmentationIterator cannot be serialised; make one where it is used");
    }

    @Test
    void badSettingsAreRefused() {
        SegmentationIterator iterator = SegmentationIterator.of(source(1));
        assertThatThrownBy(() -> iterator.batch(0)).hasMessage("a batch is 0, but must be at least 1");
        assertThatThrownBy(() -> iterator.prefetch(-1))
                .hasMessage("the number of batches that are read ahead is -1, but must be at least 0");
        assertThatThrownBy(() -> iterator.threads(0)).hasMessage("the number of threads is 0, but must be at least 1");
        assertThatThrownBy(() -> iterator.fromEpoch(-1)).hasMessage("the first epoch is -1, but must be at least 0");
        assertThatThrownBy(() -> iterator.next(0)).hasMessage("a batch of 0 samples is empty");
        assertThatThrownBy(() -> SegmentationIterator.of(source(0)))
                .hasMessage("there is no sample to make batches of");
    }
}
