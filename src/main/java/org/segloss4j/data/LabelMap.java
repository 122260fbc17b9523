package org.segloss4j.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What the values or the colours that mask files store mean: which class, or void. Immutable.
 *
 * <p>Most masks store the class itself ({@link #indexes}). Masks of two classes are often black and white, which is
 * {@code LabelMap.values(0, 255)}; others are coloured ({@link #colours}).
 *
 * <pre>{@code
 * LabelMap map = LabelMap.values(0, 255).ignoring(128).named("background", "cell");
 * MaskImage mask = MaskImage.read(Path.of("masks/0001.png"), map);
 * }</pre>
 *
 * <p>May be shared by threads.
 *
 * @since 0.1.0
 */
public final class LabelMap {

    /** What {@link #labelOf} answers for a value that is neither a class nor ignored. */
    public static final int UNKNOWN = -1;

    private static final int MOST_CLASSES = 65536;

    /** The label of each known value or, of colour maps, 0xRRGGBB; void ones have {@link #ignoreIndex}. */
    private final Map<Integer, Integer> labels;
    private final boolean byColour;
    private final List<String> names;
    private final List<Integer> colours;
    /** The label of void pixels, or null. */
    private final Integer ignoreIndex;

    private LabelMap(Map<Integer, Integer> labels, boolean byColour, List<String> names, List<Integer> colours,
                     Integer ignoreIndex) {
        this.labels = Collections.unmodifiableMap(labels);
        this.byColour = byColour;
        this.names = List.copyOf(names);
        this.colours = List.copyOf(colours);
        this.ignoreIndex = ignoreIndex;
    }

    /**
     * Masks that store the class itself.
     *
     * @param classes C, from 1 to 65536; the values are 0 to C-1
     * @return the map
     * @throws IllegalArgumentException if the number of classes is out of range
     */
    public static LabelMap indexes(int classes) {
        if (classes < 1 || classes > MOST_CLASSES) {
            throw new IllegalArgumentException(classes + " classes are not from 1 to " + MOST_CLASSES);
        }
        return of(false, IntStream.range(0, classes).toArray());
    }

    /**
     * Masks that store another value for each class, such as 0 and 255.
     *
     * @param values the value of each class, from class 0 on; each 0 to 65535
     * @return the map
     * @throws IllegalArgumentException if there is no value, one occurs twice or is out of range
     */
    public static LabelMap values(int... values) {
        return of(false, values);
    }

    /**
     * Masks that show each class in a colour.
     *
     * @param colours 0xRRGGBB of each class, from class 0 on
     * @return the map
     * @throws IllegalArgumentException if there is no colour, one occurs twice or is out of range
     */
    public static LabelMap colours(int... colours) {
        LabelMap map = of(true, colours);
        return new LabelMap(map.labels, true, map.names, Arrays.stream(colours).boxed().toList(), null);
    }

    private static LabelMap of(boolean byColour, int... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("a label map needs at least one class");
        }
        Map<Integer, Integer> labels = new TreeMap<>();
        for (int c = 0; c < values.length; c++) {
            inRange(byColour, values[c]);
            if (labels.put(values[c], c) != null) {
                throw new IllegalArgumentException("value " + values[c] + " stands for two classes");
            }
        }
        List<String> names = IntStream.range(0, values.length).mapToObj(Integer::toString).toList();
        List<Integer> colours = IntStream.range(0, values.length).mapToObj(ClassColours::of).toList();
        return new LabelMap(labels, byColour, names, colours, null);
    }

    private static void inRange(boolean byColour, int value) {
        if (value < 0 || value > (byColour ? 0xFFFFFF : 0xFFFF)) {
            throw new IllegalArgumentException((byColour ? "colour " : "value ") + value
                    + (byColour ? " is not from 0x000000 to 0xFFFFFF" : " is not from 0 to 65535"));
        }
    }

    /**
     * The map with further values, or colours, that are void. An ignored value may be a class, which then never
     * occurs.
     *
     * @param values 0 to 65535 each or, of colour maps, 0xRRGGBB
     * @return the new map
     * @throws IllegalArgumentException if a value is out of range or no class is left
     */
    public LabelMap ignoring(int... values) {
        if (values.length == 0) {
            return this;
        }
        // Where values are classes, the first ignored value stays what it is, as losses and files call it.
        int label = ignoreIndex != null ? ignoreIndex : isIndexes() ? values[0]
                : classes() <= 255 ? 255 : MOST_CLASSES - 1;
        Map<Integer, Integer> more = new TreeMap<>(labels);
        for (int value : values) {
            inRange(byColour, value);
            more.put(value, label);
        }
        if (new HashSet<>(more.values()).equals(Set.of(label))) {
            throw new IllegalArgumentException("with " + Arrays.toString(values) + " ignored, no class is left");
        }
        return new LabelMap(more, byColour, names, colours, label);
    }

    private boolean isIndexes() {
        return !byColour && labels.entrySet().stream().allMatch(entry -> entry.getKey().equals(entry.getValue()));
    }

    /**
     * The map with other names of classes.
     *
     * @param classNames one per class
     * @return the new map
     * @throws IllegalArgumentException if there are more or fewer names than classes, or one is blank
     */
    public LabelMap named(String... classNames) {
        if (classNames.length != classes()) {
            throw new IllegalArgumentException(classNames.length + " names are given for " + classes() + " classes");
        }
        List<String> stripped = new ArrayList<>();
        for (String name : classNames) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("class " + stripped.size() + " has no name");
            }
            stripped.add(name.strip());
        }
        return new LabelMap(labels, byColour, stripped, colours, ignoreIndex);
    }

    /**
     * The number of classes.
     *
     * @return C, at least 1
     */
    public int classes() {
        return names.size();
    }

    /**
     * The names of the classes.
     *
     * @return one per class; the indexes unless others are known
     */
    public List<String> names() {
        return names;
    }

    /**
     * The colours in which pictures show the classes.
     *
     * @return 0xRRGGBB per class
     */
    public List<Integer> colours() {
        return colours;
    }

    /**
     * Whether masks store colours, not values.
     *
     * @return true for {@link #colours}
     */
    public boolean byColour() {
        return byColour;
    }

    /**
     * The label that void pixels have. Give it to {@code SegmentationLoss.ignoreIndex}.
     *
     * @return the label, or null if nothing is ignored
     */
    public Integer ignoreIndex() {
        return ignoreIndex;
    }

    /**
     * The label of a stored value.
     *
     * @param value what the file stores: a number or, of colour maps, 0xRRGGBB
     * @return the class, {@link #ignoreIndex}, or {@link #UNKNOWN}
     */
    public int labelOf(int value) {
        return labels.getOrDefault(value, UNKNOWN);
    }

    /**
     * What a written mask stores for a label, so that the same map reads it back: the smallest of its values. A class
     * whose only value is ignored is stored as an ignored one.
     *
     * @param label a class, or {@link #ignoreIndex}
     * @return a number or, of colour maps, 0xRRGGBB
     * @throws IllegalArgumentException if the label is neither
     */
    public int valueOf(int label) {
        Integer ignored = null;
        for (Map.Entry<Integer, Integer> entry : labels.entrySet()) {
            if (entry.getValue() == label) {
                return entry.getKey();
            }
            if (ignored == null && entry.getValue().equals(ignoreIndex)) {
                ignored = entry.getKey();
            }
        }
        if (label < 0 || label >= classes() || ignored == null) {
            throw new IllegalArgumentException("label " + label + " is none of " + classes() + " classes"
                    + (ignoreIndex == null ? "" : " and not the ignored " + ignoreIndex));
        }
        return ignored;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LabelMap map && labels.equals(map.labels) && byColour == map.byColour
                && names.equals(map.names) && colours.equals(map.colours)
                && java.util.Objects.equals(ignoreIndex, map.ignoreIndex);
    }

    @Override
    public int hashCode() {
        return 31 * labels.hashCode() + names.hashCode();
    }

    @Override
    public String toString() {
        return classes() + " classes by " + (byColour ? "colour" : "value") + ": " + labels;
    }
}
