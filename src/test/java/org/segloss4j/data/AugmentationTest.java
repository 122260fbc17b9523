package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Random changes of image and mask together. The red of a test image is its label, green and blue are its place. */
class AugmentationTest {

    private static final int VOID = 255;

    private static SegmentationSample sample(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        int[] labels = new int[width * height];
        for (int p = 0; p < labels.length; p++) {
            labels[p] = p % 5;
            pixels[3 * p] = (byte) labels[p];
            pixels[3 * p + 1] = (byte) (p % width);
            pixels[3 * p + 2] = (byte) (p / width);
        }
        return new SegmentationSample("test", RgbImage.of(new ImageSize(width, height), pixels),
                MaskImage.of(width, height, labels));
    }

    /** What the samples of some numbers become. */
    private static List<SegmentationSample> changed(Augmentation augmentation, SegmentationSample sample, int count) {
        return IntStream.range(0, count).mapToObj(k -> augmentation.apply(sample, VOID, 1, 0, k)).toList();
    }

    private static int[] red(SegmentationSample sample) {
        byte[] pixels = sample.image().pixels();
        return IntStream.range(0, pixels.length / 3).map(p -> pixels[3 * p] & 0xFF).toArray();
    }

    @Test
    void flipsSwapImageAndMaskTogetherInHalfOfTheCases() {
        SegmentationSample sample = sample(4, 3);
        int flipped = 0;
        for (SegmentationSample changed : changed(Augmentation.none().flipHorizontal(), sample, 400)) {
            assertThat(red(changed)).isEqualTo(changed.mask().labels());
            boolean isFlipped = changed.image().at(0, 0) >> 8 == sample.image().at(3, 0) >> 8;
            for (int y = 0; y < 3; y++) {
                for (int x = 0; x < 4; x++) {
                    assertThat(changed.image().at(x, y)).isEqualTo(sample.image().at(isFlipped ? 3 - x : x, y));
                }
            }
            flipped += isFlipped ? 1 : 0;
        }
        assertThat(flipped).isBetween(160, 240);
        Set<Integer> corners = new HashSet<>();
        changed(Augmentation.none().flipHorizontal().flipVertical(), sample, 40)
                .forEach(s -> corners.add(s.image().at(0, 0)));
        assertThat(corners).containsExactlyInAnyOrder(sample.image().at(0, 0), sample.image().at(3, 0),
                sample.image().at(0, 2), sample.image().at(3, 2));
    }

    @Test
    void cropsAreEveryPartOfTheImage() {
        SegmentationSample sample = sample(6, 5);
        Set<Integer> corners = new HashSet<>();
        for (SegmentationSample crop : changed(Augmentation.none().crop(new ImageSize(4, 3)), sample, 400)) {
            assertThat(crop.size()).isEqualTo(new ImageSize(4, 3));
            int x = crop.image().at(0, 0) >> 8 & 0xFF;
            int y = crop.image().at(0, 0) & 0xFF;
            for (int p = 0; p < 12; p++) {
                assertThat(crop.image().at(p % 4, p / 4)).isEqualTo(sample.image().at(x + p % 4, y + p / 4));
                assertThat(crop.mask().at(p % 4, p / 4)).isEqualTo(sample.mask().at(x + p % 4, y + p / 4));
            }
            corners.add(10 * x + y);
        }
        assertThat(corners).containsExactlyInAnyOrder(0, 1, 2, 10, 11, 12, 20, 21, 22);
    }

