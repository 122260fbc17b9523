package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** The classes of things, then those of stuff, each of which has a place, from 0; and the void labels. Immutable. */
final class PanopticClasses {

    private final int[] labels;
    private final int things;
    private final int[] ignored;
    /** Whether stuff is measured by the modified quality. */
    private final boolean modified;
    /** The place of each class, and null for void. */
    private final Map<Long, Integer> places = new HashMap<>();

    /** Classes of which the first are things. */
    PanopticClasses(int[] labels, int things, boolean modified, int... ignored) {
        this.labels = labels;
        this.things = things;
        this.modified = modified;
        this.ignored = ignored.clone();
        for (int k = 0; k < labels.length; k++) {
            require(places.put((long) labels[k], k) == null, "class " + labels[k]
                    + " occurs twice among things " + thingsText() + " and stuff " + stuffText());
        }
        require(labels.length > 0, "there is neither a class of things nor one of stuff");
        for (int label : ignored) {
            require(places.get((long) label) == null, "the ignored label " + label + " is one of things "
                    + thingsText() + " or stuff " + stuffText());
            places.put((long) label, null);
        }
    }

    PanopticClasses ignoring(int... others) {
        return new PanopticClasses(labels, things, modified, others);
    }

    PanopticClasses modified(boolean other) {
        return new PanopticClasses(labels, things, other, ignored);
    }

    boolean isModified() {
        return modified;
    }

    /** Whether the class at a place is measured by the modified quality. */
    boolean isModified(int place) {
        return modified && place >= things;
    }

    int count() {
        return labels.length;
    }

    /** How many are things, which is the place of the first class of stuff. */
    int things() {
        return things;
    }

    int[] labels() {
        return labels;
    }

    int[] ignored() {
        return ignored;
    }

    /** The place of a class, or null for void. */
    Integer placeOrNull(long label) {
        return places.get(label);
    }

    /** The place of a class, of which void is none. */
    int place(int c) {
        Integer place = places.get((long) c);
        require(place != null, "class " + c + " is neither one of things " + thingsText() + " nor of stuff "
                + stuffText());
        return place;
    }

    /** The labels of the pixels of an example, if all of them are known. */
    long[] checked(String what, long n, long[] pixels) {
        for (int s = 0; s < pixels.length; s++) {
            boolean isKnown = s > 0 && pixels[s] == pixels[s - 1] || places.containsKey(pixels[s]);
            require(isKnown, "the " + what + " class " + pixels[s] + " at example " + n + ", pixel " + s
                    + " is neither one of things " + thingsText() + " nor of stuff " + stuffText() + " nor ignored "
                    + Arrays.toString(ignored));
        }
        return pixels;
    }

    private String thingsText() {
        return Arrays.toString(Arrays.copyOf(labels, things));
    }

    private String stuffText() {
        return Arrays.toString(Arrays.copyOfRange(labels, things, labels.length));
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof PanopticClasses other && things == other.things && Arrays.equals(labels, other.labels)
                && modified == other.modified && Arrays.equals(ignored, other.ignored);
    }

    @Override
    public int hashCode() {
        return Objects.hash(things, modified, Arrays.hashCode(labels), Arrays.hashCode(ignored));
    }

    @Override
    public String toString() {
        return "things " + thingsText() + ", " + (modified ? "modified " : "") + "stuff " + stuffText() + ", ignored "
                + Arrays.toString(ignored);
    }
}
