package org.segloss4j.cli.options;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    private static final Pattern TOKEN = Pattern.compile(
            "\\s*(?:(?<number>(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?)|(?<name>[A-Za-z_][\\w.]*)"
                    + "|(?<quoted>\"\\w*\"|'\\w*')|(?<sign>[-+*(),=\\[\\]]))");
    private static final String END = "";
    /** Each pair of parentheses takes a few frames of the stack. */
    private static final int DEEPEST = 100;

    private final String text;
    private final Matcher matcher;
    /** The next token and its place, counted from 1. */
    private String token;
    private int place;
    private int depth;
    /** Whether the value of a setting is read, which alone may be negative. */
    private boolean inValue;

    LossParser(String text) {
        this.text = text;
        matcher = TOKEN.matcher(text);
        advance(0);
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
        if (!token.equals(END)) {
            throw unexpected("+, * or the end");
        }
        if (sum.isNumber()) {
            throw new UsageException("--loss: \"" + text + "\" is a number without a loss");
        }
        for (Term term : sum.scaled()) {
            if (Double.isInfinite(term.factor()) || Double.isNaN(term.factor())) {
                throw new UsageException("--loss: a factor in \"" + text + "\" is too large");
            }
        }
        return sum.scaled();
    }

    private Value sum() {
        int start = place;
        Value first = product();
        if (!token.equals("+")) {
            return first;
        }
        List<Term> terms = new ArrayList<>(summand(first, start));
        while (token.equals("+")) {
            advance();
            int at = place;
            terms.addAll(summand(product(), at));
        }
        return new Value(1, terms);
    }

    private List<Term> summand(Value value, int at) {
        if (value.isNumber()) {
            throw problem("a number cannot be added to a loss", at);
        }
        return value.scaled();
    }

    private Value product() {
        Value product = factor();
        while (token.equals("*")) {
            advance();
            int at = place;
            Value next = factor();
            if (!product.isNumber() && !next.isNumber()) {
                throw problem("losses cannot be multiplied with each other", at);
            }
            product = new Value(product.factor * next.factor, product.isNumber() ? next.terms : product.terms);
        }
        return product;
    }

    private Value factor() {
        if (token.equals("(")) {
            if (++depth > DEEPEST) {
                throw new UsageException("--loss: there are more than " + DEEPEST + " parentheses in one another");
            }
            advance();
            Value inner = sum();
            expect(")");
            depth--;
            return inner;
        }
        if (isNumber()) {
            double number = Double.parseDouble(token);
            advance();
            return new Value(number, List.of());
        }
        if (isName()) {
            return loss();
        }
        throw unexpected("a loss, a number or (");
    }

    private Value loss() {
        String name = token;
        int at = place;
        if (name.contains(".")) {
            return ofOtherLibrary();
        }
        List<SegmentationLoss> parts = LossNames.parts(name);
        if (parts == null) {
            throw problem("there is no loss " + name + Suggestion.among(name, LossNames.all()), at,
                    "known are " + LossNames.titles());
        }
        advance();
        if (token.equals("(")) {
            if (parts.size() > 1) {
                throw problem(name + " is a sum and takes no settings", place);
            }
            return new Value(1, List.of(settings(parts.get(0))));
        }
        return new Value(1, parts.stream().map(loss -> new Term(1, loss, Map.of())).toList());
    }

    private Value ofOtherLibrary() {
        int at = place;
        int end = endOfCall(matcher.end());
        try {
            String call = text.substring(at - 1, end);
            int dot = call.indexOf('.');
            Compat library = Compat.named(call.substring(0, dot));
            SegmentationLoss loss = library.loss(call.substring(dot + 1));
            Activation activation = library.activation(call.substring(dot + 1));
            advance(end);
            return new Value(1, List.of(new Term(1, loss, Map.of(), activation, call)));
        } catch (IllegalArgumentException e) {
            throw problem(e.getMessage(), at);
        }
    }

    /** Behind the bracket that closes the one that follows, if one does; brackets within quotes do not count. */
    private int endOfCall(int from) {
        int open = from;
        while (open < text.length() && Character.isWhitespace(text.charAt(open))) {
            open++;
        }
        if (open == text.length() || text.charAt(open) != '(') {
            return from;
        }
        int inside = 0;
        char quote = 0;
        for (int at = open; at < text.length(); at++) {
            char sign = text.charAt(at);
            if (quote != 0) {
                quote = sign == quote ? 0 : quote;
            } else if (sign == '"' || sign == '\'') {
                quote = sign;
            } else if (sign == '(') {
                inside++;
            } else if (sign == ')' && --inside == 0) {
                return at + 1;
            }
        }
        return text.length();
    }

    private Term settings(SegmentationLoss plain) {
        SegmentationLoss loss = plain;
        Map<Setting, Object> given = new EnumMap<>(Setting.class);
        int weightsAt = place;
        do {
            advance();
            String name = token;
            int at = place;
            if (!isName()) {
                throw unexpected("a setting");
            }
            try {
                Setting setting = setting(name);
                if (given.containsKey(setting)) {
                    throw new IllegalArgumentException(setting.pythonName() + " is given twice");
                }
                advance();
                inValue = true;
                expect("=");
                Object value = value(setting);
                inValue = false;
                given.put(setting, value);
                if (setting == Setting.CLASS_WEIGHTS) {
                    weightsAt = at;
                } else {
                    loss = loss.set(setting.method(), value);
                }
            } catch (IllegalArgumentException | UnsupportedOperationException e) {
                throw problem(e.getMessage(), at);
            }
            advance();
        } while (token.equals(","));
        expect(")");
        return new Term(1, given.containsKey(Setting.CLASS_WEIGHTS) ? weighted(loss, given, weightsAt) : loss, given);
    }

    /** Last, wherever they were written, since their number is checked against the classes that count. */
    private SegmentationLoss weighted(SegmentationLoss loss, Map<Setting, Object> given, int at) {
        try {
            return loss.set(Setting.CLASS_WEIGHTS.method(), given.get(Setting.CLASS_WEIGHTS));
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            throw problem(e.getMessage(), at);
        }
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

    private Object value(Setting setting) {
        return switch (setting.type()) {
            case NUMBER -> number();
            case TRUTH -> truth();
            case NUMBERS, INDEXES, GROUPS, MATRIX -> list();
            case NUMBER_OR_NUMBERS -> startsNumber() ? (Object) number() : list();
            case CHOICE -> word();
        };
    }

    private double number() {
        if (token.equals("-")) {
            advance();
            return -positiveNumber();
        }
        return positiveNumber();
    }

    private double positiveNumber() {
        if (!isNumber()) {
            throw unexpected("a number");
        }
        return Double.parseDouble(token);
    }

    private boolean truth() {
        if (!token.equalsIgnoreCase("true") && !token.equalsIgnoreCase("false")) {
            throw unexpected("true or false");
        }
        return token.equalsIgnoreCase("true");
    }

    private String word() {
        if (!token.equals(END) && matcher.group("quoted") != null) {
            return token.substring(1, token.length() - 1);
        }
        if (!isName()) {
            throw unexpected("a word");
        }
        return token;
    }

    /** A single number stands for a list of one; as a weight it is that of all classes. */
    private List<Object> list() {
        if (startsNumber()) {
            return List.of(number());
        }
        if (!token.equals("[")) {
            throw unexpected("a number or [");
        }
        if (++depth > DEEPEST) {
            throw new UsageException("--loss: there are more than " + DEEPEST + " brackets in one another");
        }
        List<Object> items = new ArrayList<>();
        do {
            advance();
            items.add(token.equals("[") ? list() : (Object) number());
            advance();
        } while (token.equals(","));
        if (!token.equals("]")) {
            throw unexpected(", or ]");
        }
        depth--;
        return items;
    }

    private boolean startsNumber() {
        return isNumber() || token.equals("-");
    }

    private boolean isNumber() {
        return !token.equals(END) && matcher.group("number") != null;
    }

    private boolean isName() {
        return !token.equals(END) && matcher.group("name") != null;
    }

    private void expect(String sign) {
        if (!token.equals(sign)) {
            throw unexpected(sign);
        }
        advance();
    }

    private void advance() {
        advance(matcher.end());
    }

    private void advance(int from) {
        if (text.substring(from).isBlank()) {
            token = END;
            place = text.length() + 1;
            return;
        }
        matcher.region(from, text.length());
        if (!matcher.lookingAt() || !inValue && "-".equals(matcher.group("sign"))) {
            int at = from;
            while (Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            throw problem("unexpected " + text.charAt(at), at + 1);
        }
        token = matcher.group().strip();
        place = matcher.end() - token.length() + 1;
    }

    private UsageException unexpected(String wanted) {
        return problem((token.equals(END) ? "it ends" : "there is " + token) + " where " + wanted + " should be",
                place);
    }

    private UsageException problem(String what, int at, String... more) {
        return new UsageException("--loss: " + what + ", at character " + at + " of \"" + text + "\""
                + (more.length == 0 ? "" : "; " + more[0]));
    }
}
