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
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;
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
        new TermChecks(this).all();
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
        if (!Double.isFinite(factor)) {
            throw new IllegalArgumentException("the factor is " + factor + ", but must be a finite number");
        }
        if (!Double.isFinite(coefficient * factor)) {
            throw new IllegalArgumentException("a factor of the loss is " + coefficient * factor
                    + " after it is multiplied by " + factor + ", but must be a finite number");
        }
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
            regions.addAll(term.kind.regions(term));
            pixels.addAll(term.kind.pixels(term));
            if (term.kind.isSeparate()) {
                separate.add(term.kind.separate(term));
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

    /** Whether the class weights are as many as the classes or groups of predictions of so many channels. */
    boolean fits(int channels) {
        List<Double> weights = numbers(Setting.CLASS_WEIGHTS);
        if (weights == null || weights.size() == 1) {
            return true;
        }
        List<PairSum.Group> groups = classGroups();
        // Skeletons of the background are never looked for, unless by index.
        boolean background = selection().background()
                && (selection().indexes() != null || kind.otherLabels() != OtherLabels.SKELETON);
        return weights.size() == (groups != null ? groups.size()
                : new ClassSelection(selection().indexes(), null, background).occurrences(channels).size());
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
        return isTrue(Setting.PER_IMAGE);
    }

    /** The value of a setting, or null if the loss does not have it or it is left out. */
    Object value(Setting setting) {
        return values.get(setting);
    }

    /** The value of a setting that has a default. */
    double number(Setting setting) {
        return (double) values.get(setting);
    }

    /** The value of a setting, or null if the loss does not have it. */
    String word(Setting setting) {
        return (String) values.get(setting);
    }

    /** The values of a setting, or null if it is left out. */
    @SuppressWarnings("unchecked") // Setting.checked made the lists.
    List<Double> numbers(Setting setting) {
        return (List<Double>) values.get(setting);
    }

    /** ε of the labels, 0 if the loss does not have it. */
    double smoothing() {
        return values.get(Setting.LABEL_SMOOTHING) instanceof Double epsilon ? epsilon : 0;
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
