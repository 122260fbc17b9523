package org.segloss4j.cli.report;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * What a command ran with: every option, those of its mixins, too, and what came of them.
 *
 * @param command what was typed, ready to be pasted into a shell; empty if not known
 * @param values  by name, in order
 */
public record RunSettings(String command, Map<String, String> values) {

    /** Nothing is known. */
    static final RunSettings NONE = new RunSettings("", Map.of());

    /**
     * The options of a command that runs.
     *
     * @param spec of the command, after its arguments were parsed
     */
    public static RunSettings of(CommandSpec spec) {
        ParseResult parsed = spec.commandLine().getParseResult();
        Map<String, String> values = new LinkedHashMap<>();
        for (OptionSpec option : spec.options()) {
            String value = text(option.getValue());
            // Switches that are off, and help, say nothing.
            if (!value.isEmpty() && !value.equals("false")) {
                values.put(option.longestName(), value + (parsed.hasMatchedOption(option) ? "" : " (default)"));
            }
        }
        List<String> words = new ArrayList<>(List.of("segloss4j", spec.name()));
        parsed.originalArgs().stream().dropWhile(word -> word.equals(spec.name())).map(RunSettings::quoted)
                .forEach(words::add);
        return new RunSettings(String.join(" ", words), values);
    }

    /** The settings and one more. */
    public RunSettings with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(values);
        more.put(name, value);
        return new RunSettings(command, more);
    }

    private static String text(Object value) {
        if (value == null) {
            return "";
        }
        if (value.getClass().isArray()) {
            return IntStream.range(0, Array.getLength(value)).mapToObj(k -> text(Array.get(value, k)))
                    .collect(Collectors.joining(", "));
        }
        return value instanceof Collection<?> all ? all.stream().map(RunSettings::text)
                .collect(Collectors.joining(", ")) : value.toString();
    }

    /** As a POSIX shell reads it. */
    private static String quoted(String word) {
        return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
