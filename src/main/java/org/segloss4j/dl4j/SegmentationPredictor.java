package org.segloss4j.dl4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.segloss4j.data.ImageRows;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.MaskWriter;
import org.segloss4j.data.RgbImage;
import org.segloss4j.dl4j.SegmentationModel.Scale;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.WholeFile;

/**
 * Predicts images of any size, in memory that does not grow with their height. Immutable.
 *
 * <p>A model whose images are {@linkplain Scale#RESIZED resized} sees the whole image at the network's size;
 * probabilities are brought back to the image's own size, bilinearly, before the most probable class is chosen. Memory
 * is what {@link ImageRows} needs to read the file, and the network's images.
 *
 * <p>A model whose images are at their {@linkplain Scale#NATIVE own scale} sees tiles of the network's size that
 * overlap; so does any model on request ({@link #tiles}). Each tile counts least near its ends, so that no seam is
 * seen: within the outer three eighths of the overlap not at all, and in the middle of the overlap the tiles' shares
 * change smoothly. Where the network looks no further than these three eighths, the result is that of the whole image
 * at once. An image smaller than a tile is mirrored at its right and lower edge. Memory is that of one row of tiles:
 * 3 + 4·channels bytes for each pixel of the image's width and the tile's height.
 *
 * <pre>{@code
 * SegmentationPredictor predictor = SegmentationPredictor.of(SegmentationModel.load(Path.of("model.zip")));
 * predictor.predict(Path.of("photo.jpg"), Path.of("photo-mask.png"));
 * }</pre>
 *
 * <p>May be shared by threads as the model may.
 *
 * @since 0.1.0
 */
public final class SegmentationPredictor {

    /** The part of a tile's shorter side that is overlap unless set. */
    private static final int PART = 4;

    private final SegmentationModel model;
    private final boolean tiled;
    private final int overlap;

    private SegmentationPredictor(SegmentationModel model, boolean tiled, int overlap) {
        this.model = model;
        this.tiled = tiled;
        this.overlap = overlap;
    }

    /**
     * A predictor that does as the model says; tiles, where it uses them, overlap by a quarter of their shorter side.
     *
     * @param model what predicts
     * @return the predictor
     */
    public static SegmentationPredictor of(SegmentationModel model) {
        return new SegmentationPredictor(Objects.requireNonNull(model, "model"), model.scale() == Scale.NATIVE,
                shorter(model) / PART);
    }

    private static int shorter(SegmentationModel model) {
        return Math.min(model.size().width(), model.size().height());
    }

    /**
     * Predicts tiles at the image's own scale, also if the model has learnt from resized images: for images that are
     * much larger than the network's, whose small objects resizing would lose.
     *
     * @return the new predictor
     */
    public SegmentationPredictor tiles() {
        return new SegmentationPredictor(model, true, overlap);
    }

    /**
     * Says by how much neighbouring tiles overlap at least. Best is a little more than what the network looks at
     * around a pixel; more takes longer.
     *
     * @param pixels from 0 to below the shorter side of the network's images
     * @return the new predictor
     * @throws IllegalArgumentException if it is out of range
     */
    public SegmentationPredictor overlap(int pixels) {
        if (pixels < 0 || pixels >= shorter(model)) {
            throw new IllegalArgumentException("the overlap is " + pixels + " pixels, but must be from 0 to "
                    + (shorter(model) - 1) + ", since tiles are " + model.size());
        }
        return new SegmentationPredictor(model, tiled, pixels);
    }

    /**
     * The model.
     *
     * @return what predicts
     */
    public SegmentationModel model() {
        return model;
    }

    /**
     * Whether tiles at the image's own scale are predicted.
     *
     * @return false if the whole image is resized
     */
    public boolean isTiled() {
        return tiled;
    }

    /**
     * By how much neighbouring tiles overlap at least.
     *
     * @return in pixels
     */
    public int overlap() {
        return overlap;
    }

    /**
     * Receives predictions row by row.
     *
     * @since 0.1.0
     */
    @FunctionalInterface
    public interface Rows {

