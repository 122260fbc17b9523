package org.segloss4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.PngFiles;

/**
 * A formula that people write by hand for masks of 0 and 255: the object weighs 1 and the background m / (S - m), where
 * S are the pixels of a mask and m is the median over the masks of the object's pixels. Median frequency with the
 * largest weight 1 is the same with the mean over the masks that show the object in the place of the median.
 */
class BinaryMedianTest {

    private static final int SIDE = 8;
    private static final Offset<Double> EXACT = within(1e-12);

    @TempDir
    private Path dir;

    /** By hand: background and object. */
    private static double[] byHand(int... objectPixels) {
        int[] sorted = Arrays.stream(objectPixels).sorted().toArray();
        int half = sorted.length / 2;
        int median = sorted.length % 2 == 1 ? sorted[half] : (int) ((sorted[half - 1] + sorted[half]) / 2.0);
        return new double[] {(double) median / (SIDE * SIDE - median), 1};
    }

    /** By the library, from files with so many white pixels. */
    private double[] byLibrary(int... objectPixels) throws IOException {
        for (int k = 0; k < objectPixels.length; k++) {
            int white = objectPixels[k];
            PngFiles.grey(dir.resolve(k + ".png"), SIDE, SIDE,
                    IntStream.range(0, SIDE * SIDE).map(p -> p < white ? 255 : 0).toArray());
        }
        try (Stream<Path> files = Files.list(dir)) {
            ClassCounts counts = LabelCounting.of(LabelMap.values(0, 255)).ofFiles(files);
            return ClassWeights.medianFrequency().normalised(Normalisation.MAX_ONE).of(counts);
        }
    }

    /** Every mask shows a rare object, and the mean of its pixels is their median. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void isTheSameWhereMeanAndMedianAre(int seed) throws IOException {
        Random random = new Random(seed);
        int middle = 4 + random.nextInt(24);
        int[] pixels = IntStream.range(0, 1 + random.nextInt(4)).map(k -> random.nextInt(middle))
                .flatMap(d -> IntStream.of(middle - d, middle + d)).toArray();
        int[] odd = seed % 2 == 0 ? pixels : IntStream.concat(IntStream.of(middle), Arrays.stream(pixels)).toArray();
        assertThat(byLibrary(odd)).containsExactly(byHand(odd), EXACT);
    }

    @Test
    void takesTheMeanWhereItIsNotTheMedian() throws IOException {
        assertThat(byHand(1, 2, 30)).containsExactly(new double[] {2 / 62.0, 1}, EXACT);
        assertThat(byLibrary(1, 2, 30)).containsExactly(new double[] {11 / 53.0, 1}, EXACT);
    }

    @Test
    void leavesOutMasksWithoutTheObject() throws IOException {
        assertThat(byHand(0, 4, 4)).containsExactly(new double[] {4 / 60.0, 1}, EXACT);
        // The object has 8 of the 128 pixels of two masks, the background 184 of the 192 of all three.
        assertThat(byLibrary(0, 4, 4)).containsExactly(new double[] {8 / 128.0 / (184 / 192.0), 1}, EXACT);
    }

    @Test
    void theLargestWeightIsOneWhicheverClassHasIt() throws IOException {
        assertThat(byHand(48, 48)).containsExactly(new double[] {3, 1}, EXACT);
        assertThat(byLibrary(48, 48)).containsExactly(new double[] {1, 1 / 3.0}, EXACT);
    }
}
