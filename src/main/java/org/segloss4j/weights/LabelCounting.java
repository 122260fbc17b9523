package org.segloss4j.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.data.MaskImage;

/**
 * Counts the classes of a whole data set, holding one array or mask per thread at a time. All methods throw
 * {@link IllegalArgumentException} for a label that is neither a class nor ignored.
 *
 * <pre>{@code
 * ClassCounts counts = LabelCounting.classes(12).ignoreIndex(11).ofFiles(Files.list(masks));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class LabelCounting {

    private final int classes;
    private final Integer ignoreIndex;

    private LabelCounting(int classes, Integer ignoreIndex) {
        this.classes = classes;
        this.ignoreIndex = ignoreIndex;
        none();
    }

    /**
     * Counts C classes and ignores no label.
     *
     * @param classes C, at least 1
     * @return the counting
     * @throws IllegalArgumentException if there is no class
     */
    public static LabelCounting classes(int classes) {
        return new LabelCounting(classes, null);
    }

    /**
     * Leaves pixels of a label out.
     *
     * @param ignoreIndex the label of void pixels, which need not be a class
     * @return the new counting
     */
    public LabelCounting ignoreIndex(int ignoreIndex) {
        return new LabelCounting(classes, ignoreIndex);
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
     */
    public ClassCounts ofMasks(Stream<MaskImage> masks) {
        ClassCounts none = none();
        return masks.map(none::add).reduce(none, ClassCounts::merge);
    }

    /**
     * Counts a stream of mask files.
     *
     * @param files PNG files as {@link MaskImage#read} takes them; may be parallel
     * @return the counts
     * @throws IOException              if a file cannot be read; names it
     * @throws IllegalArgumentException also for a bad label; names the file
     */
    public ClassCounts ofFiles(Stream<Path> files) throws IOException {
        ClassCounts none = none();
        try {
            return files.map(file -> {
                try {
                    return ofFile(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }).reduce(none, ClassCounts::merge);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Counts one mask file.
     *
     * @param file a PNG file as {@link MaskImage#read} takes it
     * @return the counts of one image
     * @throws IOException              if the file cannot be read; names it
     * @throws IllegalArgumentException also for a bad label; names the file
     */
    public ClassCounts ofFile(Path file) throws IOException {
        ClassCounts none = none();
        MaskImage mask = MaskImage.read(file);
        try {
            return none.add(mask);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("mask " + file + ": " + e.getMessage(), e);
        }
    }
}
