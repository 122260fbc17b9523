package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class TileAxisTest {

    private static int[] origins(TileAxis axis) {
        return IntStream.range(0, axis.size()).map(axis::origin).toArray();
    }

    @Test
    void laysTilesOutFromEndToEnd() {
        assertThat(origins(new TileAxis(100, 40, 10))).containsExactly(0, 24, 48, 60);
        // One more tile only where the image needs it.
        assertThat(origins(new TileAxis(40, 40, 10))).containsExactly(0);
        assertThat(origins(new TileAxis(41, 40, 10))).containsExactly(0, 1);
        assertThat(origins(new TileAxis(7, 40, 10))).containsExactly(0);
        assertThat(origins(new TileAxis(12, 5, 4))).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void poolingSeesTheSameGridInAllTiles() {
        // The distance is a multiple of 16, or of the largest power of two that the tile and the overlap allow.
        assertThat(origins(new TileAxis(1024, 256, 60))).startsWith(0, 192, 384);
        assertThat(origins(new TileAxis(1000, 48, 12))).startsWith(0, 32, 64);
        assertThat(origins(new TileAxis(1000, 48, 36))).startsWith(0, 8, 16);
        assertThat(origins(new TileAxis(1000, 45, 12))).startsWith(0, 33, 66);
    }

    @Test
    void aTileCountsNothingNearItsEnds() {
        TileAxis axis = new TileAxis(72, 40, 8);
        assertThat(origins(axis)).containsExactly(0, 32);
        float[] first = new float[40];
        IntStream.range(0, 40).forEach(k -> first[k] = axis.share(0, k));
        IntStream.range(0, 35).forEach(k -> assertThat(first[k]).isEqualTo(1));
        assertThat(first[35]).isCloseTo((float) Math.pow(Math.cos(Math.PI / 8), 2), within(1e-6f));
        assertThat(first[36]).isCloseTo((float) Math.pow(Math.sin(Math.PI / 8), 2), within(1e-6f));
        IntStream.range(37, 40).forEach(k -> assertThat(first[k]).isZero());
        IntStream.range(0, 3).forEach(k -> assertThat(axis.share(1, k)).isZero());
        IntStream.range(5, 40).forEach(k -> assertThat(axis.share(1, k)).isEqualTo(1));
    }

    @RepeatedTest(200)
    void theSharesAreOneTogether(RepetitionInfo info) {
        Random random = new Random(info.getCurrentRepetition());
        int tile = 1 + random.nextInt(40);
        int length = 1 + random.nextInt(200);
        int overlap = random.nextInt(tile);
        TileAxis axis = new TileAxis(length, tile, overlap);
        double[] sums = new double[length];
        for (int i = 0; i < axis.size(); i++) {
            assertThat(axis.origin(i)).isBetween(0, Math.max(0, length - tile));
            assertThat(i == 0 || axis.origin(i) - axis.origin(i - 1) <= tile - overlap).isTrue();
            for (int k = 0; k < axis.inside(); k++) {
                assertThat(axis.share(i, k)).isBetween(0f, 1f);
                sums[axis.origin(i) + k] += axis.share(i, k);
            }
        }
        for (double sum : sums) {
            assertThat(sum).isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void mirrorsWhatIsBeyondTheImage() {
        TileAxis axis = new TileAxis(3, 11, 2);
        assertThat(IntStream.range(0, 11).map(k -> axis.place(0, k)).toArray())
                .containsExactly(0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2);
        TileAxis single = new TileAxis(1, 4, 2);
        assertThat(IntStream.range(0, 4).map(k -> single.place(0, k)).toArray()).containsExactly(0, 0, 0, 0);
    }
}
