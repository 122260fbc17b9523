package org.segloss4j.internal.loss;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.segloss4j.internal.math.AbsentPolicy;
import org.segloss4j.internal.math.Aggregation;
import org.segloss4j.internal.math.ClassWeighting;
import org.segloss4j.internal.math.Reduction;

/**
 * A setting of a loss: its name in Java and JSON, its name in Python and the loss language, its type and its range.
 * Which losses have it, and with which default, stands in {@link LossKind}.
 */
public enum Setting {
    /** One weight per gathered class, or a single one. */
    CLASS_WEIGHTS("classWeights", Type.NUMBERS, Range.ANY),
    /** The gathered channels; one may repeat. */
    CLASS_INDEXES("classIndexes", Type.INDEXES, Range.ANY),
    /** Whether each image has a score of its own. */
    PER_IMAGE("perImage", Type.TRUTH, Range.ANY),
    /** Added above and below a score's fraction. */
    SMOOTH("smooth", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** Weight of recall against precision, or of false negatives. */
    BETA("beta", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** Weight of the positive class, or of false positives. */
    ALPHA("alpha", Type.NUMBER_OR_NUMBERS, Range.AT_LEAST_ZERO),
    /** An exponent. */
    GAMMA("gamma", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** Weights of the true side of binary cross-entropy: one per gathered class, or a single one. */
    POSITIVE_WEIGHTS("positiveWeights", Type.NUMBERS, Range.AT_LEAST_ZERO),
    /** How much of the weight of a label goes to the other classes. */
    LABEL_SMOOTHING("labelSmoothing", Type.NUMBER, Range.FRACTION),
    /** Whether predictions are taken as logits, whatever the activation is. */
    FROM_LOGITS("fromLogits", Type.TRUTH, Range.ANY),
    /** Probability of the truth below which a focal loss does not discount. */
    REDUCED_THRESHOLD("reducedThreshold", Type.NUMBER, Range.FRACTION),
    /** What a sigmoid focal loss makes of labels between 0 and 1. */
    MIXED_LABELS("mixedLabels", "SIDES", "ENTROPY", "MARGIN"),
    /** Whether a focal loss is divided by the sum of its factors. */
    NORMALISED("normalised", Type.TRUTH, Range.ANY),
    /** Coefficient of the polynomial that Poly-1 adds. */
    EPSILON("epsilon", Type.NUMBER, Range.ANY),
    /** The exponent of generalised cross-entropy: 0 would be cross-entropy, 1 is the absolute error. */
    Q("q", Type.NUMBER, Range.FRACTION),
    /** Weight of what is missed of the foreground, against 1 − δ. */
    DELTA("delta", Type.NUMBER, Range.FRACTION),
    /** Share of the first of two parts of a loss. */
    SHARE("share", Type.NUMBER, Range.FRACTION),
    /** Whether the background is treated as the other classes are. */
    SYMMETRIC("symmetric", Type.TRUTH, Range.ANY),
    /** What the sum of a pixel loss is divided by. */
    NORMALISER("normaliser", "OUTPUTS", "PIXELS", "TRUE_WEIGHTS", "ALL_OUTPUTS", "ALL_PIXELS", "IMAGES", "ONE"),
    /** Which of Keras' formulas binary cross-entropy is, and the logarithm of asymmetric focal losses. */
    FORM("form", "CLIP", "CLIP_PLUS_EPSILON", "LOGITS"),
    /** Whether classes that the labels do not have are left out. */
    ONLY_PRESENT("onlyPresent", Type.TRUTH, Range.ANY),
    /** Whether errors are sorted, and not counted in bins. */
    EXACT("exact", Type.TRUTH, Range.ANY),
    /** The part of the pixels that is kept. */
    FRACTION("fraction", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** Whether void pixels are part of the number of pixels of which a part is kept, with a loss of 0. */
    COUNTS_VOID("countsVoid", Type.TRUTH, Range.ANY),
    /** The probability below which pixels are kept. */
    THRESHOLD("threshold", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** The pixels of an image that are kept at least. */
    MIN_KEPT("minKept", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** How many bins probabilities are put into. */
    BINS("bins", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** Whether class 0 takes part. */
    INCLUDE_BACKGROUND("includeBackground", Type.TRUTH, Range.ANY),
    /** Groups of classes that are scored as one each. */
    CLASS_GROUPS("classGroups", Type.GROUPS, Range.ANY),
    /** What class weights multiply, and what is divided by. */
    WEIGHT_MODE("weightMode", Aggregation.class),
    /** What a class without true pixels counts. */
    ABSENT_CLASSES("absentClasses", AbsentPolicy.class),
    /** The mean or the sum over classes and images. */
    REDUCTION("reduction", Reduction.class),
    /** Whether true positives are taken so that soft labels are matched best by themselves. */
    SOFT_LABELS("softLabels", Type.TRUTH, Range.ANY),
    /** Whether masses are sums of squares. */
    SQUARED("squared", Type.TRUTH, Range.ANY),
    /** Added above a score's fraction; where it is not set, smooth is. */
    NUMERATOR_SMOOTH("numeratorSmooth", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** The least denominator of a score and, of its logarithm, the least score. */
    FLOOR("floor", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** The least true positives of a score; 0 for no bound. */
    LEAST_TRUE_POSITIVES("leastTruePositives", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** From a score to a loss. */
    LINK("link", "COMPLEMENT", "NEGATIVE", "LOG", "LOG_COSH"),
    /** Exponent of the whole term. */
    POWER("power", Type.NUMBER, Range.AT_LEAST_ZERO),
    /** How one score of all classes weighs them. */
    WEIGHTING("weighting", ClassWeighting.class),
    /** How far classes are from one another. */
    DISTANCES("distances", Type.MATRIX, Range.AT_LEAST_ZERO);

    /** What kind of value a setting has. */
    public enum Type {
        /** A finite number. */
        NUMBER,
        /** True or false. */
        TRUTH,
        /** A number or several of them. */
        NUMBER_OR_NUMBERS,
        /** Numbers. */
        NUMBERS,
        /** Whole numbers. */
        INDEXES,
        /** Lists of whole numbers. */
        GROUPS,
        /** Rows of numbers. */
        MATRIX,
        /** One of some words. */
        CHOICE
    }

    /** What a number may be. */
    private enum Range {
        ANY, AT_LEAST_ZERO, FRACTION
    }

    private final String method;
    private final Type type;
    private final Range range;
    /** The words of a choice, in capital letters. */
    private final List<String> words;

    Setting(String method, Type type, Range range) {
        this.method = method;
        this.type = type;
        this.range = range;
        words = List.of();
    }

    Setting(String method, Class<? extends Enum<?>> choice) {
        this(method, Arrays.stream(choice.getEnumConstants()).map(Enum::name).toArray(String[]::new));
    }

    Setting(String method, String... words) {
        this.method = method;
        type = Type.CHOICE;
        range = Range.ANY;
        this.words = List.of(words);
    }

    /**
     * The words of a choice.
     *
     * @return in capital letters; none if it is no choice
     */
    public List<String> words() {
        return words;
    }

    /**
     * The name in Java and JSON.
     *
     * @return such as {@code perImage}
     */
    public String method() {
        return method;
    }

    /**
     * The name in Python and in the loss language.
     *
     * @return such as {@code per_image}
     */
    public String pythonName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The setting of a name.
     *
     * @param name in Java or in Python
     * @return the setting
     * @throws IllegalArgumentException if there is none; names those that there are
     */
    public static Setting named(String name) {
        for (Setting setting : values()) {
            if (setting.method.equals(name) || setting.pythonName().equals(name)) {
                return setting;
            }
        }
        throw new IllegalArgumentException("there is no setting " + name + "; known are " + Arrays.stream(values())
                .map(Setting::pythonName).collect(Collectors.joining(", ")));
    }

    /**
     * What kind of value it has.
     *
     * @return the type
     */
    public Type type() {
        return type;
    }

    /**
     * Checks a value and brings it into the form in which it is kept.
     *
     * @param value what a caller or a file gave
     * @return a Double, a Boolean, a String, or an unmodifiable list of Doubles or Integers or of such lists
     * @throws IllegalArgumentException if it is of another type or out of range; names it
     */
    Object checked(Object value) {
        return switch (type) {
            case NUMBER -> inRange(number(value));
            case TRUTH -> {
                require(value instanceof Boolean, value, "true or false");
                yield value;
            }
            case NUMBERS -> numbers(value);
            case NUMBER_OR_NUMBERS -> value instanceof Number ? inRange(number(value)) : numbers(value);
            case INDEXES -> list(value).stream().map(this::index).toList();
            case GROUPS -> lists(value).stream().map(group -> list(group).stream().map(this::index).toList())
                    .toList();
            case MATRIX -> list(value).stream().map(row -> list(row).stream().map(each -> inRange(number(each)))
                    .toList()).toList();
            case CHOICE -> word(value);
        };
    }

    /** A word in large or small letters; as a constant of an enum, too. */
    private String word(Object value) {
        String word = value instanceof String || value instanceof Enum<?>
                ? value.toString().toUpperCase(Locale.ROOT) : null;
        require(word != null && words.contains(word), value, "one of "
                + words.stream().map(each -> each.toLowerCase(Locale.ROOT)).collect(Collectors.joining(", ")));
        return word;
    }

    private Double inRange(double value) {
        require(Double.isFinite(value), value, "a finite number");
        require(range == Range.ANY || value >= 0, value, "at least 0");
        require(range != Range.FRACTION || value <= 1, value, "from 0 to 1");
        return value;
    }

    private List<Double> numbers(Object value) {
        List<Double> numbers = list(value).stream().map(this::number).toList();
        if (range != Range.ANY) {
            require(!numbers.isEmpty(), value, "at least one number");
            numbers.forEach(this::inRange);
        }
        return numbers;
    }

    private Double number(Object value) {
        require(value instanceof Number, value, "a number");
        return ((Number) value).doubleValue();
    }

    private Integer index(Object value) {
        double number = number(value);
        require(number == Math.rint(number) && Math.abs(number) < Integer.MAX_VALUE, value, "whole numbers");
        return (int) number;
    }

    /** A single number stands for a list of one, as in Python. */
    private List<Object> list(Object value) {
        if (value instanceof double[] numbers) {
            return Arrays.stream(numbers).<Object>mapToObj(number -> number).toList();
        }
        if (value instanceof int[] numbers) {
            return Arrays.stream(numbers).<Object>mapToObj(number -> number).toList();
        }
        if (value instanceof Object[] rows) {
            return Arrays.asList(rows);
        }
        require(value instanceof List<?> || value instanceof Number, value, "a list of numbers");
        return value instanceof List<?> list ? new ArrayList<>(list) : List.of(value);
    }

    /** Not several numbers alone: [1, 2] could mean one group of two classes or two groups of one. */
    private List<Object> lists(Object value) {
        List<Object> all = list(value);
        require(all.size() < 2 || !all.stream().allMatch(Number.class::isInstance), value,
                "a list of lists of classes, such as [[1, 2], [3]]");
        return all;
    }

    private void require(boolean condition, Object value, String wanted) {
        if (!condition) {
            throw new IllegalArgumentException(method + " is " + text(value) + ", but must be " + wanted);
        }
    }

    private static String text(Object value) {
        String inArray = Arrays.deepToString(new Object[] {value});
        return inArray.substring(1, inArray.length() - 1);
    }
}
