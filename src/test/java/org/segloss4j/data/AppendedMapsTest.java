package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.replicas.Parts;

/** An iterator makes maps of what it yields, and its batches have them behind the labels. */
class AppendedMapsTest {

    private static final LabelMap LABELS = LabelMap.indexes(3);

    /** Two half planes of the classes k and k + 1 (modulo 3) with a void corner, if anything is void. */
    private record Halves(LabelMap labels) implements SegmentationSource {

        @Override
        public int size() {
            return 4;
        }

        @Override
        public SegmentationSample read(int index) {
            int[] mask = new int[5 * 4];
            for (int p = 0; p < mask.length; p++) {
                mask[p] = (index + (p % 5 < 2 ? 0 : 1)) % 3;
            }
            if (labels.ignoreIndex() != null) {
                mask[0] = labels.ignoreIndex();
            }
            return new SegmentationSample(index + ".png", RgbImage.of(new ImageSize(5, 4), new byte[3 * mask.length]),
                    MaskImage.of(5, 4, mask));
        }
    }

    private static INDArray channels(INDArray packed, int from, int to) {
        return packed.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to)).dup();
    }

    @Test
    void followTheIndexes() {
        SignedDistanceMaps distances = SignedDistanceMaps.ofClasses(3);
        SegmentationIterator iterator = SegmentationIterator.of(new Halves(LABELS)).batch(3).shuffle(2);
        INDArray labels = iterator.next().getLabels();
        INDArray packed = iterator.appendMaps(distances).next().getLabels();
        assertThat(packed).isEqualTo(distances.packed(labels));
        assertThat(packed.shape()).containsExactly(3, 4, 4, 5);
        INDArray last = iterator.appendMaps(distances).channelsLast().next().getLabels();
        assertThat(last.shape()).containsExactly(3, 4, 5, 4);
        assertThat(last.permute(0, 3, 1, 2)).isEqualTo(packed);
        assertThat(iterator.appendMaps(distances)).hasToString(
                "4 samples, batches of 3, shuffled by seed 2, with signed distance maps of 3 classes");
    }

    @Test
    void followOneHotLabels() {
        Skeletons skeletons = Skeletons.ofClasses(3);
        SegmentationIterator iterator = SegmentationIterator.of(new Halves(LABELS)).batch(4);
        DataSet batch = iterator.oneHot().appendMaps(skeletons).next();
        assertThat(channels(batch.getLabels(), 0, 3)).isEqualTo(iterator.oneHot().next().getLabels());
        assertThat(channels(batch.getLabels(), 3, 6)).isEqualTo(skeletons.maps(iterator.next().getLabels()));
    }

    @Test
    void knowTheVoidPixelsOfTheLabelMap() {
        SegmentationIterator iterator = SegmentationIterator.of(new Halves(LABELS.ignoring(255))).batch(4);
        SignedDistanceMaps distances = SignedDistanceMaps.ofClasses(3);
        DataSet batch = iterator.appendMaps(distances).next();
        INDArray raw = iterator.next().getLabels();
        for (int n = 0; n < 4; n++) {
            assertThat(batch.getLabels().getDouble(n, 0, 0, 0)).isZero();
            assertThat(batch.getLabelsMaskArray().getDouble(n, 0, 0, 0)).isZero();
            raw.putScalar(new int[] {n, 0, 0, 0}, 255);
        }
        assertThat(channels(batch.getLabels(), 1, 4)).isEqualTo(distances.ignoreIndex(255).maps(raw));
    }

    @Test
    void areMadeAfterAugmentation() {
        SignedDistanceMaps distances = SignedDistanceMaps.ofClasses(3).normalised();
        SegmentationIterator iterator = SegmentationIterator.of(new Halves(LABELS)).batch(4)
                .augment(Augmentation.none().flipHorizontal(), 5);
        INDArray flipped = iterator.next().getLabels();
        assertThat(flipped).isNotEqualTo(SegmentationIterator.of(new Halves(LABELS)).batch(4).next().getLabels());
        assertThat(iterator.appendMaps(distances).next().getLabels()).isEqualTo(distances.packed(flipped));
    }

    @Test
    void reachReplicasAndSeveralOutputs() {
        Skeletons skeletons = Skeletons.ofClasses(3).dilations(1);
        SegmentationIterator iterator = SegmentationIterator.of(new Halves(LABELS)).batch(4).appendMaps(skeletons);
        INDArray all = iterator.next().getLabels();
        assertThat(iterator.appendMaps(skeletons).multi(2).next().getLabels(1)).isEqualTo(all);
        try (SegmentationShare share = iterator.share(Parts.of(2, 1, 2))) {
            INDArray own = share.next().parts().get(0).getLabels(0);
            assertThat(own).isEqualTo(all.get(NDArrayIndex.interval(2, 4)));
        }
    }

    /** Both kinds, in one order whatever the order in which they were joined. */
    @Test
    void ofBothKindsFollowOneAnother() {
        SignedDistanceMaps distances = SignedDistanceMaps.ofClasses(3);
        Skeletons skeletons = Skeletons.ofClasses(3).dilations(1);
        SegmentationIterator iterator = SegmentationIterator.of(new Halves(LABELS)).batch(4);
        INDArray labels = iterator.next().getLabels();
        for (PixelMaps both : List.of(distances.and(skeletons), skeletons.and(distances))) {
            INDArray packed = iterator.appendMaps(both).next().getLabels();
            assertThat(packed.shape()).containsExactly(4, 7, 4, 5);
            assertThat(channels(packed, 0, 4)).isEqualTo(distances.packed(labels));
            assertThat(channels(packed, 4, 7)).isEqualTo(skeletons.maps(labels));
            assertThat(both.packed(labels)).isEqualTo(packed);
            assertThat(both.maps(labels)).isEqualTo(channels(packed, 1, 7));
            assertThat(iterator.appendMaps(both).channelsLast().next().getLabels().permute(0, 3, 1, 2))
                    .isEqualTo(packed);
            assertThat(both).hasToString("signed distance maps of 3 classes and skeletons of 3 classes,"
                    + " dilated 1 time");
            assertThatIllegalArgumentException().isThrownBy(() -> both.and(skeletons))
                    .withMessageEndingWith("must be signed distance maps and skeletons, one of each");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> distances.and(distances))
                .withMessageContaining("one of each");
        assertThatIllegalArgumentException().isThrownBy(() -> distances.and(Skeletons.ofClasses(2)))
                .withMessageContaining("must agree in both");
        assertThatIllegalArgumentException().isThrownBy(() -> distances.ignoreIndex(255).and(skeletons))
                .withMessageContaining("signed distance maps of 3 classes with ignoreIndex 255 and skeletons of 3");
    }

    @Test
    void areThoseThatALossReads() {
        SegmentationLoss boundary = Losses.dice().plus(Losses.boundary());
        INDArray labels = SegmentationIterator.of(new Halves(LABELS)).batch(4).next().getLabels();
        assertThat(PixelMaps.of(Losses.dice(), 3)).isNull();
        assertThat(PixelMaps.of(boundary, 3).packed(labels)).isEqualTo(SignedDistanceMaps.ofClasses(3).packed(labels));
        assertThat(PixelMaps.of(Losses.skeletonRecall(), 3).packed(labels))
                .isEqualTo(Skeletons.ofClasses(3).packed(labels));
        assertThat(PixelMaps.of(Losses.skeletonRecall().plus(boundary), 3).packed(labels))
                .isEqualTo(SignedDistanceMaps.ofClasses(3).and(Skeletons.ofClasses(3)).packed(labels));
        assertThat(PixelMaps.of(boundary, 1).channels()).isEqualTo(1);
    }

    @Test
    void mustHaveTheClassesOfTheLabelMap() {
        SegmentationIterator iterator = SegmentationIterator.of(new Halves(LABELS));
        assertThatIllegalArgumentException().isThrownBy(() -> iterator.appendMaps(Skeletons.ofClasses(4)))
                .withMessage("the label map has 3 classes, but the maps to append are skeletons of 4 classes, dilated"
                        + " 2 times");
        SegmentationIterator binary = SegmentationIterator.of(new MemorySource(2, new ImageSize(3, 2),
                LabelMap.indexes(2))).appendMaps(SignedDistanceMaps.ofClasses(1));
        assertThat(binary.next().getLabels().shape()).containsExactly(1, 2, 2, 3);
        assertThatIllegalArgumentException().isThrownBy(() -> iterator
                        .appendMaps(SignedDistanceMaps.ofClasses(3).spacing(1, 1, 1)).next())
                .withMessageContaining("does not fit the sizes [4, 5]");
    }
}
