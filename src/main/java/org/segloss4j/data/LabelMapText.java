package org.segloss4j.data;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.FileNames;
import org.segloss4j.internal.files.InputFile;

/** The text form of label maps, {@code value class [name] [#rrggbb]} a line. A reader is used for one text. */
final class LabelMapText {

    private static final String KIND = "label map";
    private static final String IGNORE = "ignore";
    /** More is no list of classes; the largest one that can be made here is about half of it. */
    private static final long MOST_BYTES = 1 << 23;
    private static final Pattern COLOUR = Pattern.compile("#([0-9a-fA-F]{6})");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
    private static final int LONGEST_LINE = 1000;
    /** A comment is a # that has a blank or the line's start before it and a blank or the line's end behind it. */
    private static final Pattern COMMENT = Pattern.compile("(^|\\s)#+(\\s.*)?$");
    /** A line whose name is in quotes, inside of which nothing is a comment. */
    private static final Pattern WITH_QUOTES = Pattern.compile("#?\\w+\\s+\\w+\\s+\".*");
    private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"\\\\]|\\\\[\"\\\\])*)\"(?:\\s+(.*))?");
    private static final Pattern UNQUOTED = Pattern.compile("(.*?)\\s*(?:(?:^|\\s)(#\\S*))?");
    /** Names that need no quotes. */
    private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}_.+/()-]+( [\\p{L}\\p{N}_.+/()-]+)*");

    private final List<String> faults = new ArrayList<>();
    /** Known after the first line. */
    private Boolean byColour;
    private final Map<Integer, List<Integer>> values = new TreeMap<>();
    private final List<Integer> ignored = new ArrayList<>();
    private final Map<Integer, String> names = new HashMap<>();
    private final Map<Integer, Integer> colours = new HashMap<>();
    /** In which line the value stands. */
    private final Map<Integer, Integer> lineOf = new HashMap<>();
    private final Map<Integer, Integer> classOf = new HashMap<>();

    private LabelMapText() {
    }

    static LabelMap read(Path file) throws IOException {
        String text;
        try {
            if (InputFile.size(file) > MOST_BYTES) {
                throw new FileFault("is larger than " + (MOST_BYTES >> 20) + " MiB, which no list of classes is");
            }
            text = Files.readString(file);
        } catch (CharacterCodingException e) {
            throw FileFault.named(KIND, file, new FileFault("is not text in UTF-8", e));
        } catch (IOException e) {
            throw FileFault.named(KIND, file, e);
        }
        try {
            return parse(text);
        } catch (IllegalArgumentException e) {
            throw new IOException(KIND + " " + FileNames.shown(file) + ": " + e.getMessage(), e);
        }
    }

    static LabelMap parse(String text) {
        String[] lines = (text.startsWith("\uFEFF") ? text.substring(1) : text).split("\\R", -1);
        LabelMapText reader = new LabelMapText();
        for (int k = 0; k < lines.length; k++) {
            try {
                reader.line(k + 1, lines[k].strip());
            } catch (IllegalArgumentException e) {
                reader.faults.add("line " + (k + 1) + ": " + e.getMessage());
            }
        }
        return reader.map();
    }

    private void line(int number, String text) {
        if (text.length() > LONGEST_LINE) {
            throw new IllegalArgumentException("it is longer than " + LONGEST_LINE + " characters");
        }
        String line = WITH_QUOTES.matcher(text).matches() ? text : withoutComment(text);
        if (line.isEmpty()) {
            return;
        }
        String[] parts = line.split("\\s+", 3);
        int value = value(parts[0]);
        if (parts.length < 2) {
            throw new IllegalArgumentException("the class of " + parts[0] + " is missing: write a number or " + IGNORE);
        }
        boolean isIgnored = parts[1].equals(IGNORE);
        int c = isIgnored ? LabelMap.UNKNOWN : classNumber(parts[1]);
        Integer earlier = classOf.get(value);
        if (earlier != null && !(isIgnored && earlier == value)) {
            throw new IllegalArgumentException(parts[0] + " stands in line " + lineOf.get(value) + " already");
        }
        if (parts.length == 3) {
            nameAndColour(c, parts[2]);
        }
        lineOf.put(value, number);
        classOf.put(value, c);
        if (isIgnored) {
            ignored.add(value);
        } else {
            values.computeIfAbsent(c, any -> new ArrayList<>()).add(value);
        }
    }

    private static String withoutComment(String text) {
        return COMMENT.matcher(text).replaceFirst("").strip();
    }

    private int value(String text) {
        Matcher colour = COLOUR.matcher(text);
        boolean isColour = colour.matches();
        if (!isColour && !NUMBER.matcher(text).matches()) {
            throw new IllegalArgumentException(shown(text) + (text.startsWith("#") ? " is no colour such as #804080;"
                    + " a comment has a blank behind its #" : " is neither a value such as 255 nor a colour such as"
                    + " #804080"));
        }
        int value = isColour ? rgb(colour.group(1)) : Integer.parseInt(text);
        if (!isColour && value > 0xFFFF) {
            throw new IllegalArgumentException("value " + text + " is not from 0 to 65535");
        }
        if (byColour == null) {
            byColour = isColour;
        } else if (byColour != isColour) {
            throw new IllegalArgumentException(text + " is a " + (isColour ? "colour" : "number") + ", but lines before"
                    + " have a " + (isColour ? "number" : "colour"));
        }
        return value;
    }

    private static int classNumber(String text) {
        if (!NUMBER.matcher(text).matches()) {
            throw new IllegalArgumentException("the class is " + shown(text) + ", but must be a number or " + IGNORE);
        }
        int c = Integer.parseInt(text);
        if (c >= StoredValues.MOST_CLASSES) {
            throw new IllegalArgumentException("class " + text + " is not from 0 to "
                    + (StoredValues.MOST_CLASSES - 1));
        }
        return c;
    }

    private void nameAndColour(int c, String text) {
        Matcher quoted = QUOTED.matcher(text);
        String name;
        String colour;
        if (quoted.matches()) {
            name = quoted.group(1).replaceAll("\\\\(.)", "$1");
            String rest = quoted.group(2) == null ? "" : withoutComment(quoted.group(2));
            colour = rest.isEmpty() ? null : rest;
        } else if (text.startsWith("\"")) {
            throw new IllegalArgumentException("the name " + shown(text) + " has no closing quote, or one inside"
                    + " without a backslash");
        } else {
            Matcher unquoted = UNQUOTED.matcher(text);
            boolean any = unquoted.matches();
            name = any && !unquoted.group(1).isEmpty() ? unquoted.group(1) : null;
            colour = any ? unquoted.group(2) : null;
            if (name != null && name.startsWith("#")) {
                throw new IllegalArgumentException("the colour stands behind the name, and a name with a # in quotes: "
                        + shown(text));
            }
        }
        Integer rgb = null;
        if (colour != null) {
            Matcher matcher = COLOUR.matcher(colour);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(shown(colour) + " is no colour such as #804080"
                        + (colour.startsWith("#") ? "; a comment has a blank behind its #, and a name with a # needs"
                        + " quotes" : ""));
            }
            rgb = rgb(matcher.group(1));
        }
        // Void pixels have neither, but files may tell their readers.
        if (c != LabelMap.UNKNOWN) {
            if (byColour && rgb != null) {
                throw new IllegalArgumentException("the second colour, " + colour + ", is too much: classes that masks"
                        + " store as colours are shown in these");
            }
            same(names, c, name, "named");
            same(colours, c, rgb, "shown in");
        }
    }

    private static <T> void same(Map<Integer, T> known, int c, T found, String word) {
        T earlier = found == null ? null : known.putIfAbsent(c, found);
        if (earlier != null && !earlier.equals(found)) {
            throw new IllegalArgumentException("class " + c + " is " + word + " " + word(found) + ", but " + word + " "
                    + word(earlier) + " in a line before; say it once");
        }
    }

    private static String word(Object found) {
        return found instanceof Integer rgb ? colour(rgb) : shown(found.toString());
    }

    private LabelMap map() {
        if (!faults.isEmpty()) {
            int more = faults.size() - 1;
            throw new IllegalArgumentException(faults.get(0) + (more == 0 ? ""
                    : " (and " + more + (more == 1 ? " more line is wrong)" : " more lines are wrong)")));
        }
        if (values.isEmpty()) {
            throw new IllegalArgumentException("there is no line such as \"255 1 name\" that says which value is which"
                    + " class");
        }
        int classes = 1 + values.keySet().stream().max(Integer::compare).orElseThrow();
        List<Integer> gaps = new ArrayList<>();
        for (int c = 0; c < classes && gaps.size() < 10; c++) {
            if (!values.containsKey(c)) {
                gaps.add(c);
            }
        }
        if (!gaps.isEmpty()) {
            throw new IllegalArgumentException("the largest class is " + (classes - 1) + ", but no value is class "
                    + gaps.stream().map(String::valueOf).collect(Collectors.joining(", "))
                    + (gaps.size() == 10 ? " and maybe more" : "") + "; classes are numbered from 0 without a gap");
        }
        List<String> allNames = new ArrayList<>(LabelMap.defaultNames(classes));
        names.forEach(allNames::set);
        List<Integer> allColours = new ArrayList<>(LabelMap.defaultColours(classes));
        colours.forEach(allColours::set);
        LabelMap map = new LabelMap(new StoredValues(byColour, List.copyOf(values.values()), List.of()), allNames,
                allColours);
        List<Integer> both = ignored.stream().filter(value -> map.labelOf(value) != LabelMap.UNKNOWN).toList();
        if (!both.isEmpty() && !map.equals(LabelMap.indexes(classes).named(allNames).coloured(allColours.stream()
                .mapToInt(rgb -> rgb).toArray()))) {
            throw new IllegalArgumentException("line " + lineOf.get(both.get(0)) + ": " + both.get(0)
                    + " is a class in a line before");
        }
        return map.ignoring(ignored.stream().mapToInt(value -> value).toArray());
    }

    static String write(LabelMap map) {
        StringBuilder text = new StringBuilder();
        for (int c = 0; c < map.classes(); c++) {
            List<Integer> values = map.storedValues().ofClasses().get(c);
            // A class that is ignored as a whole has the value that it is.
            for (int value : values.isEmpty() ? List.of(c) : values) {
                boolean first = values.isEmpty() || Objects.equals(value, values.get(0));
                text.append(map.storedValues().text(value)).append(' ').append(c);
                if (first) {
                    text.append(' ').append(written(map.names().get(c)));
                    text.append(map.byColour() ? "" : " " + colour(map.colours().get(c)));
                }
                text.append('\n');
            }
        }
        for (int value : map.storedValues().ignored()) {
            text.append(map.storedValues().text(value)).append(' ').append(IGNORE).append('\n');
        }
        return text.toString();
    }

    private static String written(String name) {
        return PLAIN.matcher(name).matches() ? name
                : '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Text of a file in a message: one line, not too long, without what a terminal would obey. */
    private static String shown(String text) {
        String plain = FileNames.shown(text);
        return plain.length() > 40 ? plain.substring(0, 40) + "..." : plain;
    }

    /** A colour as files and JSON have it. */
    static String colour(int rgb) {
        return String.format("#%06x", rgb);
    }

    private static int rgb(String digits) {
        return Integer.parseInt(digits, 16);
    }

    /** Reads what {@link #colour} writes, or throws. */
    static int colour(String text) {
        Matcher matcher = COLOUR.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(shown(text) + " is no colour such as #804080");
        }
        return rgb(matcher.group(1));
    }
}
