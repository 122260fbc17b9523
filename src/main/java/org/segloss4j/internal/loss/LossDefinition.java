package org.segloss4j.internal.loss;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.nd4j.RowOrder;

/**
 * What a loss is made of.
 *
 * @param name        not blank
 * @param terms       the summands, at least one
 * @param ignoreIndex the label of void pixels, or null
 * @param rows        how the rows of an array of rank 2 make up examples, or null if nobody has said
 */
public record LossDefinition(String name, List<LossTerm> terms, Integer ignoreIndex, RowOrder rows) {

    /**
     * Checks and copies.
     *
     * @param name        not blank
     * @param terms       the summands, at least one
     * @param ignoreIndex the label of void pixels, or null
     * @param rows        how the rows of an array of rank 2 make up examples, or null if nobody has said
     * @throws IllegalArgumentException if the name is blank, there is no term, or one is null
     */
    public LossDefinition {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("a loss needs a name");
        }
        if (terms == null || terms.isEmpty()) {
            throw new IllegalArgumentException("the loss " + name + " has no terms");
        }
        if (terms.stream().anyMatch(Objects::isNull)) {
            throw new IllegalArgumentException("the loss " + name + " has a term that is null");
        }
        terms = List.copyOf(terms);
    }

    /**
     * A loss with its defaults.
     *
     * @param kind which one
     */
    public LossDefinition(LossKind kind) {
        this(kind.lossName(), List.of(new LossTerm(kind)), null, null);
    }

    /**
     * The loss under another name.
     *
     * @param other the name
     * @return the new loss
     */
    public LossDefinition named(String other) {
        return new LossDefinition(other, terms, ignoreIndex, rows);
    }

    /**
     * The loss with a label of void pixels.
     *
     * @param label the label
     * @return the new loss
     */
    public LossDefinition ignoring(int label) {
        return new LossDefinition(name, terms, label, rows);
    }

    /**
     * The loss with other rows.
     *
     * @param others how rows make up examples
     * @return the new loss
     */
    public LossDefinition rows(RowOrder others) {
        return new LossDefinition(name, terms, ignoreIndex, others);
    }

    /**
     * The sum of two losses.
     *
     * @param other the second
     * @return the new loss, named {@code a_plus_b}
     * @throws IllegalArgumentException if they disagree on the ignored label or on rows; names both
     */
    public LossDefinition plus(LossDefinition other) {
        return sum(List.of(this, other));
    }

    /**
     * The sum of many losses, in time and memory that grow with their number alone, unlike sums of sums.
     *
     * @param losses at least one
     * @return the new loss, named {@code a_plus_b_plus_c}
     * @throws IllegalArgumentException if two of them disagree on the ignored label or on rows; names both
     */
    public static LossDefinition sum(List<LossDefinition> losses) {
        LossDefinition ignoring = null;
        LossDefinition ofRows = null;
        List<LossTerm> all = new ArrayList<>();
        for (LossDefinition loss : losses) {
            if (loss.ignoreIndex != null) {
                requireSame(ignoring, loss, each -> "ignoreIndex " + each.ignoreIndex);
                ignoring = ignoring == null ? loss : ignoring;
            }
            if (loss.rows != null) {
                requireSame(ofRows, loss, each -> each.rows.toString());
                ofRows = ofRows == null ? loss : ofRows;
            }
            all.addAll(loss.terms);
        }
        String name = losses.stream().map(LossDefinition::name).collect(Collectors.joining("_plus_"));
        return new LossDefinition(name, all, ignoring == null ? null : ignoring.ignoreIndex,
                ofRows == null ? null : ofRows.rows);
    }

    private static void requireSame(LossDefinition first, LossDefinition other,
                                    Function<LossDefinition, String> property) {
        if (first != null && !property.apply(first).equals(property.apply(other))) {
            throw new IllegalArgumentException(first.name + " has " + property.apply(first) + ", but " + other.name
                    + " has " + property.apply(other));
        }
    }

    /**
     * The loss times a factor.
     *
     * @param factor a finite number
     * @return the new loss, with the factor before its name
     * @throws IllegalArgumentException if a coefficient is no longer finite
     */
    public LossDefinition times(double factor) {
        String prefix = factor == Math.rint(factor) && Math.abs(factor) < 1e9 ? Long.toString((long) factor)
                : Double.toString(factor);
        return new LossDefinition(prefix + name, terms.stream().map(t -> t.times(factor)).toList(), ignoreIndex, rows);
    }

    /**
     * The loss with another value of a setting.
     *
     * @param setting the setting
     * @param value   its value
     * @return the new loss
     * @throws IllegalArgumentException      if the value does not fit
     * @throws UnsupportedOperationException if this is a sum, or the loss does not have the setting; names those that
     *                                       do
     */
    public LossDefinition with(Setting setting, Object value) {
        if (terms.size() > 1) {
            throw new UnsupportedOperationException(name + " has no " + setting.method()
                    + "; set it on the losses before adding them");
        }
        if (!terms.get(0).kind().has(setting)) {
            throw new UnsupportedOperationException(name + " has no " + setting.method() + ", which is a setting of "
                    + Arrays.stream(LossKind.values()).filter(kind -> kind.has(setting)).map(LossKind::lossName)
                    .collect(Collectors.joining(", ")));
        }
        return new LossDefinition(name, List.of(terms.get(0).with(setting, value)), ignoreIndex, rows);
    }

    /**
     * The value of each term by its name: of a second term of one name, with a number behind it.
     *
     * @param summands what a backend computed for {@link #spec}: of its region terms, its pixel terms, and the terms
     *                 that make passes of their own, each in order
     * @return the values in the order of the terms; together they are the value of the loss
     */
    public Map<String, Double> byTerm(double[] summands) {
        LossSpec whole = spec();
        int region = 0;
        int pixel = whole.regions().size();
        int separate = pixel + whole.pixels().size();
        Map<String, Double> values = new LinkedHashMap<>();
        List<String> names = termNames();
        for (int t = 0; t < terms.size(); t++) {
            // A term may be made of several, such as a ratio of two sums.
            LossSpec own = LossTerm.spec(List.of(terms.get(t)), ignoreIndex);
            double value = 0;
            for (int end = region + own.regions().size(); region < end; region++) {
                value += summands[region];
            }
            for (int end = pixel + own.pixels().size(); pixel < end; pixel++) {
                value += summands[pixel];
            }
            for (int end = separate + own.separate().size(); separate < end; separate++) {
                value += summands[separate];
            }
            values.put(names.get(t), value);
        }
        return Collections.unmodifiableMap(values);
    }

    /**
     * Each term by itself.
     *
     * @return by the names of {@link #termNames} and in their order
     */
    public Map<String, LossSpec> termSpecs() {
        Map<String, LossSpec> specs = new LinkedHashMap<>();
        List<String> names = termNames();
        for (int t = 0; t < terms.size(); t++) {
            specs.put(names.get(t), LossTerm.spec(List.of(terms.get(t)), ignoreIndex));
        }
        return specs;
    }

    /**
     * The names of the terms.
     *
     * @return each once: the name of the loss, of a second one with a number behind it
     */
    public List<String> termNames() {
        Map<String, Integer> counts = new HashMap<>();
        return terms.stream().map(term -> term.kind().lossName()).map(name -> {
            int count = counts.merge(name, 1, Integer::sum);
            return count == 1 ? name : name + "_" + count;
        }).toList();
    }

    /**
     * What a backend computes.
     *
     * @return the loss as data
     */
    public LossSpec spec() {
        return LossTerm.spec(terms, ignoreIndex);
    }

    @Override
    public String toString() {
        return name + terms + (ignoreIndex == null ? "" : " ignoreIndex=" + ignoreIndex)
                + (rows == null ? "" : " " + rows);
    }
}