        /**
         * The next row.
         *
         * @param y             from 0 at the top
         * @param labels        [W] the class of each pixel; valid until the method returns
         * @param probabilities [W, channels] of {@link SegmentationModel#channels}; valid until the method returns
         * @throws IOException if the receiver fails, which ends the prediction
         */
        void row(int y, int[] labels, float[] probabilities) throws IOException;
    }

    /**
     * Predicts an image in memory.
     *
     * @param image of any size
     * @return a mask of the image's size; each label is a class
     * @throws IllegalArgumentException if memory does not suffice for the image's width
     * @throws IllegalStateException    if the network does not suit the model's description of it, or gives NaN
     */
    public MaskImage predict(RgbImage image) {
        int[] all = new int[Math.toIntExact(image.size().pixels())];
        inMemory(image, (y, labels, probabilities) -> System.arraycopy(labels, 0, all, y * image.size().width(),
                image.size().width()));
        return MaskImage.of(image.size().width(), image.size().height(), all);
    }

    /**
     * The probabilities of each pixel of an image in memory.
     *
     * @param image of any size
     * @return [H, W, channels], row by row
     * @throws IllegalArgumentException if memory does not suffice for the image's width
     * @throws IllegalStateException    if the network does not suit the model's description of it, or gives NaN
     */
    public float[] probabilities(RgbImage image) {
        float[] all = new float[Math.toIntExact(image.size().pixels() * model.channels())];
        inMemory(image, (y, labels, probabilities) -> System.arraycopy(probabilities, 0, all,
                y * image.size().width() * model.channels(), image.size().width() * model.channels()));
        return all;
    }

    private void inMemory(RgbImage image, Rows rows) {
        try {
            predict(ImageRows.of(image), rows);
        } catch (IOException e) {
            throw new IllegalArgumentException("the image " + e.getMessage(), e);
        }
    }

    /**
     * Predicts an image file and writes an indexed PNG mask of its size ({@link MaskWriter}). The mask appears whole
     * or not at all; an older file of that name is replaced when the new one is complete.
     *
     * @param image PNG, JPEG or TIFF file
     * @param mask  where to
     * @throws IOException           if the image cannot be read or the mask cannot be written; the message is one line
     *                               that names the file
     * @throws IllegalStateException if the network does not suit the model's description of it, or gives NaN
     */
    public void predict(Path image, Path mask) throws IOException {
        try (ImageRows rows = ImageRows.open(image); WholeFile file = WholeFile.create(mask)) {
            try (MaskWriter writer = MaskWriter.open(file.out(), rows.size(), model.labels())) {
                predict(image, rows, (y, labels, probabilities) -> writer.write(labels));
            }
            file.finish();
        }
    }

    private void predict(Path file, ImageRows image, Rows rows) throws IOException {
        try {
            predict(image, rows);
        } catch (FileFault e) {
            throw FileFault.named("image", file, e);
        }
    }

    /**
     * Predicts an image that is read row by row.
     *
     * @param image none of whose rows has been read; not closed
     * @param rows  receives the labels and probabilities of each row, from the top to the bottom
     * @throws IOException           if the image cannot be read, memory does not suffice for its width, or the
     *                               receiver fails
     * @throws IllegalStateException if the network does not suit the model's description of it, or gives NaN
     */
    public void predict(ImageRows image, Rows rows) throws IOException {
        ImageSize size = image.size();
        int[] labels = new int[size.width()];
        RowSink sink = (y, probabilities) -> {
            for (int x = 0; x < labels.length; x++) {
                labels[x] = model.classOf(probabilities, x * model.channels());
            }
            rows.row(y, labels, probabilities);
        };
        if (tiled) {
            new TiledPrediction(model, image, overlap).run(sink);
            return;
        }
        ProbabilityMap map = new ProbabilityMap(model.forward(List.of(image.resized(model.size()))), model.size(),
                model.channels(), size);
        float[] row = new float[size.width() * model.channels()];
        for (int y = 0; y < size.height(); y++) {
            map.row(y, row);
            sink.row(y, row);
        }
    }
}
