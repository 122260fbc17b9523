package org.segloss4j.weights;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.segloss4j.Backends;
import org.segloss4j.data.MaskImage;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.stored.Restored;

/**
 * How often each class occurs in a set of label masks, in 64-bit counts: what {@link ClassWeights} are made of.
 *
 * <p>Immutable: every method that adds returns new counts. Masks are counted one after the other or in shards whose
 * counts are {@linkplain #merge merged}, with the same result; {@link LabelCounting} does it for whole data sets.
 * A void pixel is one whose label is the ignored one or, in one-hot labels, one without any class. An ignored label
 * below the number of classes takes that class out. A label that is neither a class nor ignored is an
 * {@link IllegalArgumentException} that names the first one, its place and how many there are in what was added.
 *
 * <pre>{@code
 * ClassCounts counts = LabelCounting.classes(4).ignoreIndex(255).none().add(labels);
 * long pixelsOfClass2 = counts.perClass().get(2).pixels();
 * ClassCounts again = ClassCounts.fromJson(counts.toJson());
 * }</pre>
 *
 * <p>May be shared by threads. Memory is a few numbers per class, however many masks were counted.
 *
 * @since 0.1.0
 * @serial exclude
 */
@DefaultSerializer(JavaSerializer.class)
public final class ClassCounts implements Serializable {

    private static final long serialVersionUID = 2L;

    private final transient Integer ignoreIndex;
    private final transient long images;
    private final transient long voidPixels;
    private final transient List<ClassCount> perClass;

    ClassCounts(int classes, Integer ignoreIndex) {
        this(ignoreIndex, 0, 0, Collections.nCopies(Math.max(0, classes), ClassCount.NONE));
    }

    @JsonCreator
    ClassCounts(@JsonProperty("ignoreIndex") Integer ignoreIndex, @JsonProperty("images") long images,
                @JsonProperty("voidPixels") long voidPixels, @JsonProperty("perClass") List<ClassCount> perClass) {
        if (perClass == null || perClass.isEmpty()) {
            throw new IllegalArgumentException("there must be at least 1 class to count");
        }
        if (perClass.stream().anyMatch(count -> count == null || count.images() > images)) {
            throw new IllegalArgumentException("a class lacks its counts or occurs in more than the " + images
                    + " images");
        }
        if (images < 0 || voidPixels < 0) {
            throw new IllegalArgumentException(images + " images or " + voidPixels + " void pixels are negative");
        }
        this.ignoreIndex = ignoreIndex;
        this.images = images;
        this.voidPixels = voidPixels;
        this.perClass = List.copyOf(perClass);
    }

    /**
     * Adds the labels of N images.
     *
     * @param labels class indices [N, *] of an integer type and rank 3 or more, or one-hot [N, C, *] of a
     *               floating-point type or BOOL; any strides. One image is [1, H, W]; series of labels are [N, 1, T].
     * @return the new counts
     * @throws IllegalArgumentException also if an integer array [N, C, *] could be either: then call
     *                                  {@link #addIndices} or {@link #addOneHot}
     */
    public ClassCounts add(INDArray labels) {
        return add(arrays().count(labels));
    }

    /**
     * Adds the class indices of N images, counted by the {@linkplain Backends selected} backend.
     *
     * @param labels [N, *] of an integer type and rank 3 or more; any strides
     * @return the new counts
     */
    public ClassCounts addIndices(INDArray labels) {
        return addIndices(labels, ArrayLabels.backend());
    }

    ClassCounts addIndices(INDArray labels, LossBackend backend) {
        return add(arrays().indices(labels, backend));
    }

    /**
     * Adds the one-hot labels of N images. A pixel without any class is void; soft labels are an error.
     *
     * @param labels [N, C, *] of any type, 0 or 1; any strides
     * @return the new counts
     */
    public ClassCounts addOneHot(INDArray labels) {
        return add(arrays().oneHot(labels));
    }

    /**
     * Adds one mask.
     *
     * @param mask the labels of one image
     * @return the new counts
     */
    public ClassCounts add(MaskImage mask) {
        return add(List.of(ImageTally.of(mask, classes(), ignoreIndex)));
    }

