package org.segloss4j.cli.options;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.activations.Activation;
import org.segloss4j.Compat;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.input.Suggestion;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.options.LossExpression.Term;
import org.segloss4j.internal.loss.Setting;

/**
 * Reads loss expressions, by recursive descent:
 *
 * <pre>
 * sum     = product { "+" product }
 * product = factor { "*" factor }           at most one of them holds losses
 * factor  = number | name [ settings ] | library "." call | "(" sum ")"
 * settings = "(" setting "=" value { "," setting "=" value } ")"
 * value   = number | "true" | "false" | word | list                        one number is a list of one; words may
 *                                                                          stand in quotes, as in Python
 * list    = "[" item { "," item } "]"                                      an item is a number or a list
 * call    = a loss of another library as it is written in Python, such as smp_0_5.DiceLoss(mode="binary")
 * </pre>
 *
 * Letters may be large or small.
 */
final class LossParser {

    /** Each pair of parentheses takes a few frames of the stack. */
    private static final int DEEPEST = 100;

    /** Settings with which not each class has a weight. */
    private static final Set<Setting> CHOOSING = EnumSet.of(Setting.CLASS_INDEXES, Setting.CLASS_GROUPS,
            Setting.INCLUDE_BACKGROUND);

    private final String text;
    /** Of the predictions. */
    private final int channels;
    private final LossTokens tokens;
    private final SettingValues values;
    private int depth;

    LossParser(String text, int channels) {
        this.text = text;
        this.channels = channels;
        tokens = new LossTokens(text);
        values = new SettingValues(tokens);
    }

    /** A number (no terms) or a sum of losses times the factor. */
    private record Value(double factor, List<Term> terms) {
        boolean isNumber() {
            return terms.isEmpty();
        }

        List<Term> scaled() {
            return terms.stream().map(t -> t.times(factor)).toList();
        }
    }

    List<Term> parse() {
        Value sum = sum();
        if (!tokens.isEnd()) {
            throw tokens.unexpected("+, * or the end");
        }
        if (sum.isNumber()) {
            throw new UsageException("--loss: \"" + text + "\" is a number without a loss");
        }
        if (sum.scaled().stream().allMatch(term -> term.factor() == 0)) {
            throw new UsageException("--loss: every factor in \"" + text + "\" is 0, so there is nothing to minimise");
        }
        for (Term term : sum.scaled()) {
            if (Double.isInfinite(term.factor()) || Double.isNaN(term.factor())) {
                throw new UsageException("--loss: a factor in \"" + text + "\" is too large");
            }
        }
        return sum.scaled();
    }

    private Value sum() {
        int start = tokens.place();
        Value first = product();
        if (!tokens.is("+")) {
            return first;
        }
        List<Term> terms = new ArrayList<>(summand(first, start));
        while (tokens.is("+")) {
            tokens.advance();
            int at = tokens.place();
            terms.addAll(summand(product(), at));
        }
        return new Value(1, terms);
    }

    private List<Term> summand(Value value, int at) {
        if (value.isNumber()) {
            throw tokens.problem("a number cannot be added to a loss", at);
        }
        return value.scaled();
    }

    private Value product() {
        Value product = factor();
        while (tokens.is("*")) {
            tokens.advance();
            int at = tokens.place();
            Value next = factor();
            if (!product.isNumber() && !next.isNumber()) {
                throw tokens.problem("losses cannot be multiplied with each other", at);
            }
            product = new Value(product.factor * next.factor, product.isNumber() ? next.terms : product.terms);
        }
        return product;
    }

    private Value factor() {
        if (tokens.is("(")) {
            if (++depth > DEEPEST) {
                throw new UsageException("--loss: there are more than " + DEEPEST + " parentheses in one another");
            }
            tokens.advance();
            Value inner = sum();
            tokens.expect(")");
            depth--;
            return inner;
        }
        if (tokens.isNumber()) {
            double number = Double.parseDouble(tokens.text());
            tokens.advance();
            return new Value(number, List.of());
        }
        if (tokens.isName()) {
            return loss();
        }
        throw tokens.unexpected("a loss, a number or (");
    }

