package org.segloss4j.internal.loss;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonValue;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.Link;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.SeparateTerm;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One summand of a loss: its kind, its factor and the values of its settings. Immutable. */
public final class LossTerm {

    private static final Logger LOG = LoggerFactory.getLogger(LossTerm.class);
    private static final String KIND = "kind";
    private static final String COEFFICIENT = "coefficient";

    /** Up to it, sums in float have three digits left after they cancel. */
    private static final double MOST_ERROR_WEIGHT = 10_000;
    /** Bins whose sums take no more memory than a chunk of pixels does. */
    private static final int MOST_BINS = 1000;
    private static final int MOST_KEPT = Integer.MAX_VALUE;

    private final LossKind kind;
    private final double coefficient;
    private final Map<Setting, Object> values;

    /**
     * A loss with its defaults.
     *
     * @param kind which one
     */
    public LossTerm(LossKind kind) {
        this(kind, 1, Map.of());
    }

    /**
     * A loss with the settings that its factory asks for.
     *
     * @param kind  which one
     * @param alpha α
     * @param beta  β
     * @param gamma γ, or null if the kind has none
     * @return the term
     */
    public static LossTerm of(LossKind kind, double alpha, double beta, Double gamma) {
        Map<Setting, Object> given = new EnumMap<>(Setting.class);
        given.put(Setting.ALPHA, alpha);
        given.put(Setting.BETA, beta);
        if (gamma != null) {
            given.put(Setting.GAMMA, gamma);
        }
        return new LossTerm(kind, 1, given);
    }

    private LossTerm(LossKind kind, double coefficient, Map<Setting, Object> given) {
        this.kind = kind;
        this.coefficient = coefficient;
        if (!Double.isFinite(coefficient)) {
            throw new IllegalArgumentException("coefficient is " + coefficient + ", but must be a finite number");
        }
        Map<Setting, Object> all = new EnumMap<>(Setting.class);
        for (Setting setting : kind.settings()) {
            Object value = given.get(setting);
            if (value == null) {
                value = kind.defaultOf(setting);
            }
            if (value != null) {
                all.put(setting, setting.checked(value));
            }
        }
        values = Collections.unmodifiableMap(all);
        check();
    }

