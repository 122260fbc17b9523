package org.segloss4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.ImageKind;
import org.segloss4j.internal.files.LargeArrays;

/**
 * Reads a mask file row by row, so that memory is bounded by a few rows, however large the mask is. Interlaced files
 * are the exception: their packed bytes are held.
 *
 * <p>Which files are read, and what is refused, is described at {@link MaskImage}.
 *
 * <pre>{@code
 * try (MaskReader reader = MaskReader.open(Path.of("masks/0001.png"), LabelMap.values(0, 255))) {
 *     int[] row = new int[reader.size().width()];
 *     long cells = 0;
 *     while (reader.next(row)) {
 *         cells += Arrays.stream(row).filter(label -> label == 1).count();
 *     }
 * }
 * }</pre>
 *
 * <p>Not thread-safe.
 *
 * @since 0.1.0
 */
public final class MaskReader implements AutoCloseable {

    /** What becomes of a value that the map does not know. */
    private enum OfUnknown {
        /** The file is refused. */
        REFUSED,
        /** The file is refused, in the words for predictions. */
        REFUSED_IN_PREDICTIONS,
        /** It is {@link LabelMap#UNKNOWN}. */
        KEPT
    }

    private final Path file;
    private final LabelMap map;
    private final OfUnknown ofUnknown;
    private final StoredRows rows;
    private final ImageSize size;
    /** Labels of the smallest stored values, of which nearly all masks consist. */
    private final int[] few;
    private int y;
    private int lastStored;
    private int lastLabel;

    private MaskReader(Path file, LabelMap map, OfUnknown ofUnknown, StoredRows rows) {
        this.file = file;
        this.map = map;
        this.ofUnknown = ofUnknown;
        this.rows = rows;
        size = rows.size();
        few = map == null ? new int[0] : new int[256];
        Arrays.setAll(few, map == null ? k -> k : map::labelOf);
        lastLabel = map == null ? 0 : map.labelOf(lastStored);
    }

    /**
     * Opens a mask file.
     *
     * @param file   a regular file
     * @param labels what the stored values or colours mean; null gives the stored values themselves, which then must
     *               be grey values or palette indices
     * @return the reader, to be closed
     * @throws IOException if the file cannot be read or holds no labels; the message is one line that names it
     */
    public static MaskReader open(Path file, LabelMap labels) throws IOException {
        return open(file, labels, OfUnknown.REFUSED);
    }

    /**
     * Opens a mask file of which not every pixel matters, such as a prediction, which may be anything where the truth
     * is void. {@link #next} gives {@link LabelMap#UNKNOWN} for a value that is neither a class nor ignored.
     *
     * @param file   a regular file
     * @param labels what the stored values or colours mean
     * @return the reader, to be closed
     * @throws IOException as {@link #open}
     */
    public static MaskReader openUnchecked(Path file, LabelMap labels) throws IOException {
        return open(file, Objects.requireNonNull(labels), OfUnknown.KEPT);
    }

    /**
     * Opens a predicted mask. As {@link #open(Path, LabelMap)}, but what is said of a value that is no class suits a
     * prediction, which cannot ignore pixels.
     *
     * @param file   a regular file
     * @param labels what the stored values or colours mean
     * @return the reader, to be closed
     * @throws IOException as {@link #open(Path, LabelMap)}
     */
    public static MaskReader openPrediction(Path file, LabelMap labels) throws IOException {
        return open(file, Objects.requireNonNull(labels), OfUnknown.REFUSED_IN_PREDICTIONS);
    }

    private static MaskReader open(Path file, LabelMap labels, OfUnknown ofUnknown) throws IOException {
        try {
            return new MaskReader(file, labels, ofUnknown, rows(file, labels));
        } catch (IOException | RuntimeException e) {
            throw FileFault.named("mask", file, e);
        }
    }

    private static StoredRows rows(Path file, LabelMap map) throws IOException {
        boolean byColour = map != null && map.byColour();
        return switch (ImageKind.of(file)) {
            case PNG -> PngMaskRows.open(file, byColour, map == null);
            case TIFF -> TiffMaskRows.open(file, byColour, map == null);
            case JPEG -> throw new FileFault("is a JPEG image, whose compression changes labels, most of all along "
                    + "edges: make it again from its source, as PNG");
            default -> throw ImageKind.fault(file, "PNG or TIFF");
        };
    }

    /**
     * The size of the mask.
     *
     * @return width and height
     */
    public ImageSize size() {
        return size;
    }

    /** All rows that are left, as a mask. */
    MaskImage all() throws IOException {
        int[] row = labels(size.width());
        int[] all = labels(size.pixels());
        for (int at = 0; next(row); at += row.length) {
            System.arraycopy(row, 0, all, at, row.length);
        }
        return new MaskImage(size.width(), size.height(), all);
    }

    /** The whole mask at another size; only the new one is held. */
    MaskImage all(ImageSize to) throws IOException {
        int[] row = labels(size.width());
        int[] resized = new int[Math.multiplyExact(to.width(), to.height())];
        int newY = 0;
        for (int oldY = 0; next(row); oldY++) {
            for (; newY < to.height() && MaskImage.nearest(newY, to.height(), size.height()) == oldY; newY++) {
                for (int x = 0; x < to.width(); x++) {
                    resized[newY * to.width() + x] = row[MaskImage.nearest(x, to.width(), size.width())];
                }
            }
        }
        return new MaskImage(to.width(), to.height(), resized);
    }

    /** Room for labels, if it fits into memory. */
    private int[] labels(long count) throws IOException {
        try {
            return LargeArrays.ints("is " + size + " pixels", count);
        } catch (FileFault e) {
            throw FileFault.named("mask", file, e);
        }
    }

    /**
     * Reads the next row.
     *
     * @param row receives the labels, from the left on: classes and {@link LabelMap#ignoreIndex}, or stored values
     *            where there is no label map; at least as long as the mask is wide
     * @return false if there was no further row
     * @throws IOException              if the file is damaged or holds a value that is neither a class nor ignored;
     *                                  the message is one line that names the file and such values
     * @throws IllegalArgumentException if the row is too short
     */
    public boolean next(int... row) throws IOException {
        if (row.length < size.width()) {
            throw new IllegalArgumentException("a row of " + row.length + " is too short for a mask of " + size);
        }
        try {
            if (!rows.next(row)) {
                return false;
            }
            if (map != null) {
                label(row);
            }
            y++;
            return true;
        } catch (IOException | RuntimeException e) {
            throw FileFault.named("mask", file, e);
        }
    }

    private void label(int... row) throws IOException {
        for (int x = 0; x < size.width(); x++) {
            int stored = row[x];
            if (stored != lastStored) {
                lastStored = stored;
                lastLabel = stored >= 0 && stored < few.length ? few[stored] : map.labelOf(stored);
            }
            if (lastLabel == LabelMap.UNKNOWN && ofUnknown != OfUnknown.KEPT) {
                boolean ofPrediction = ofUnknown == OfUnknown.REFUSED_IN_PREDICTIONS;
                try (StoredRows again = rows(file, map)) {
                    throw UnknownValues.of(again, map, ofPrediction).fault(stored, x, y);
                }
            }
            row[x] = lastLabel;
        }
    }

    /**
     * Closes the file.
     *
     * @throws IOException if that fails
     */
    @Override
    public void close() throws IOException {
        rows.close();
    }
}
