package org.segloss4j.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.weights.ClassCount;
import org.segloss4j.weights.LabelCounting;

class ShapeGeneratorTest {

    private static final ImageSize SIZE = new ImageSize(48, 32);

    @Test
    void theSameSeedAndNumberGiveTheSameSample() {
        SegmentationSample sample = new ShapeGenerator(SIZE, 5).sample(7);
        SegmentationSample again = new ShapeGenerator(SIZE, 5).samples(6, 3).get(1);
        assertThat(again.name()).isEqualTo(sample.name());
        assertThat(again.image().pixels()).isEqualTo(sample.image().pixels()).hasSize(3 * (int) SIZE.pixels());
        assertThat(again.mask().labels()).isEqualTo(sample.mask().labels()).hasSize((int) SIZE.pixels());
        assertThat(new ShapeGenerator(SIZE, 6).sample(7).image().pixels()).isNotEqualTo(sample.image().pixels());
        assertThat(new ShapeGenerator(SIZE, 5).sample(8).image().pixels()).isNotEqualTo(sample.image().pixels());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 99})
    void allClassesOccurAndRareOnesAreRare(long seed) {
        List<SegmentationSample> samples = new ShapeGenerator(SIZE, seed).samples(0, 160);
        List<ClassCount> counts = LabelCounting.of(ShapeGenerator.labels())
                .ofMasks(samples.stream().map(SegmentationSample::mask)).perClass();
        long total = (long) samples.size() * SIZE.pixels();
        assertThat(share(counts, 0, total)).isBetween(0.6, 0.9);
        for (Shape shape : List.of(Shape.CIRCLE, Shape.SQUARE, Shape.TRIANGLE)) {
            assertThat(share(counts, shape.label(), total)).as(shape.title()).isBetween(0.02, 0.2);
        }
        for (Shape shape : List.of(Shape.RING, Shape.STAR)) {
            assertThat(share(counts, shape.label(), total)).as(shape.title()).isBetween(0.001, 0.05);
            assertThat(counts.get(shape.label()).images()).as(shape.title()).isBetween(10L, 100L);
        }
        assertThat(share(counts, Shape.STAR.label(), total)).isLessThan(0.02);
    }

    private static double share(List<ClassCount> counts, int label, long total) {
        return (double) counts.get(label).pixels() / total;
    }

    @Test
    void everyChanceIsAShape() {
        assertThat(Shape.at(0)).isEqualTo(Shape.CIRCLE);
        assertThat(Shape.at(Math.nextDown(1.0))).isNotNull();
        assertThat(ShapeGenerator.labels().names())
                .containsExactly("background", "circle", "square", "triangle", "ring",
                "star");
    }

    @Test
    void labelsAreWhereTheShapesLookDifferent() {
        // Blue circles on whatever ground: inside, blue outweighs red almost always.
        List<SegmentationSample> samples = new ShapeGenerator(SIZE, 1).samples(0, 60);
        long blue = 0;
        long all = 0;
        for (SegmentationSample sample : samples) {
            for (int p = 0; p < sample.mask().labels().length; p++) {
                if (sample.mask().labels()[p] == Shape.CIRCLE.label()) {
                    all++;
                    blue += (sample.image().pixels()[3 * p + 2] & 0xFF) > (sample.image().pixels()[3 * p] & 0xFF) ? 1
                            : 0;
                }
            }
        }
        assertThat((double) blue / all).isGreaterThan(0.8);
        assertThat(Arrays.stream(samples.get(0).mask().labels()).max().orElseThrow()).isBetween(1, 5);
    }
}
