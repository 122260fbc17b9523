package org.segloss4j.data;

import java.util.List;

/**
 * Images and the masks that belong to them, as files that have not been opened. Immutable; made by {@link FilePairing}.
 *
 * <pre>{@code
 * FilePairs pairs = FilePairing.byName().pair(Path.of("images"), Path.of("masks"));
 * pairs.notes().forEach(System.out::println);
 * SegmentationSource source = pairs.source(new ImageSize(256, 256), LabelMap.values(0, 255));
 * }</pre>
 *
 * <p>May be shared by threads.
 *
 * @since 0.1.0
 */
public final class FilePairs {

    private final List<FilePair> pairs;
    private final List<String> notes;
    private final boolean scalesMasks;

    FilePairs(List<FilePair> pairs, List<String> notes, boolean scalesMasks) {
        this.pairs = List.copyOf(pairs);
        this.notes = List.copyOf(notes);
        this.scalesMasks = scalesMasks;
    }

    /**
     * The pairs.
     *
     * @return at least one, in an order that does not depend on the file system
     */
    public List<FilePair> pairs() {
        return pairs;
    }

    /**
     * The number of pairs.
     *
     * @return at least 1
     */
    public int size() {
        return pairs.size();
    }

    /**
     * What people should know, though nothing is wrong: how many images have no mask.
     *
     * @return no or a few lines
     */
    public List<String> notes() {
        return notes;
    }

    /**
     * The pairs as samples of one size, read from their files each time: images resized as {@link RgbImage#resized}
     * does, masks by the nearest label.
     *
     * @param size   of all samples
     * @param labels what the masks store
     * @return a source whose reading fails with one line that names the file if an image or a mask cannot be read, a
     *     mask holds a value that is neither a class nor ignored, or it has another size than its image and
     *     {@link FilePairing#scaledMasks} was not asked for
     */
    public SegmentationSource source(ImageSize size, LabelMap labels) {
        return new FileSource(pairs, size, labels, scalesMasks);
    }

    /**
     * The pairs as samples of the images' own sizes, for training on random crops
     * ({@link Augmentation#crop}).
     *
     * @param labels what the masks store
     * @return a source like {@link #source(ImageSize, LabelMap)}
     */
    public SegmentationSource source(LabelMap labels) {
        return new FileSource(pairs, null, labels, scalesMasks);
    }

    @Override
    public String toString() {
        return pairs.size() + (pairs.size() == 1 ? " pair" : " pairs") + " of image and mask";
    }
}
