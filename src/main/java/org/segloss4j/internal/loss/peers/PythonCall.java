package org.segloss4j.internal.loss.peers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A constructor call as Python's users write it, such as {@code DiceLoss(mode="multiclass", classes=[1, 2])}: keyword
 * arguments alone, whose values are numbers, True, False, None, words with or without quotes, lists, tuples and
 * dictionaries of these. Modules in front of the name are left out.
 *
 * @param name      of the class
 * @param arguments values by name: Double, Boolean, String, List or Map; none is null
 */
public record PythonCall(String name, Map<String, Object> arguments) {

    private static final int DEEPEST = 20;

    /**
     * Reads a call.
     *
     * @param text such as {@code losses.DiceLoss(mode="binary")}; without parentheses there are no arguments
     * @return the call
     * @throws IllegalArgumentException if it is none; names the place
     */
    public static PythonCall of(String text) {
        Reader reader = new Reader(text);
        PythonCall call = reader.call();
        reader.expectEnd();
        return call;
    }

    /** Reads one token after the other. */
    private static final class Reader {

        private static final Pattern TOKEN = Pattern.compile("\\s*(?:(?<number>[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)"
                + "(?:[eE][+-]?\\d+)?)|(?<name>[A-Za-z_][\\w.]*)|(?<text>\"[^\"]*\"|'[^']*')|(?<sign>[(),=:\\[\\]{}])"
                + "|(?<end>$))");

        private final String text;
        private final Matcher matcher;
        private int depth;

        Reader(String text) {
            this.text = text;
            matcher = TOKEN.matcher(text);
            advance(0);
        }

        PythonCall call() {
            if (matcher.group("name") == null) {
                throw unexpected("the name of a loss");
            }
            String path = matcher.group("name");
            advance();
            Map<String, Object> arguments = new LinkedHashMap<>();
            if (is("(")) {
                arguments = pairs(")", "=");
            }
            return new PythonCall(path.substring(path.lastIndexOf('.') + 1), arguments);
        }

        void expectEnd() {
            if (matcher.group("end") == null) {
                throw unexpected("the end");
            }
        }

        /** What stands between two brackets: names or texts with values, separated by commas. */
        private Map<String, Object> pairs(String closing, String between) {
            Map<String, Object> pairs = new LinkedHashMap<>();
            advance();
            while (!is(closing)) {
                String key = matcher.group("text") != null ? unquoted() : matcher.group("name");
                if (key == null && !between.equals("=")) {
                    throw unexpected("a name with " + between + ", or " + closing);
                }
                String given = matcher.group().strip();
                int at = matcher.end() - given.length() + 1;
                advance();
                if (between.equals("=") && (key == null || !is(between))) {
                    throw new IllegalArgumentException("there is " + given + " without a name, at character " + at
                            + " of \"" + text + "\": give each parameter by its name, such as smooth=1");
                }
                expect(between);
                Object value = value();
                if (pairs.containsKey(key)) {
                    throw new IllegalArgumentException(key + " is given twice in \"" + text + "\"");
                }
                if (value != null) {
                    pairs.put(key, value);
                }
                comma(closing);
            }
            advance();
            return pairs;
        }

        private Object value() {
            if (++depth > DEEPEST) {
                throw new IllegalArgumentException("there are more than " + DEEPEST + " brackets in one another in \""
                        + text + "\"");
            }
            Object value = is("[") ? list("]") : is("(") ? list(")") : is("{") ? pairs("}", ":") : scalar();
            depth--;
            return value;
        }

        private List<Object> list(String closing) {
            List<Object> list = new ArrayList<>();
            advance();
            while (!is(closing)) {
                list.add(value());
                comma(closing);
            }
            advance();
            return list;
        }

        private Object scalar() {
            Object value;
            if (matcher.group("number") != null) {
                value = Double.valueOf(matcher.group("number"));
            } else if (matcher.group("text") != null) {
                value = unquoted();
            } else if (matcher.group("name") != null) {
                value = switch (matcher.group("name").toLowerCase(Locale.ROOT)) {
                    case "true" -> true;
                    case "false" -> false;
                    case "none", "null" -> null;
                    default -> matcher.group("name");
                };
            } else {
                throw unexpected("a value");
            }
            advance();
            return value;
        }

        private String unquoted() {
            String quoted = matcher.group("text");
            return quoted.substring(1, quoted.length() - 1);
        }

        private void comma(String closing) {
            if (is(",")) {
                advance();
            } else if (!is(closing)) {
                throw unexpected(", or " + closing);
            }
        }

        private boolean is(String sign) {
            return sign.equals(matcher.group("sign"));
        }

        private void expect(String sign) {
            if (!is(sign)) {
                throw unexpected(sign);
            }
            advance();
        }

        private void advance() {
            advance(matcher.end());
        }

        private void advance(int from) {
            matcher.region(from, text.length());
            if (!matcher.lookingAt()) {
                throw new IllegalArgumentException("unexpected " + text.substring(from).strip().charAt(0)
                        + " at character " + (from + 1) + " of \"" + text + "\"");
            }
        }

        private IllegalArgumentException unexpected(String wanted) {
            String found = matcher.group().strip();
            return new IllegalArgumentException((found.isEmpty() ? "it ends" : "there is " + found) + " where " + wanted
                    + " should be, at character " + (matcher.end() - found.length() + 1) + " of \"" + text + "\"");
        }
    }
}