    private void check() {
        selection();
        if (kind == LossKind.DICE && !(beta() > 0 && beta() * beta() < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("beta is " + beta() + ", but must be above 0 and its square finite");
        }
        if (kind == LossKind.BINARY_FOCAL && alpha() > 1) {
            throw new IllegalArgumentException("alpha is " + alpha() + ", but must lie in 0..1");
        }
        if (kind == LossKind.TVERSKY || kind == LossKind.FOCAL_TVERSKY) {
            requireErrorWeight(Setting.ALPHA, alpha());
            requireErrorWeight(Setting.BETA, beta());
            if (alpha() + beta() == 0) {
                throw new IllegalArgumentException("alpha and beta are both 0, but one must be above 0");
            }
        }
        checkRanks();
        if (kind == LossKind.FOCAL_TVERSKY && gamma() == 0) {
            throw new IllegalArgumentException("gamma is 0, but must be above 0");
        }
        if (kind == LossKind.DICE && isTrue(Setting.SQUARED) && beta() != 1) {
            throw new IllegalArgumentException("beta is " + beta() + ", but squared masses of predictions and labels"
                    + " are summed together, so it must be 1");
        }
        Link.Kind link = choice(Setting.LINK, Link.Kind.class, Link.Kind.COMPLEMENT);
        if (link == Link.Kind.LOG && number(Setting.FLOOR, 0) >= 1) {
            throw new IllegalArgumentException("floor is " + number(Setting.FLOOR, 0) + ", but it is also the least"
                    + " score of a logarithm, so it must be below 1");
        }
        if (link == Link.Kind.NEGATIVE && number(Setting.POWER, 1) != 1) {
            throw new IllegalArgumentException("power is " + number(Setting.POWER, 1) + ", but a negative score has"
                    + " none, so it must be 1");
        }
        if (kind.has(Setting.CLASS_GROUPS) && classGroups() != null && isFalse(Setting.INCLUDE_BACKGROUND)) {
            throw new IllegalArgumentException("includeBackground is false, but classGroups says which classes count:"
                    + " leave the background out of the groups");
        }
        // Whatever else does not go together is refused where the term is made.
        kind.region(this);
    }

    private boolean isFalse(Setting setting) {
        return Boolean.FALSE.equals(values.get(setting));
    }

    private void checkRanks() {
        if (kind.has(Setting.FRACTION) && !(fraction() > 0 && fraction() <= 1)) {
            throw new IllegalArgumentException("fraction is " + fraction() + ", but must be above 0 and at most 1");
        }
        if (kind.has(Setting.THRESHOLD) && threshold() > 1) {
            throw new IllegalArgumentException("threshold is " + threshold() + ", but must lie in 0..1");
        }
        requireWhole(Setting.MIN_KEPT, MOST_KEPT);
        requireWhole(Setting.BINS, MOST_BINS);
    }

    private void requireWhole(Setting setting, int most) {
        if (values.get(setting) instanceof Double value
                && !(value == Math.rint(value) && value >= 1 && value <= most)) {
            throw new IllegalArgumentException(setting.method() + " is " + value + ", but must be a whole number from"
                    + " 1 to " + most);
        }
    }

    /**
     * The index divides by {@code (1 − α − β)·I + α·P + β·G}. With large factors, the rounding of the sums is larger
     * than what is left when they cancel.
     */
    private static void requireErrorWeight(Setting setting, double value) {
        if (value > MOST_ERROR_WEIGHT) {
            throw new IllegalArgumentException(setting.method() + " is " + value + ", but must be at most "
                    + (long) MOST_ERROR_WEIGHT);
        }
    }

    /**
     * Reads what {@link #stored} gives, of this version or another.
     *
     * @param stored kind, coefficient and settings by name; what is missing or null has its default
     * @return the term
     * @throws IllegalArgumentException if there is no such kind or setting, or a value does not fit; names it
     */
    @JsonCreator
    public static LossTerm of(Map<String, Object> stored) {
        if (stored == null) {
            throw new IllegalArgumentException("a loss term is null");
        }
        Map<String, Object> rest = new LinkedHashMap<>(stored);
        LossKind kind = kind(rest.remove(KIND));
        Object factor = rest.remove(COEFFICIENT);
        if (factor != null && !(factor instanceof Number)) {
            throw new IllegalArgumentException("coefficient is " + factor + ", but must be a finite number");
        }
        Map<Setting, Object> values = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            Object value = rest.remove(setting.method());
            // Losses once stored every setting, false where they did not have it.
            boolean isAbsent = value == null || !kind.has(setting) && Boolean.FALSE.equals(value);
            if (!isAbsent) {
                requireHas(kind, setting);
                values.put(setting, value);
            }
        }
        if (!rest.isEmpty()) {
            // A model of a newer version must load, as ND4J's own do, but what is left out may be mistyped.
            LOG.warn("a stored {} has {}, which is left out; known are {}, {}, {}", kind.lossName(),
                    String.join(", ", rest.keySet()), KIND, COEFFICIENT,
                    Arrays.stream(Setting.values()).map(Setting::method).collect(Collectors.joining(", ")));
        }
        // A file that leaves the factor out must not silence the term.
        return new LossTerm(kind, factor == null ? 1 : ((Number) factor).doubleValue(), values);
    }