    /**
     * The counts of both sets of images together.
     *
     * @param other counts of other images
     * @return the new counts
     * @throws IllegalArgumentException if the number of classes or the ignored label differ
     */
    public ClassCounts merge(ClassCounts other) {
        if (classes() != other.classes() || !Objects.equals(ignoreIndex, other.ignoreIndex)) {
            throw new IllegalArgumentException("cannot merge counts of " + classes() + " classes, ignoring "
                    + ignoreIndex + ", with counts of " + other.classes() + " classes, ignoring "
                    + other.ignoreIndex);
        }
        List<ClassCount> merged = new ArrayList<>();
        for (int c = 0; c < classes(); c++) {
            merged.add(perClass.get(c).merge(other.perClass.get(c)));
        }
        return new ClassCounts(ignoreIndex, images + other.images, voidPixels + other.voidPixels, merged);
    }

    /** Adds images, given by the counts of each class and, last, of void pixels. */
    ClassCounts add(List<long[]> images) {
        ClassCounts sum = this;
        for (long[] counts : images) {
            long voidPixels = counts[classes()];
            long labelled = LongStream.of(counts).sum() - voidPixels;
            sum = sum.merge(new ClassCounts(ignoreIndex, 1, voidPixels, LongStream.of(counts).limit(classes())
                    .mapToObj(pixels -> ClassCount.ofImage(pixels, labelled, voidPixels)).toList()));
        }
        return sum;
    }

    private ArrayLabels arrays() {
        return new ArrayLabels(classes(), ignoreIndex);
    }

    /**
     * The number of classes.
     *
     * @return C
     */
    public int classes() {
        return perClass.size();
    }

    /**
     * The label of void pixels.
     *
     * @return the label, or null
     */
    @JsonProperty("ignoreIndex")
    public Integer ignoreIndex() {
        return ignoreIndex;
    }

    /**
     * The images counted.
     *
     * @return their number
     */
    @JsonProperty("images")
    public long images() {
        return images;
    }

    /**
     * The void pixels.
     *
     * @return their number
     */
    @JsonProperty("voidPixels")
    public long voidPixels() {
        return voidPixels;
    }

    /**
     * The counts of each class.
     *
     * @return C counts, unmodifiable
     */
    @JsonProperty("perClass")
    public List<ClassCount> perClass() {
        return perClass;
    }

    /**
     * The pixels of any class, without void.
     *
     * @return N
     */
    public long total() {
        return perClass.stream().mapToLong(ClassCount::pixels).sum();
    }

    /**
     * The counts as JSON, from which {@link #fromJson} makes equal ones.
     *
     * @return one object
     */
    public String toJson() {
        return CountsJson.write(this);
    }

    /**
     * Reads counts.
     *
     * @param json what {@link #toJson} wrote
     * @return the counts
     * @throws IllegalArgumentException if it is no such JSON
     */
    public static ClassCounts fromJson(String json) {
        return CountsJson.read(json);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClassCounts counts && images == counts.images && voidPixels == counts.voidPixels
                && Objects.equals(ignoreIndex, counts.ignoreIndex) && perClass.equals(counts.perClass);
    }

    @Override
    public int hashCode() {
        return Objects.hash(ignoreIndex, images, voidPixels, perClass);
    }

    @Override
    public String toString() {
        return toJson();
    }

    private Object writeReplace() {
        return new Stored(ignoreIndex, images, voidPixels, perClass);
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("class counts are read through their stored form");
    }

    /**
     * What a stream holds; reading it makes the counts anew, with all their checks.
     *
     * @param ignoreIndex the ignored label, or null
     * @param images      masks that were counted
     * @param voidPixels  pixels without a class
     * @param perClass    the counts of each class
     */
    @SuppressWarnings("serial") // every list made by List.copyOf is serialisable
    private record Stored(Integer ignoreIndex, long images, long voidPixels, List<ClassCount> perClass)
            implements Serializable {

        private Object readResolve() throws InvalidObjectException {
            return Restored.by(() -> new ClassCounts(ignoreIndex, images, voidPixels, perClass));
        }
    }
}