    private Value loss() {
        String name = tokens.text();
        int at = tokens.place();
        if (name.contains(".")) {
            return ofOtherLibrary();
        }
        List<SegmentationLoss> parts = LossNames.parts(name);
        if (parts == null) {
            throw tokens.problem("there is no loss " + name + Suggestion.among(name, LossNames.all()), at,
                    "known are " + LossNames.titles());
        }
        tokens.advance();
        if (tokens.is("(")) {
            if (parts.size() > 1) {
                throw tokens.problem(name + " is a sum and takes no settings", tokens.place());
            }
            return new Value(1, List.of(settings(parts.get(0))));
        }
        return new Value(1, parts.stream().map(loss -> new Term(1, loss, Map.of())).toList());
    }

    private Value ofOtherLibrary() {
        int at = tokens.place();
        int end = tokens.endOfCall();
        try {
            String call = text.substring(at - 1, end);
            int dot = call.indexOf('.');
            Compat library = Compat.named(call.substring(0, dot));
            SegmentationLoss loss = library.loss(call.substring(dot + 1));
            Activation activation = library.activation(call.substring(dot + 1));
            tokens.advance(end);
            return new Value(1, List.of(new Term(1, loss, Map.of(), activation, call)));
        } catch (IllegalArgumentException e) {
            throw tokens.problem(e.getMessage(), at);
        }
    }

    private Term settings(SegmentationLoss plain) {
        SegmentationLoss loss = plain;
        Map<Setting, Object> given = new EnumMap<>(Setting.class);
        int weightsAt = tokens.place();
        do {
            tokens.advance();
            String name = tokens.text();
            int at = tokens.place();
            if (!tokens.isName()) {
                throw tokens.unexpected("a setting");
            }
            try {
                Setting setting = setting(name);
                if (given.containsKey(setting)) {
                    throw new IllegalArgumentException(setting.pythonName() + " is given twice");
                }
                tokens.advance();
                tokens.inValue(true);
                tokens.expect("=");
                Object value = values.of(setting);
                tokens.inValue(false);
                given.put(setting, value);
                if (setting == Setting.CLASS_WEIGHTS) {
                    weightsAt = at;
                } else {
                    loss = loss.set(setting.method(), value);
                }
            } catch (IllegalArgumentException | UnsupportedOperationException e) {
                throw tokens.problem(inThisLanguage(e.getMessage()), at);
            }
            tokens.advance();
        } while (tokens.is(","));
        tokens.expect(")");
        return new Term(1, given.containsKey(Setting.CLASS_WEIGHTS) ? weighted(loss, given, weightsAt) : loss, given);
    }

    /** Last, wherever they were written, since their number is checked against the classes that count. */
    private SegmentationLoss weighted(SegmentationLoss loss, Map<Setting, Object> given, int at) {
        // Here their place is known. What chooses classes knows how many it chooses.
        boolean isOfAll = Collections.disjoint(given.keySet(), CHOOSING) && !loss.needsSkeleton();
        int weights = given.get(Setting.CLASS_WEIGHTS) instanceof List<?> list ? list.size() : 1;
        if (isOfAll && weights != 1 && weights != channels) {
            throw tokens.problem("class_weights has " + weights + " values, but there "
                    + (channels == 1 ? "is 1 class" : "are " + channels + " classes"), at);
        }
        try {
            return loss.set(Setting.CLASS_WEIGHTS.method(), given.get(Setting.CLASS_WEIGHTS));
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            throw tokens.problem(inThisLanguage(e.getMessage()), at);
        }
    }

    /** What a loss says, with the names of settings that are written here in the place of those of Java. */
    private static String inThisLanguage(String message) {
        String text = message;
        for (Setting setting : Setting.values()) {
            text = text.replaceAll("\\b" + setting.method() + "\\b", setting.pythonName());
        }
        return text;
    }

    private static Setting setting(String name) {
        for (Setting setting : Setting.values()) {
            if (setting.method().equalsIgnoreCase(name) || setting.pythonName().equalsIgnoreCase(name)) {
                return setting;
            }
        }
        List<String> known = Arrays.stream(Setting.values()).map(Setting::pythonName).toList();
        throw new IllegalArgumentException("there is no setting " + name + Suggestion.among(name, known)
                + "; known are " + String.join(", ", known));
    }
}
