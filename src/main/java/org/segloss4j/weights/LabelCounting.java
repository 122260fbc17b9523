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
 */
public final class LabelCounting {

    private LabelCounting() {
    }

    /**
     * Counts label arrays.
     *
     * @param classes     C, at least 1
     * @param ignoreIndex the label of void pixels, or null
     * @param labels      each as {@link ClassCounts#add(INDArray)} takes it; read once, in order
     * @return the counts
     */
    public static ClassCounts ofArrays(int classes, Integer ignoreIndex, Iterable<INDArray> labels) {
        ClassCounts sum = new ClassCounts(classes, ignoreIndex);
        for (INDArray array : labels) {
            sum = sum.add(array);
        }
        return sum;
    }

    /**
     * Counts a stream of label arrays.
     *
     * @param classes     C, at least 1
     * @param ignoreIndex the label of void pixels, or null
     * @param labels      each as {@link ClassCounts#add(INDArray)} takes it; may be parallel
     * @return the counts
     */
    public static ClassCounts ofArrays(int classes, Integer ignoreIndex, Stream<INDArray> labels) {
        ClassCounts none = new ClassCounts(classes, ignoreIndex);
        return labels.map(none::add).reduce(none, ClassCounts::merge);
    }

    /**
     * Counts masks.
     *
     * @param classes     C, at least 1
     * @param ignoreIndex the label of void pixels, or null
     * @param masks       the labels of one image each; read once, in order
     * @return the counts
     */
    public static ClassCounts ofMasks(int classes, Integer ignoreIndex, Iterable<MaskImage> masks) {
        ClassCounts sum = new ClassCounts(classes, ignoreIndex);
        for (MaskImage mask : masks) {
            sum = sum.add(mask);
        }
        return sum;
    }

    /**
     * Counts a stream of masks.
     *
     * @param classes     C, at least 1
     * @param ignoreIndex the label of void pixels, or null
     * @param masks       the labels of one image each; may be parallel
     * @return the counts
     */
    public static ClassCounts ofMasks(int classes, Integer ignoreIndex, Stream<MaskImage> masks) {
        ClassCounts none = new ClassCounts(classes, ignoreIndex);
        return masks.map(none::add).reduce(none, ClassCounts::merge);
    }

    /**
     * Counts a stream of mask files.
     *
     * @param classes     C, at least 1
     * @param ignoreIndex the label of void pixels, or null
     * @param files       PNG files as {@link MaskImage#read} takes them; may be parallel
     * @return the counts
     * @throws IOException              if a file cannot be read; names it
     * @throws IllegalArgumentException also for a bad label; names the file
     */
    public static ClassCounts ofFiles(int classes, Integer ignoreIndex, Stream<Path> files) throws IOException {
        ClassCounts none = new ClassCounts(classes, ignoreIndex);
        try {
            return files.map(file -> {
                try {
                    return ofFile(classes, ignoreIndex, file);
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
     * @param classes     C, at least 1
     * @param ignoreIndex the label of void pixels, or null
     * @param file        a PNG file as {@link MaskImage#read} takes it
     * @return the counts of one image
     * @throws IOException              if the file cannot be read; names it
     * @throws IllegalArgumentException also for a bad label; names the file
     */
    public static ClassCounts ofFile(int classes, Integer ignoreIndex, Path file) throws IOException {
        ClassCounts none = new ClassCounts(classes, ignoreIndex);
        MaskImage mask = MaskImage.read(file);
        try {
            return none.add(mask);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("mask " + file + ": " + e.getMessage(), e);
        }
    }
}
