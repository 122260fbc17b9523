package org.segloss4j.cli.options;

import java.util.ArrayList;
import java.util.List;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.internal.loss.Setting;

/** Reads the values of settings in a loss expression: numbers, true or false, words and lists. */
final class SettingValues {

    /** Each pair of brackets takes a few frames of the stack. */
    private static final int DEEPEST = 100;

    private final LossTokens tokens;
    private int depth;

    SettingValues(LossTokens tokens) {
        this.tokens = tokens;
    }

    /**
     * Reads a value, whose last token stays at hand.
     *
     * @param setting says which type it must have
     * @throws UsageException if it has another one; names the place
     */
    Object of(Setting setting) {
        return switch (setting.type()) {
            case NUMBER -> number();
            case TRUTH -> truth();
            case NUMBERS, INDEXES, GROUPS, MATRIX -> list();
            case NUMBER_OR_NUMBERS -> tokens.startsNumber() ? (Object) number() : list();
            case CHOICE -> word();
        };
    }

    private double number() {
        if (tokens.is("-")) {
            tokens.advance();
            return -positiveNumber();
        }
        return positiveNumber();
    }

    private double positiveNumber() {
        if (!tokens.isNumber()) {
            throw tokens.unexpected("a number");
        }
        return Double.parseDouble(tokens.text());
    }

    private boolean truth() {
        if (!tokens.text().equalsIgnoreCase("true") && !tokens.text().equalsIgnoreCase("false")) {
            throw tokens.unexpected("true or false");
        }
        return tokens.text().equalsIgnoreCase("true");
    }

    private String word() {
        if (tokens.isQuoted()) {
            return tokens.text().substring(1, tokens.text().length() - 1);
        }
        if (!tokens.isName()) {
            throw tokens.unexpected("a word");
        }
        return tokens.text();
    }

    /** A single number stands for a list of one; as a weight it is that of all classes. */
    private List<Object> list() {
        if (tokens.startsNumber()) {
            return List.of(number());
        }
        if (!tokens.is("[")) {
            throw tokens.unexpected("a number or [");
        }
        if (++depth > DEEPEST) {
            throw new UsageException("--loss: there are more than " + DEEPEST + " brackets in one another");
        }
        List<Object> items = new ArrayList<>();
        do {
            tokens.advance();
            items.add(tokens.is("[") ? list() : (Object) number());
            tokens.advance();
        } while (tokens.is(","));
        if (!tokens.is("]")) {
            throw tokens.unexpected(", or ]");
        }
        depth--;
        return items;
    }
}
