package org.segloss4j.internal.backend;

import java.util.EnumMap;
import java.util.Map;

/**
 * Counts what a sweep finds wrong with its input and remembers the first of each kind; every backend reports it this
 * way. Each thread has its own; they are merged at the end.
 */
public final class BadInput {

    /** What can be wrong. */
    public enum Kind {
        /** An index that is neither a class nor ignored, or a dense label that is no {@linkplain Truths truth}. */
        LABEL,
        /** A weight of a mask that is not {@link Weights#RANGE}. */
        WEIGHT,
        /** A NaN prediction, where predictions have to be compared. */
        PREDICTION
    }

    /**
     * The first of a kind, and how many there are.
     *
     * @param count   how many
     * @param example of the first
     * @param pixel   of the first
     * @param value   what stands there
     */
    public record Finding(long count, long example, long pixel, Number value) {

        Finding merge(Finding other) {
            boolean later = other.example > example || other.example == example && other.pixel >= pixel;
            Finding first = later ? this : other;
            return new Finding(count + other.count, first.example, first.pixel, first.value);
        }
    }

    private static final String GREY = ". These look like 0/255 masks: divide them by 255, or read mask files with"
            + " LabelMap.values(0, 255)";

    private final Map<Kind, Finding> findings = new EnumMap<>(Kind.class);

    /** Starts with nothing. */
    public BadInput() {
        // Nothing was found yet.
    }

    /**
     * Adds one.
     *
     * @param kind  what is wrong
     * @param n     its example
     * @param s     its pixel
     * @param value what stands there
     */
    public void add(Kind kind, long n, long s, Number value) {
        add(kind, n, s, value, 1);
    }

    /**
     * Adds several, of which the first is known.
     *
     * @param kind  what is wrong
     * @param n     example of the first
     * @param s     pixel of the first
     * @param value what stands there
     * @param count how many there are
     */
    public void add(Kind kind, long n, long s, Number value, long count) {
        findings.merge(kind, new Finding(count, n, s, value), Finding::merge);
    }

    /**
     * Adds those of another part of the batch.
     *
     * @param other the other part's
     */
    public void merge(BadInput other) {
        other.findings.forEach((kind, finding) -> findings.merge(kind, finding, Finding::merge));
    }

    /**
     * What was found of a kind.
     *
     * @param kind the kind
     * @return null if nothing is wrong
     */
    public Finding of(Kind kind) {
        return findings.get(kind);
    }

    /**
     * Throws if anything was found.
     *
     * @param batch       as the caller gave it; the positions found may be those of the joined batch
     * @param ignoreIndex the ignored label, or null
     * @throws IllegalArgumentException with the number of bad values of a kind and the first
     */
    public void check(Batch batch, Integer ignoreIndex) {
        int channels = batch.predictions().channels();
        if (batch.labels().kind() == Labels.Kind.FIELD && findings.containsKey(Kind.LABEL)) {
            Finding first = findings.get(Kind.LABEL);
            long pixels = batch.predictions().pixels();
            throw new IllegalArgumentException(plural(first, "distance") + " not finite; the first is " + first.value
                    + " at example " + (first.example + first.pixel / pixels) + ", pixel " + first.pixel % pixels);
        }
        boolean dense = batch.labels().kind() == Labels.Kind.DENSE;
        // One channel is the second of two classes. Dense labels name an ignored class by its channel, not by a value.
        boolean byChannel = dense && ignoreIndex != null && channels > 1 && ignoreIndex >= 0 && ignoreIndex < channels;
        check(batch.predictions().pixels(), dense ? 2 : Math.max(2, channels), byChannel ? null : ignoreIndex, dense);
    }

    /**
     * Throws if anything was found in class indices, or in what is compared with them.
     *
     * @param pixels      S of the caller's array; the positions found may be those of joined examples
     * @param classes     the number of labels that are classes
     * @param ignoreIndex the ignored label, or null
     * @throws IllegalArgumentException with the number of bad values of a kind and the first
     */
    public void check(long pixels, int classes, Integer ignoreIndex) {
        check(pixels, classes, ignoreIndex, false);
    }

    private void check(long pixels, int classes, Integer ignoreIndex, boolean dense) {
        findings.forEach((kind, finding) -> {
            String what = switch (kind) {
                case LABEL -> plural(finding, "label") + " outside 0.." + (classes - 1)
                        + (ignoreIndex == null ? "" : " and not the ignored " + ignoreIndex);
                case WEIGHT -> plural(finding, "mask weight") + " not " + Weights.RANGE;
                case PREDICTION -> plural(finding, "prediction") + " not a number";
            };
            String value = kind == Kind.LABEL ? plain(finding.value) : String.valueOf(finding.value);
            boolean isChanged = switch (kind) {
                case LABEL -> isLabel(finding.value, classes, ignoreIndex, dense);
                case WEIGHT -> Weights.isWeight(finding.value.doubleValue());
                case PREDICTION -> false;
            };
            throw new IllegalArgumentException(what + "; the first"
                    + (isChanged ? ", which has changed since, was" : " is " + value) + " at example "
                    + (finding.example + finding.pixel / pixels) + ", pixel " + finding.pixel % pixels
                    + (kind == Kind.LABEL && isGrey(finding.value.doubleValue(), classes, ignoreIndex, dense) ? GREY
                            : ""));
        });
    }

    /**
     * Whether nothing is wrong with what was found: a device only tells the place, and what stands there may have been
     * written over before somebody asked.
     */
    private static boolean isLabel(Number value, int classes, Integer ignoreIndex, boolean dense) {
        if (dense) {
            return Truths.isTruth(value.doubleValue());
        }
        long label = value.longValue();
        return label >= 0 && label < classes || ignoreIndex != null && label == ignoreIndex;
    }

    /**
     * Binary masks are most often stored as 0 and 255, and arrays of them have these values until somebody divides.
     * Edges may be grey in between. An index of 255 may be void, if nothing else is.
     */
    private static boolean isGrey(double value, int classes, Integer ignoreIndex, boolean dense) {
        return dense ? value > 1 && value <= 255 && value == Math.rint(value)
                : classes == 2 && ignoreIndex == null && value == 255;
    }

    /** Without the digits that a float has only as a double, and without ".0". */
    private static String plain(Number value) {
        double number = value.doubleValue();
        boolean isFraction = value instanceof Double && number != Math.rint(number);
        return isFraction ? Float.toString((float) number)
                : value instanceof Double && Math.abs(number) < 1e15 ? Long.toString((long) number) : value.toString();
    }

    private static String plural(Finding finding, String noun) {
        return finding.count + " " + noun + (finding.count == 1 ? " is" : "s are");
    }
}
