package org.segloss4j.data;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.segloss4j.internal.png.PngWriter;

/**
 * Writes a mask as a PNG file row by row, so that memory is bounded by a few rows, however large the mask is. Reading
 * the file with the same label map gives the same labels.
 *
 * <p>The file is indexed, with the map's colours as its palette: programs show the classes in colours, and those that
 * read the stored indices get {@link LabelMap#valueOf} of each class or, of a map by colour, the class itself. A map of
 * the values 0 and 255 is shown in black and white unless it has {@linkplain LabelMap#coloured colours of its own}.
 * Where the map has values above 255 the file is grey of 16 bits; where it has more than 256 colours it is RGB.
 *
 * <pre>{@code
 * try (MaskWriter writer = MaskWriter.open(Files.newOutputStream(Path.of("out/0001.png")), mask.size(), map)) {
 *     int[] row = new int[mask.width()];
 *     for (int y = 0; y < mask.height(); y++) {
 *         int line = y;
 *         Arrays.setAll(row, x -> mask.at(x, line));
 *         writer.write(row);
 *     }
 * }
 * }</pre>
 *
 * <p>Not thread-safe.
 *
 * @since 0.1.0
 */
public final class MaskWriter implements AutoCloseable {

    /** Void pixels of files that show classes in colours. */
    private static final int VOID_COLOUR = 0xF2F2F2;
    private static final int INDICES = 256;
    /** Times a value up to 255: its grey. */
    private static final int GREY = 0x010101;
    private static final int NONE = -1;

    private final ImageSize size;
    private final LabelMap map;
    private final PngWriter png;
    /** Bytes of a pixel. */
    private final int depth;
    /** What is stored for each label, or NONE. */
    private final int[] stored;
    private final byte[] row;

    private MaskWriter(ImageSize size, LabelMap map, PngWriter png, int depth, int... stored) {
        this.size = size;
        this.map = map;
        this.png = png;
        this.depth = depth;
        this.stored = stored;
        row = new byte[Math.multiplyExact(depth, size.width())];
    }

    /**
     * Starts a mask.
     *
     * @param out  receives the file, mostly 64 KiB at a time; closed with the writer, or at once if this fails
     * @param size of the mask
     * @param map  what is stored for each label, and in which colours programs show it
     * @return the writer, to be closed
     * @throws IOException if writing fails
     */
    public static MaskWriter open(OutputStream out, ImageSize size, LabelMap map) throws IOException {
        try {
            return start(out, size, map);
        } catch (IOException | RuntimeException e) {
            out.close();
            throw e;
        }
    }

    private static MaskWriter start(OutputStream out, ImageSize size, LabelMap map) throws IOException {
        int[] stored = new int[Math.max(map.classes(), map.ignoreIndex() == null ? 0 : map.ignoreIndex() + 1)];
        Arrays.setAll(stored, label -> isLabel(label, map) ? map.valueOf(label) : NONE);
        if (map.byColour()) {
            int[] palette = palette(map, stored);
            return palette == null
                    ? new MaskWriter(size, map, PngWriter.rgb(out, size.width(), size.height()), 3, stored)
                    : new MaskWriter(size, map, PngWriter.indexed(out, size.width(), size.height(), palette), 1,
                            indices(stored));
        }
        int largest = Arrays.stream(stored).max().orElseThrow();
        if (largest >= INDICES) {
            return new MaskWriter(size, map, PngWriter.grey16(out, size.width(), size.height()), 2, stored);
        }
        boolean blackAndWhite = blackAndWhite(map);
        int[] palette = new int[largest + 1];
        for (int label = 0; label < stored.length; label++) {
            if (stored[label] != NONE) {
                boolean isVoid = Objects.equals(map.ignoreIndex(), label);
                palette[stored[label]] = blackAndWhite ? stored[label] * GREY
                        : isVoid ? VOID_COLOUR : map.colours().get(label);
            }
        }
        return new MaskWriter(size, map, PngWriter.indexed(out, size.width(), size.height(), palette), 1, stored);
    }

    /**
     * Whether the shown colours are the stored values. Many programs turn such masks into grey by their colours, and
     * must get 0 and 255 as from the masks that the map was made for.
     */
    private static boolean blackAndWhite(LabelMap map) {
        LabelMap plain = LabelMap.values(0, INDICES - 1);
        return map.classes() == plain.classes() && map.colours().equals(plain.colours())
                && Set.of(map.valueOf(0), map.valueOf(1)).equals(Set.of(plain.valueOf(0), plain.valueOf(1)));
    }

    private static boolean isLabel(int label, LabelMap map) {
        return label < map.classes() || Objects.equals(map.ignoreIndex(), label);
    }

    /** The stored colours in the order of the labels, or null if they are too many. */
    private static int[] palette(LabelMap map, int... stored) {
        int[] palette = Arrays.stream(stored).filter(colour -> colour != NONE).toArray();
        return palette.length > INDICES || map.classes() > INDICES ? null : palette;
    }

    /** The place of each label in the palette. */
    private static int[] indices(int... stored) {
        int[] indices = new int[stored.length];
        int next = 0;
        for (int label = 0; label < stored.length; label++) {
            indices[label] = stored[label] == NONE ? NONE : next++;
        }
        return indices;
    }

    /**
     * Writes the next row.
     *
     * @param labels from the left on, at least as many as the mask is wide; each a class or
     *               {@link LabelMap#ignoreIndex}
     * @throws IOException              if writing fails
     * @throws IllegalArgumentException if the row is too short or a label is neither; nothing is written then
     * @throws IllegalStateException    if the mask has all its rows already
     */
    public void write(int... labels) throws IOException {
        if (labels.length < size.width()) {
            throw new IllegalArgumentException("a row of " + labels.length + " is too short for a mask of " + size);
        }
        for (int x = 0; x < size.width(); x++) {
            int label = labels[x];
            if (label < 0 || label >= stored.length || stored[label] == NONE) {
                throw new IllegalArgumentException("label " + label + " at x " + x + " is none of " + map.classes()
                        + " classes" + (map.ignoreIndex() == null ? "" : " and not the ignored " + map.ignoreIndex()));
            }
            int value = stored[label];
            for (int k = 0; k < depth; k++) {
                row[depth * x + k] = (byte) (value >> 8 * (depth - 1 - k));
            }
        }
        png.write(row);
    }

    /**
     * Ends the file and closes the stream. A mask without all its rows is left as a file that is not valid, so that
     * nobody takes a part for the whole.
     *
     * @throws IOException if writing fails or rows are missing
     */
    @Override
    public void close() throws IOException {
        png.close();
    }
}