    private static LossKind kind(Object name) {
        for (LossKind kind : LossKind.values()) {
            if (kind.name().equals(name)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("a loss term has the kind " + name + ", but must have one of "
                + List.of(LossKind.values()));
    }

    private static void requireHas(LossKind kind, Setting setting) {
        if (!kind.has(setting)) {
            throw new IllegalArgumentException(kind.lossName() + " has no " + setting.method());
        }
    }

    /**
     * The term as plain values, of which {@link #of} makes an equal one.
     *
     * @return kind, coefficient and settings by name
     */
    @JsonValue
    public Map<String, Object> stored() {
        Map<String, Object> stored = new LinkedHashMap<>();
        stored.put(KIND, kind.name());
        stored.put(COEFFICIENT, coefficient);
        values.forEach((setting, value) -> stored.put(setting.method(),
                value instanceof List<?> list ? new ArrayList<>(list) : value));
        return stored;
    }

    /**
     * The term with another value of a setting.
     *
     * @param setting one that the kind has
     * @param value   a number, a boolean or a list, as the setting's type says
     * @return the new term
     * @throws IllegalArgumentException if the kind does not have it or the value does not fit
     */
    public LossTerm with(Setting setting, Object value) {
        requireHas(kind, setting);
        Map<Setting, Object> changed = new EnumMap<>(Setting.class);
        changed.putAll(values);
        changed.put(setting, value);
        return new LossTerm(kind, coefficient, changed);
    }

    /**
     * The term times a factor.
     *
     * @param factor a finite number
     * @return the new term
     * @throws IllegalArgumentException if the product is not finite
     */
    public LossTerm times(double factor) {
        return new LossTerm(kind, coefficient * factor, values);
    }

    /**
     * What a backend computes for a sum of terms.
     *
     * @param terms       the summands
     * @param ignoreIndex the label of void pixels, or null
     * @return the loss
     */
    public static LossSpec spec(List<LossTerm> terms, Integer ignoreIndex) {
        List<RegionTerm> regions = new ArrayList<>();
        List<PixelTerm> pixels = new ArrayList<>();
        List<SeparateTerm> separate = new ArrayList<>();
        for (LossTerm term : terms) {
            RegionTerm region = term.kind.region(term);
            if (region != null) {
                regions.add(region);
            } else if (term.kind.isSeparate()) {
                separate.add(term.kind.separate(term));
            } else {
                pixels.add(term.kind.pixel(term));
            }
        }
        return new LossSpec(regions, pixels, separate, ignoreIndex, null);
    }

    /**
     * Which loss.
     *
     * @return the kind
     */
    public LossKind kind() {
        return kind;
    }

    /**
     * The factor in the sum.
     *
     * @return a finite number
     */
    public double coefficient() {
        return coefficient;
    }

    @SuppressWarnings("unchecked") // Setting.checked made the lists.
    ClassSelection selection() {
        return new ClassSelection((List<Integer>) values.get(Setting.CLASS_INDEXES),
                (List<Double>) values.get(Setting.CLASS_WEIGHTS),
                !Boolean.FALSE.equals(values.get(Setting.INCLUDE_BACKGROUND)));
    }

    @SuppressWarnings("unchecked") // Setting.checked made the lists.
    List<PairSum.Group> classGroups() {
        List<List<Integer>> groups = (List<List<Integer>>) values.get(Setting.CLASS_GROUPS);
        return groups == null ? null : groups.stream().map(PairSum.Group::new).toList();
    }

    @SuppressWarnings("unchecked") // Setting.checked made the lists.
    List<List<Double>> distances() {
        return (List<List<Double>>) values.get(Setting.DISTANCES);
    }

    boolean perImage() {
        return Boolean.TRUE.equals(values.get(Setting.PER_IMAGE));
    }

    double smooth() {
        return (double) values.get(Setting.SMOOTH);
    }

    /** The constant above a fraction. */
    double numeratorSmooth() {
        return (double) values.getOrDefault(Setting.NUMERATOR_SMOOTH, values.get(Setting.SMOOTH));
    }

    boolean isTrue(Setting setting) {
        return Boolean.TRUE.equals(values.get(setting));
    }

    /** A number that only some kinds have. */
    double number(Setting setting, double otherwise) {
        return (double) values.getOrDefault(setting, otherwise);
    }

    /** The constant of an enum that a choice names, or what stands for none. */
    <E extends Enum<E>> E choice(Setting setting, Class<E> type, E otherwise) {
        Object word = values.get(setting);
        return word == null ? otherwise : Enum.valueOf(type, (String) word);
    }

    double beta() {
        return (double) values.get(Setting.BETA);
    }

    double alpha() {
        return (double) values.get(Setting.ALPHA);
    }

    double gamma() {
        return (double) values.get(Setting.GAMMA);
    }

    boolean onlyPresent() {
        return (boolean) values.get(Setting.ONLY_PRESENT);
    }

    boolean exact() {
        return (boolean) values.get(Setting.EXACT);
    }

    double fraction() {
        return (double) values.get(Setting.FRACTION);
    }

    double threshold() {
        return (double) values.get(Setting.THRESHOLD);
    }

    long minKept() {
        return (long) (double) values.get(Setting.MIN_KEPT);
    }

    int bins() {
        return (int) (double) values.get(Setting.BINS);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof LossTerm other && kind == other.kind && coefficient == other.coefficient
                && values.equals(other.values);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, coefficient, values);
    }

    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ", kind.name() + "(", ")");
        text.add(COEFFICIENT + "=" + coefficient);
        values.forEach((setting, value) -> text.add(setting.method() + "=" + value));
        return text.toString();
    }
}
