package org.segloss4j.dl4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.segloss4j.data.ImageRows;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.RgbImage;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.LargeArrays;

/**
 * The probabilities of an image at its own scale, a band of tiles after the other. Holds the image's rows and the sums
 * of one band.
 */
final class TiledPrediction {

    /** Pixels that go through the network together, if a tile has not more. */
    private static final int TOGETHER = 1 << 16;

    private final SegmentationModel model;
    private final ImageRows image;
    private final ImageSize size;
    private final ImageSize tile;
    private final int channels;
    private final TileAxis across;
    private final TileAxis down;
    /** The image's rows and, for each, the sums of probabilities; row y lies at y modulo the tile's height. */
    private final byte[][] pixels;
    private final float[][] sums;
    private int read;
    private int given;

    TiledPrediction(SegmentationModel model, ImageRows image, int overlap) throws FileFault {
        this.model = model;
        this.image = image;
        size = image.size();
        tile = model.size();
        channels = model.channels();
        across = new TileAxis(size.width(), tile.width(), overlap);
        down = new TileAxis(size.height(), tile.height(), overlap);
        int rows = down.inside();
        String words = "is " + size + " pixels";
        long bytes = (long) rows * size.width() * (RgbImage.CHANNELS + Float.BYTES * channels);
        LargeArrays.require(words + ", and is predicted in bands of " + rows + " rows", bytes);
        pixels = LargeArrays.rows(words, rows, (long) size.width() * RgbImage.CHANNELS);
        sums = new float[rows][];
        for (int k = 0; k < rows; k++) {
            sums[k] = LargeArrays.floats(words, (long) size.width() * channels);
        }
    }

    /** Predicts all; rows are given as soon as no further tile holds them. */
    void run(RowSink sink) throws IOException {
        for (int band = 0; band < down.size(); band++) {
            int end = down.origin(band) + down.inside();
            for (; read < end; read++) {
                if (!image.next(pixels[read % pixels.length])) {
                    throw new IllegalStateException("rows of the image have been read before");
                }
                Arrays.fill(sums[read % sums.length], 0);
            }
            predict(band);
            int complete = band + 1 < down.size() ? down.origin(band + 1) : size.height();
            for (; given < complete; given++) {
                sink.row(given, sums[given % sums.length]);
            }
        }
    }

    private void predict(int band) {
        int together = (int) Math.max(1, TOGETHER / tile.pixels());
        for (int first = 0; first < across.size(); first += together) {
            int end = Math.min(across.size(), first + together);
            List<RgbImage> tiles = new ArrayList<>();
            for (int i = first; i < end; i++) {
                tiles.add(tile(band, i));
            }
            float[] probabilities = model.forward(tiles);
            for (int i = first; i < end; i++) {
                add(probabilities, (i - first) * (int) tile.pixels() * channels, band, i);
            }
        }
    }

    private RgbImage tile(int band, int i) {
        byte[] bytes = new byte[RgbImage.CHANNELS * (int) tile.pixels()];
        int inside = RgbImage.CHANNELS * across.inside();
        for (int y = 0; y < tile.height(); y++) {
            byte[] from = pixels[down.place(band, y) % pixels.length];
            int at = y * RgbImage.CHANNELS * tile.width();
            System.arraycopy(from, RgbImage.CHANNELS * across.origin(i), bytes, at, inside);
            for (int x = across.inside(); x < tile.width(); x++) {
                System.arraycopy(from, RgbImage.CHANNELS * across.place(i, x), bytes, at + RgbImage.CHANNELS * x,
                        RgbImage.CHANNELS);
            }
        }
        return RgbImage.of(tile, bytes);
    }

    private void add(float[] probabilities, int first, int band, int i) {
        for (int y = 0; y < down.inside(); y++) {
            float[] to = sums[(down.origin(band) + y) % sums.length];
            for (int x = 0; x < across.inside(); x++) {
                float share = down.share(band, y) * across.share(i, x);
                if (share > 0) {
                    int from = first + (y * tile.width() + x) * channels;
                    int at = (across.origin(i) + x) * channels;
                    for (int c = 0; c < channels; c++) {
                        to[at + c] += share * probabilities[from + c];
                    }
                }
            }
        }
    }
}