    @Test
    void whatACropHasBeyondTheImageIsVoidAndGrey() {
        SegmentationSample sample = sample(2, 2);
        Set<Integer> places = new HashSet<>();
        for (SegmentationSample crop : changed(Augmentation.none().crop(new ImageSize(4, 2)), sample, 100)) {
            int[] labels = crop.mask().labels();
            assertThat(Arrays.stream(labels).filter(label -> label == VOID).count()).isEqualTo(4);
            for (int p = 0; p < 8; p++) {
                assertThat(crop.image().at(p % 4, p / 4) == 0x808080).isEqualTo(labels[p] == VOID);
            }
            places.add(labels[0] == VOID ? labels[1] == VOID ? 2 : 1 : 0);
        }
        assertThat(places).containsExactlyInAnyOrder(0, 1, 2);
        assertThatThrownBy(() -> Augmentation.none().crop(new ImageSize(4, 2)).apply(sample, null, 1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("test: a part of 4x2 of an image of 2x2 has pixels without a label; ignore a value in the"
                        + " label map, crop less or do not scale below 1");
    }

    @Test
    void scalesEnlargeAndShrinkAsOftenWithoutNewLabels() {
        SegmentationSample sample = sample(20, 20);
        int smaller = 0;
        for (SegmentationSample changed : changed(Augmentation.none().scale(0.5, 2), sample, 200)) {
            assertThat(changed.size()).isEqualTo(sample.size());
            assertThat(Arrays.stream(changed.mask().labels()).boxed()).containsAnyOf(0, 1, 2, 3, 4)
                    .allMatch(label -> label < 5 || label == VOID);
            smaller += Arrays.stream(changed.mask().labels()).anyMatch(label -> label == VOID) ? 1 : 0;
        }
        assertThat(smaller).isBetween(70, 130);
        // Twice as large: each label makes a block of four pixels, and the part is a quarter of the sample.
        SegmentationSample doubled = Augmentation.none().scale(2, 2).apply(sample, null, 1, 0, 0);
        for (int p = 0; p < 400; p++) {
            assertThat(doubled.mask().at(p % 20, p / 20)).isEqualTo(doubled.mask().at(p % 20 & ~1, p / 20 & ~1));
        }
        assertThat(changed(Augmentation.none().scale(0.5, 2).crop(new ImageSize(7, 9)), sample, 20))
                .allMatch(s -> s.size().equals(new ImageSize(7, 9)));
    }

    @Test
    void coloursChangeByTheirFactorsAndLabelsStay() {
        SegmentationSample sample = new SegmentationSample("test", RgbImage.of(new ImageSize(2, 1),
                new byte[] {100, 60, 20, 40, 40, 40}), MaskImage.of(2, 1, 0, 1));
        Function<Augmentation, List<Integer>> reds = augmentation -> {
            List<Integer> values = new ArrayList<>();
            for (SegmentationSample changed : changed(augmentation, sample, 500)) {
                assertThat(changed.mask()).isEqualTo(sample.mask());
                values.add(changed.image().at(0, 0) >> 16);
            }
            return values;
        };
        assertThat(reds.apply(Augmentation.none().colourJitter(0.2, 0, 0))).allMatch(red -> red >= 80 && red <= 120)
                .contains(82, 118);
        // The greys are 67.4 and 40, their mean is 53.7.
        assertThat(reds.apply(Augmentation.none().colourJitter(0, 0.5, 0))).allMatch(red -> red >= 76 && red <= 124)
                .contains(78, 122);
        assertThat(reds.apply(Augmentation.none().colourJitter(0, 0, 1))).allMatch(red -> red >= 67 && red <= 133)
                .contains(69, 131);
        assertThat(reds.apply(Augmentation.none().colourJitter(1, 1, 1))).contains(255);
        // A grey pixel stays grey.
        assertThat(changed(Augmentation.none().colourJitter(0, 0, 1), sample, 20))
                .allMatch(s -> s.image().at(1, 0) == 0x282828);
    }

    @Test
    void aChangeDependsOnSeedEpochAndNumberAlone() {
        SegmentationSample sample = sample(30, 20);
        Augmentation all = Augmentation.of("flip_horizontal, scale 0.5..2, crop 16x16, colour_jitter 0.5 0.5 0.5");
        SegmentationSample once = all.apply(sample, VOID, 7, 3, 5);
        assertThat(all.apply(sample, VOID, 7, 3, 5)).isEqualTo(once);
        assertThat(all.apply(sample, VOID, 8, 3, 5)).isNotEqualTo(once);
        assertThat(all.apply(sample, VOID, 7, 4, 5)).isNotEqualTo(once);
        assertThat(all.apply(sample, VOID, 7, 3, 6)).isNotEqualTo(once);
        // With other colours, the same part of the image is shown.
        assertThat(Augmentation.of("flip_horizontal, scale 0.5..2, crop 16x16").apply(sample, VOID, 7, 3, 5).mask())
                .isEqualTo(once.mask());
        assertThat(Augmentation.none().apply(sample, null, 7, 3, 5)).isEqualTo(sample);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "flip_horizontal", "flip_vertical", "scale 0.5..2.0", "crop 16x8",
        "colour_jitter 0.1 0.2 0.3", "flip_horizontal, flip_vertical, scale 1.0E-4..1.5, crop 7x9,"
        + " colour_jitter 0.0 1.0 0.0"})
    void theTextFormIsReadBack(String text) {
        Augmentation augmentation = Augmentation.of(text);
        assertThat(augmentation).hasToString(text).isEqualTo(Augmentation.of(" " + text.toUpperCase() + " "));
        assertThat(augmentation.equals(Augmentation.of("crop 1x1"))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "flip|\"flip\" is no augmentation; there are flip_horizontal, flip_vertical, scale 0.5..2, crop 256x256,"
                + " colour_jitter 0.2 0.2 0.1 (brightness, contrast, saturation)",
        "scale 2|\"scale 2\" should be such as scale 0.5..2",
        "crop|\"crop\" should be such as crop 256x256",
        "colour_jitter 0.2|\"colour_jitter 0.2\" should be such as colour_jitter 0.2 0.2 0.1 (brightness, contrast,"
                + " saturation)",
        "scale 2..0.5|scale 2.0..0.5 is not from a factor above 0 to one that is not smaller and at most 100",
        "scale 0..1|scale 0.0..1.0 is not from a factor above 0 to one that is not smaller and at most 100",
        "crop 5|5 is not WIDTHxHEIGHT such as 160x128",
        "colour_jitter 0.2 1.5 0|the jitter of contrast is 1.5, but must be from 0 to 1",
        "flip_vertical, flip_vertical|augmentation flip_vertical is asked for twice"})
    void badTextsAreRefused(String text, String message) {
        assertThatThrownBy(() -> Augmentation.of(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
