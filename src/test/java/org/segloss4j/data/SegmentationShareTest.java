package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.replicas.Parts;

/** Replicas read the batches of one iterator, each its own samples. */
class SegmentationShareTest {

    private static final int SAMPLES = 23;

    private static MemorySource source() {
        return new MemorySource(SAMPLES, new ImageSize(3, 2), LabelMap.values(0, 255));
    }

    private static SegmentationIterator iterator(SegmentationSource source) {
        return SegmentationIterator.of(source).batch(5).shuffle(3).augment(Augmentation.none().flipHorizontal()
                .flipVertical(), 4);
    }

    /** All arrays and names of a pass, batch after batch and part after part. */
    private static List<Object> seen(SegmentationSource source, int replicas, int epochs) {
        List<SegmentationShare> shares = new ArrayList<>();
        for (int rank = 0; rank < replicas; rank++) {
            shares.add(iterator(source).share(Parts.of(4, rank, replicas), 2));
        }
        List<Object> seen = new ArrayList<>();
        for (int epoch = 0; epoch < epochs; epoch++) {
            while (shares.get(0).hasNext()) {
                for (SegmentationShare share : shares) {
                    BatchShare batch = share.next();
                    seen.addAll(batch.parts().stream().filter(Objects::nonNull).map(SegmentationShareTest::text)
                            .toList());
                }
                seen.add("end of batch");
            }
            for (SegmentationShare share : shares) {
                assertThat(share.hasNext()).isFalse();
                share.reset();
                assertThat(share.epoch()).isEqualTo(epoch + 1);
            }
        }
        shares.forEach(SegmentationShare::close);
        return seen;
    }

    private static String text(MultiDataSet part) {
        assertThat(part.getLabels(1)).isEqualTo(part.getLabels(0));
        return part.getExampleMetaData() + " " + part.getFeatures(0) + " " + part.getLabels(0);
    }

    @Test
    void anyNumberOfReplicasSeesTheSameParts() {
        MemorySource source = source();
        List<Object> one = seen(source, 1, 2);
        assertThat(one).hasSizeGreaterThan(SAMPLES);
        assertThat(seen(source, 2, 2)).isEqualTo(one);
        assertThat(seen(source, 4, 2)).isEqualTo(one);
    }

    @Test
    void thePartsOfABatchAreTheBatch() {
        MemorySource source = source();
        try (SegmentationIterator whole = iterator(source);
                SegmentationShare share = iterator(source).share(Parts.of(3, 0, 1))) {
            while (whole.hasNext()) {
                DataSet expected = whole.next();
                BatchShare batch = share.next();
                assertThat(batch.examples()).isEqualTo(expected.numExamples());
                INDArray[] parts = batch.parts().stream().filter(Objects::nonNull).map(part -> part.getFeatures(0))
                        .toArray(INDArray[]::new);
                assertThat(Nd4j.concat(0, parts)).isEqualTo(expected.getFeatures());
            }
            assertThatThrownBy(share::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Test
    void onlyTheOwnSamplesAreRead() {
        MemorySource source = source();
        int own = 0;
        try (SegmentationShare share = iterator(source).share(Parts.of(4, 1, 2))) {
            share.skip(1);
            while (share.hasNext()) {
                own += share.next().parts().stream().filter(Objects::nonNull)
                        .mapToInt(part -> (int) part.getFeatures(0).size(0)).sum();
            }
            assertThatThrownBy(() -> share.skip(1)).hasMessage("1 batches cannot be left out: 0 of 5 are left");
        }
        // Batches of 5, 5, 5 and 3 in 4 parts: parts 2 and 3 have 3, 3, 3 and 2.
        assertThat(own).isEqualTo(11);
        assertThat(source.reads).hasValue(own);
    }

    @Test
    void aSkippedBatchChangesNothingAfterIt() {
        MemorySource source = source();
        try (SegmentationShare all = iterator(source).share(Parts.of(4, 1, 2));
                SegmentationShare rest = iterator(source).share(Parts.of(4, 1, 2))) {
            all.next();
            all.next();
            rest.skip(2);
            assertThat(rest.next().parts().get(0).getFeatures(0)).isEqualTo(all.next().parts().get(0).getFeatures(0));
        }
    }
}
