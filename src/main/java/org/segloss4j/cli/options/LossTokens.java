package org.segloss4j.cli.options;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.segloss4j.cli.input.UsageException;

/** The tokens of a loss expression: numbers, names, words in quotes and signs. One is at hand, the next one to read. */
final class LossTokens {

    private static final Pattern TOKEN = Pattern.compile(
            "\\s*(?:(?<number>(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?)|(?<name>[A-Za-z_][\\w.]*)"
                    + "|(?<quoted>\"\\w*\"|'\\w*')|(?<sign>[-+*(),=\\[\\]]))");
    private static final String END = "";

    private final String whole;
    private final Matcher matcher;
    private String token;
    private int place;
    private boolean inValue;

    LossTokens(String whole) {
        this.whole = whole;
        matcher = TOKEN.matcher(whole);
        advance(0);
    }

    String text() {
        return token;
    }

    /** Where it begins, counted from 1. */
    int place() {
        return place;
    }

    /** Says whether the value of a setting is read, which alone may be negative. */
    void inValue(boolean isValue) {
        inValue = isValue;
    }

    boolean isEnd() {
        return token.equals(END);
    }

    boolean is(String sign) {
        return token.equals(sign);
    }

    boolean isNumber() {
        return !isEnd() && matcher.group("number") != null;
    }

    boolean startsNumber() {
        return isNumber() || is("-");
    }

    boolean isName() {
        return !isEnd() && matcher.group("name") != null;
    }

    boolean isQuoted() {
        return !isEnd() && matcher.group("quoted") != null;
    }

    void expect(String sign) {
        if (!is(sign)) {
            throw unexpected(sign);
        }
        advance();
    }

    void advance() {
        advance(matcher.end());
    }

    /** Reads on from somewhere. */
    void advance(int from) {
        if (whole.substring(from).isBlank()) {
            token = END;
            place = whole.length() + 1;
            return;
        }
        matcher.region(from, whole.length());
        if (!matcher.lookingAt() || !inValue && "-".equals(matcher.group("sign"))) {
            int at = from;
            while (Character.isWhitespace(whole.charAt(at))) {
                at++;
            }
            char sign = whole.charAt(at);
            throw problem("unexpected " + sign + (sign == '-' ? ", which only the value of a setting may have" : ""),
                    at + 1);
        }
        token = matcher.group().strip();
        place = matcher.end() - token.length() + 1;
    }

    /** Behind this token and, if a bracket follows, behind the one that closes it; those within quotes do not count. */
    int endOfCall() {
        int open = matcher.end();
        while (open < whole.length() && Character.isWhitespace(whole.charAt(open))) {
            open++;
        }
        if (open == whole.length() || whole.charAt(open) != '(') {
            return matcher.end();
        }
        int inside = 0;
        char quote = 0;
        for (int at = open; at < whole.length(); at++) {
            char sign = whole.charAt(at);
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
        return whole.length();
    }

    UsageException unexpected(String wanted) {
        return problem((isEnd() ? "it ends" : "there is " + token) + " where " + wanted + " should be", place);
    }

    UsageException problem(String what, int at, String... more) {
        return new UsageException("--loss: " + what + ", at character " + at + " of \"" + whole + "\""
                + (more.length == 0 ? "" : "; " + more[0]));
    }
}
