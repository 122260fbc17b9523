package org.segloss4j.cli.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.LabelMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the values or colours in mask files mean: the classes, what is void, and names. */
public final class LabelOptions {

    private static final String CLASSES = "--classes";
    private static final String VALUES = "--values";
    private static final String LABEL_MAP = "--label-map";
    private static final String IGNORE = "--ignore";
    private static final String NAMES = "--names";

    private static final Pattern VALUE = Pattern.compile("(\\d{1,9})|#([0-9a-fA-F]{6})");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = CLASSES, paramLabel = "N",
            description = "Number of classes; the masks store 0 to N-1.")
    private Integer classes;

    @Option(names = VALUES, split = ",", paramLabel = "V",
            description = "Instead of --classes: what the masks store for each class, from class 0 on, such as 0,255"
                    + " for black and white, or #000000,#ff0000 for colours.")
    private List<String> values = List.of();

    @Option(names = LABEL_MAP, paramLabel = "FILE|NAME",
            description = "Instead of --classes: a text file with a line \"value class [name] [#rrggbb]\" for each"
                    + " value, or one of binary, cityscapes, cityscapes-trainids, voc, camvid.")
    private String labelMap;

    @Option(names = IGNORE, split = ",", paramLabel = "K",
            description = "Values of void pixels, which count nowhere; may be classes or not.")
    private List<String> ignored = List.of();

    @Option(names = NAMES, split = ",", paramLabel = "NAME", description = "Names of the classes, from class 0 on.")
    private List<String> names = List.of();

    /** The first of these options that is given, or null. */
    public String given() {
        return classes != null ? CLASSES : !values.isEmpty() ? VALUES : labelMap != null ? LABEL_MAP
                : !ignored.isEmpty() ? IGNORE : !names.isEmpty() ? NAMES : null;
    }

    /**
     * The label map of the options.
     *
     * @param least the fewest classes that the command works with
     * @param most  the most
     * @return the map
     * @throws ParameterException for options that are missing, do not go together or have bad values
     * @throws UserException      if the file of the map is missing or bad
     */
    public LabelMap labels(int least, int most) {
        List<String> given = Stream.of(classes == null ? "" : CLASSES, values.isEmpty() ? "" : VALUES,
                labelMap == null ? "" : LABEL_MAP).filter(option -> !option.isEmpty()).toList();
        if (given.isEmpty()) {
            throw wrong("it is not said what the masks store: give --classes N if it is 0 to N-1, --values 0,255 for"
                    + " black and white, or --label-map with a file or one of "
                    + String.join(", ", LabelMap.presets()));
        }
        if (given.size() > 1) {
            throw wrong(String.join(" and ", given) + " are given, but each says alone what the masks store: give one");
        }
        if (classes != null && (classes < least || classes > most)) {
            throw wrong(CLASSES + " is " + classes + ", but must be from " + least + " to " + most);
        }
        LabelMap map = classes != null ? LabelMap.indexes(classes) : labelMap != null ? read() : listed();
        if (map.classes() < least || map.classes() > most) {
            throw wrong(given.get(0) + " has " + map.classes() + (map.classes() == 1 ? " class" : " classes")
                    + ", but there must be from " + least + " to " + most);
        }
        return named(ignoring(map));
    }

    private LabelMap read() {
        if (LabelMap.presets().contains(labelMap)) {
            return LabelMap.preset(labelMap);
        }
        if (!Files.exists(Path.of(labelMap))) {
            throw new UserException(LABEL_MAP + ": " + labelMap + " is neither a file nor one of "
                    + String.join(", ", LabelMap.presets()));
        }
        try {
            return LabelMap.read(Path.of(labelMap));
        } catch (IOException e) {
            throw new UserException(LABEL_MAP + ": " + e.getMessage(), e);
        }
    }

    private LabelMap listed() {
        boolean byColour = values.get(0).strip().startsWith("#");
        try {
            int[] numbers = numbers(VALUES, values, byColour);
            return byColour ? LabelMap.colours(numbers) : LabelMap.values(numbers);
        } catch (IllegalArgumentException e) {
            throw wrong(VALUES + ": " + e.getMessage());
        }
    }

    private LabelMap ignoring(LabelMap map) {
        try {
            return map.ignoring(numbers(IGNORE, ignored, map.byColour()));
        } catch (IllegalArgumentException e) {
            throw wrong(IGNORE + ": " + e.getMessage());
        }
    }

    private LabelMap named(LabelMap map) {
        if (names.isEmpty()) {
            return map;
        }
        try {
            return map.named(names);
        } catch (IllegalArgumentException e) {
            throw wrong(NAMES + ": " + e.getMessage());
        }
    }

    private int[] numbers(String option, List<String> texts, boolean byColour) {
        List<Integer> numbers = new ArrayList<>();
        for (String text : texts) {
            Matcher matcher = VALUE.matcher(text.strip());
            if (!matcher.matches() || (matcher.group(2) != null) != byColour) {
                throw wrong(option + " has \"" + text + "\", which is no " + (byColour ? "colour such as #804080"
                        : "whole number from 0 to 65535"));
            }
            numbers.add(byColour ? Integer.parseInt(matcher.group(2), 16) : Integer.parseInt(matcher.group(1)));
        }
        return numbers.stream().mapToInt(number -> number).toArray();
    }

    /** All wrong usage goes through here: it ends with the exit code 2. */
    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}
