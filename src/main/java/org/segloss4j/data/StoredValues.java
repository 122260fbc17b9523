package org.segloss4j.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The values, or colours, that mask files store for each class and for void: which label each has, and which value is
 * written for a label. Immutable.
 */
final class StoredValues {

    static final int MOST_CLASSES = 65536;

    private final boolean byColour;
    /** Of each class, the value that is written first. Only a class that is its own, ignored value has none. */
    private final List<List<Integer>> ofClasses;
    /** The values that are void, the one that is written first. */
    private final List<Integer> ignored;
    private final Integer ignoreIndex;
    private final Map<Integer, Integer> labels = new HashMap<>();

    /** Of all values each is the class's or void's, and none has two meanings. */
    StoredValues(boolean byColour, List<List<Integer>> ofClasses, List<Integer> ignored) {
        if (ofClasses.isEmpty() || ofClasses.size() > MOST_CLASSES) {
            throw new IllegalArgumentException(ofClasses.size() + " classes are not from 1 to " + MOST_CLASSES);
        }
        this.byColour = byColour;
        this.ofClasses = ofClasses.stream().map(StoredValues::firstAndSorted).toList();
        this.ignored = firstAndSorted(ignored);
        for (int c = 0; c < classes(); c++) {
            for (int value : this.ofClasses.get(c)) {
                requireInRange(byColour, value);
                Integer other = labels.put(value, c);
                if (other != null) {
                    throw new IllegalArgumentException(word(value) + " stands for the classes " + other + " and " + c);
                }
            }
        }
        ignoreIndex = ignored.isEmpty() ? null : voidLabel();
        for (int value : this.ignored) {
            requireInRange(byColour, value);
            if (labels.put(value, ignoreIndex) != null) {
                throw new IllegalArgumentException(word(value) + " is a class or void, but not both and not twice");
            }
        }
        requireValues();
    }

    /** Which value is written counts; the order of the others does not. */
    private static List<Integer> firstAndSorted(List<Integer> values) {
        List<Integer> sorted = new ArrayList<>(values);
        if (sorted.size() > 1) {
            sorted.subList(1, sorted.size()).sort(null);
        }
        return List.copyOf(sorted);
    }

    static void requireInRange(boolean byColour, int value) {
        if (value < 0 || value > (byColour ? 0xFFFFFF : 0xFFFF)) {
            throw new IllegalArgumentException((byColour ? "colour " : "value ") + value
                    + (byColour ? " is not from 0x000000 to 0xFFFFFF" : " is not from 0 to 65535"));
        }
    }

    /** Where values are classes, an ignored value stays what it is, as losses and other programs call it. */
    private int voidLabel() {
        if (isIndexes()) {
            return ignored.get(0);
        }
        if (classes() == MOST_CLASSES) {
            throw new IllegalArgumentException(MOST_CLASSES + " classes leave no label for void pixels");
        }
        return classes() <= 255 ? 255 : MOST_CLASSES - 1;
    }

    private boolean isIndexes() {
        return !byColour && IntStream.range(0, classes())
                .allMatch(c -> ofClasses.get(c).equals(List.of(c)) || ofClasses.get(c).isEmpty());
    }

    private void requireValues() {
        boolean indexes = isIndexes();
        for (int c = 0; c < classes(); c++) {
            if (ofClasses.get(c).isEmpty() && !(indexes && ignored.contains(c))) {
                throw new IllegalArgumentException("class " + c + (ignored.isEmpty() ? " has no value"
                        : " has no value left that is not ignored"));
            }
        }
        if (ofClasses.stream().allMatch(List::isEmpty)) {
            throw new IllegalArgumentException("no class is left, as all " + classes() + " are ignored");
        }
    }

    /** These and further ones that are void. */
    StoredValues ignoring(int... more) {
        Set<Integer> added = Arrays.stream(more).boxed().collect(Collectors.toSet());
        List<List<Integer>> left = ofClasses.stream()
                .map(of -> of.stream().filter(value -> !added.contains(value)).toList()).toList();
        List<Integer> all = new ArrayList<>(ignored);
        Arrays.stream(more).filter(value -> !all.contains(value)).forEach(all::add);
        return new StoredValues(byColour, left, all.stream().distinct().toList());
    }

    /** These and further ones of a class. */
    StoredValues also(int c, int... more) {
        requireClass(c);
        List<List<Integer>> all = new ArrayList<>(ofClasses);
        all.set(c, IntStream.concat(ofClasses.get(c).stream().mapToInt(v -> v), Arrays.stream(more)).boxed().toList());
        return new StoredValues(byColour, all, ignored);
    }

    int classes() {
        return ofClasses.size();
    }

    boolean byColour() {
        return byColour;
    }

    /** All values of each class. */
    List<List<Integer>> ofClasses() {
        return ofClasses;
    }

    /** All void values. */
    List<Integer> ignored() {
        return ignored;
    }

    /** The label of void, or null if no value is. */
    Integer ignoreIndex() {
        return ignoreIndex;
    }

    /** The class, {@link #ignoreIndex}, or {@link LabelMap#UNKNOWN}. */
    int labelOf(int value) {
        return labels.getOrDefault(value, LabelMap.UNKNOWN);
    }

    /** The first value of a class or of void. */
    int valueOf(int label) {
        if (ignoreIndex != null && label == ignoreIndex) {
            return ignored.get(0);
        }
        requireClass(label);
        return ofClasses.get(label).isEmpty() ? label : ofClasses.get(label).get(0);
    }

    private void requireClass(int c) {
        if (c < 0 || c >= classes()) {
            throw new IllegalArgumentException(c + " is none of the " + classes() + " classes"
                    + (ignoreIndex == null ? "" : " and not the label of void, " + ignoreIndex));
        }
    }

    private String word(int value) {
        return (byColour ? "colour " : "value ") + text(value);
    }

    /** How text has a value. */
    String text(int value) {
        return byColour ? LabelMapText.colour(value) : Integer.toString(value);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof StoredValues other && byColour == other.byColour && ofClasses.equals(other.ofClasses)
                && ignored.equals(other.ignored);
    }

    @Override
    public int hashCode() {
        return Objects.hash(byColour, ofClasses, ignored);
    }

    /** A few words for people, which leave out what is much. */
    @Override
    public String toString() {
        return (byColour ? "colour" : "value")
                + (isIndexes() ? "" : " " + few(ofClasses.stream().flatMap(List::stream).toList()))
                + (ignored.isEmpty() ? "" : ", ignored " + few(ignored));
    }

    private String few(List<Integer> some) {
        String text = some.stream().limit(8).map(this::text).collect(Collectors.joining(", "));
        return some.size() > 8 ? text + " and " + (some.size() - 8) + " more" : text;
    }
}
