package org.segloss4j.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.MaskReader;
import org.segloss4j.internal.files.ImageEndings;

/**
 * Counts the classes of a whole data set, holding one array or mask per thread at a time, and of mask files only some
 * rows. Immutable; may be shared by threads.
 *
 * <pre>{@code
 * ClassCounts counts = LabelCounting.classes(12).ignoreIndex(11).ofFiles(Files.list(masks));
 * ClassCounts binary = LabelCounting.of(LabelMap.values(0, 255)).ofFiles(Files.list(masks));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class LabelCounting {

    private static final int MOST_VALUES = 65536;

    private final int classes;
    private final Integer ignoreIndex;
    /** What files store, or null if that is the class itself. */
    private final LabelMap labels;

    private LabelCounting(int classes, Integer ignoreIndex, LabelMap labels) {
        this.classes = classes;
        this.ignoreIndex = ignoreIndex;
        this.labels = labels;
        none();
    }

    /**
     * Counts the classes of a label map. Files store its values or colours; arrays and masks in memory hold its
     * labels, which are classes and {@link LabelMap#ignoreIndex}.
     *
     * @param labels what files store
     * @return the counting
     */
    public static LabelCounting of(LabelMap labels) {
        return new LabelCounting(labels.classes(), labels.ignoreIndex(), labels);
    }

    /**
     * Counts C classes and ignores no label. Files store the classes themselves.
     *
     * @param classes C, at least 1
     * @return the counting
     * @throws IllegalArgumentException if there is no class
     */
    public static LabelCounting classes(int classes) {
        return new LabelCounting(classes, null, null);
    }

    /**
     * Leaves pixels of a label out.
     *
     * @param ignoreIndex the label of void pixels, which need not be a class
     * @return the new counting
     * @throws IllegalArgumentException if there is a label map, which says itself what is ignored
     */
    public LabelCounting ignoreIndex(int ignoreIndex) {
        if (labels != null) {
            throw new IllegalArgumentException("the label map says what is ignored: call LabelMap.ignoring");
        }
        return new LabelCounting(classes, ignoreIndex, null);
    }

    /**
     * Counts of nothing yet, for adding arrays and masks one by one.
     *
     * @return the counts
     */
    public ClassCounts none() {
        return new ClassCounts(classes, ignoreIndex);
    }

    /**
     * Counts label arrays.
     *
     * @param labels each as {@link ClassCounts#add(INDArray)} takes it; read once, in order
     * @return the counts
     * @throws IllegalArgumentException if a label is neither a class nor ignored; names the first
     */
    public ClassCounts ofArrays(Iterable<INDArray> labels) {
        ClassCounts sum = none();
        for (INDArray array : labels) {
            sum = sum.add(array);
        }
        return sum;
    }

    /**
     * Counts a stream of label arrays.
     *
     * @param labels each as {@link ClassCounts#add(INDArray)} takes it; may be parallel
     * @return the counts
     * @throws IllegalArgumentException if a label is neither a class nor ignored; names the first
     */
    public ClassCounts ofArrays(Stream<INDArray> labels) {
        ClassCounts none = none();
        return labels.map(none::add).reduce(none, ClassCounts::merge);
    }

    /**
     * Counts masks.
     *
     * @param masks the labels of one image each; read once, in order
     * @return the counts
     * @throws IllegalArgumentException if a label is neither a class nor ignored; names the first
     */
    public ClassCounts ofMasks(Iterable<MaskImage> masks) {
        ClassCounts sum = none();
        for (MaskImage mask : masks) {
            sum = sum.add(mask);
        }
        return sum;
    }

    /**
     * Counts a stream of masks.
     *
     * @param masks the labels of one image each; may be parallel
     * @return the counts
     * @throws IllegalArgumentException if a label is neither a class nor ignored; names the first
     */
    public ClassCounts ofMasks(Stream<MaskImage> masks) {
        ClassCounts none = none();
        return masks.map(none::add).reduce(none, ClassCounts::merge);
    }

    /**
     * Counts a stream of mask files. What is no image by the ending of its name, such as Thumbs.db or a folder, is left
     * out, so that a folder's list may be given as it is.
     *
     * @param files mask files as {@link MaskReader} reads them; may be parallel
     * @return the counts
     * @throws IOException if a file cannot be read or holds a value that is neither a class nor ignored; names it
     */
    public ClassCounts ofFiles(Stream<Path> files) throws IOException {
        LabelMap stored = stored();
        try {
            return files.filter(ImageEndings::isImage).map(file -> {
                try {
                    return ofFile(file, stored);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }).reduce(none(), ClassCounts::merge);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Counts one mask file.
     *
     * @param file a mask file as {@link MaskReader} reads it
     * @return the counts of one image
     * @throws IOException if the file cannot be read or holds a value that is neither a class nor ignored; names it
     */
    public ClassCounts ofFile(Path file) throws IOException {
        return ofFile(file, stored());
    }

    private ClassCounts ofFile(Path file, LabelMap stored) throws IOException {
        try (MaskReader mask = MaskReader.open(file, stored)) {
            return none().add(List.of(ImageTally.of(mask, classes, ignoreIndex)));
        }
    }

    /** What files store. No file holds more than 65536 values, and none holds a negative one. */
    private LabelMap stored() {
        if (labels != null) {
            return labels;
        }
        LabelMap all = LabelMap.indexes(Math.min(classes, MOST_VALUES));
        return ignoreIndex == null || ignoreIndex < 0 || ignoreIndex >= MOST_VALUES ? all : all.ignoring(ignoreIndex);
    }
}
