package org.segloss4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.segloss4j.internal.files.FileNames;

/**
 * What the values or the colours that mask files store mean: which class, or void. Immutable.
 *
 * <p>Most masks store the class itself ({@link #indexes}). Masks of two classes are often black and white, which is
 * {@code LabelMap.values(0, 255)}; others are coloured ({@link #colours}). Well-known data sets have a
 * {@linkplain #preset preset}, and a {@linkplain #read text file} can say anything.
 *
 * <pre>{@code
 * LabelMap map = LabelMap.values(0, 255).ignoring(128).named("background", "cell");
 * MaskImage mask = MaskImage.read(Path.of("masks/0001.png"), map);
 * SegmentationLoss loss = Losses.jaccard().ignoreIndex(map.ignoreIndex());
 * }</pre>
 *
 * <p>Several values may be one class: the first one given is what is written for it.
 *
 * <pre>{@code
 * LabelMap roads = LabelMap.values(0, 7).also(1, 8, 9).named("other", "road");
 * int road = roads.labelOf(9);  // 1
 * int stored = roads.valueOf(1);  // 7
 * LabelMap again = LabelMap.fromJson(roads.toJson());
 * }</pre>
 *
 * <p>May be shared by threads. Memory is a few objects per value.
 *
 * @since 0.1.0
 */
public final class LabelMap {

    /** What {@link #labelOf} answers for a value that is neither a class nor ignored. */
    public static final int UNKNOWN = -1;

    private static final int LONGEST_NAME = 200;

    private final StoredValues values;
    private final List<String> names;
    private final List<Integer> colours;

    /** All checks stand here and in {@link StoredValues}, whatever the map is made of. */
    LabelMap(StoredValues values, List<String> names, List<Integer> colours) {
        this.values = values;
        this.names = checkedNames(names, values.classes());
        this.colours = values.byColour() ? values.ofClasses().stream().map(of -> of.get(0)).toList()
                : List.copyOf(colours);
        if (this.colours.size() != classes()) {
            throw new IllegalArgumentException(colours.size() + " colours are given for " + classes() + " classes");
        }
        this.colours.forEach(colour -> StoredValues.requireInRange(true, colour));
    }

    private static List<String> checkedNames(List<String> names, int classes) {
        if (names.size() != classes) {
            throw new IllegalArgumentException(names.size() + (names.size() == 1 ? " name is" : " names are")
                    + " given for " + classes + (classes == 1 ? " class" : " classes"));
        }
        Map<String, Integer> seen = new HashMap<>();
        List<String> stripped = new ArrayList<>();
        for (int c = 0; c < classes; c++) {
            String name = names.get(c).strip();
            if (name.isEmpty()) {
                throw new IllegalArgumentException("class " + c + " has no name");
            }
            if (name.length() > LONGEST_NAME) {
                throw new IllegalArgumentException("the name of class " + c + " is longer than " + LONGEST_NAME
                        + " characters");
            }
            // Names stand in tables, terminals and web pages, which control characters would break.
            if (!FileNames.shown(name).equals(name)) {
                throw new IllegalArgumentException("the name of class " + c + " holds a character that cannot be"
                        + " printed: " + FileNames.shown(name));
            }
            Integer other = seen.put(name, c);
            if (other != null) {
                throw new IllegalArgumentException("the classes " + other + " and " + c + " are both named " + name);
            }
            stripped.add(name);
        }
        return List.copyOf(stripped);
    }
    /**
     * Masks that store the class itself.
     *
     * @param classes C, from 1 to 65536; the values are 0 to C-1
     * @return the map
     * @throws IllegalArgumentException if the number of classes is out of range
     */
    public static LabelMap indexes(int classes) {
        if (classes < 1 || classes > StoredValues.MOST_CLASSES) {
            throw new IllegalArgumentException(classes + " classes are not from 1 to " + StoredValues.MOST_CLASSES);
        }
        return of(false, IntStream.range(0, classes).toArray());
    }

    /**
     * Masks that store another value for each class, such as 0 and 255.
     *
     * @param values the value of each class, from class 0 on; each 0 to 65535
     * @return the map
     * @throws IllegalArgumentException if there is no value, one occurs twice or is out of range
     */
    public static LabelMap values(int... values) {
        return of(false, values);
    }

    /**
     * Masks that show each class in a colour.
     *
     * @param colours 0xRRGGBB of each class, from class 0 on
     * @return the map
     * @throws IllegalArgumentException if there is no colour, one occurs twice or is out of range
     */
    public static LabelMap colours(int... colours) {
        return of(true, colours);
    }

    private static LabelMap of(boolean byColour, int... values) {
        return new LabelMap(new StoredValues(byColour, Arrays.stream(values).mapToObj(List::of).toList(), List.of()),
                defaultNames(values.length), defaultColours(values.length));
    }

    static List<String> defaultNames(int classes) {
        return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    }

    static List<Integer> defaultColours(int classes) {
        return IntStream.range(0, classes).mapToObj(ClassColours::of).toList();
    }

    /**
     * The map of a well-known kind of masks, with names and colours.
     *
     * <ul>
     * <li>{@code binary}: 0 is the background, 255 the foreground
     * <li>{@code cityscapes}: files that end in {@code labelIds}; the 19 classes that are evaluated, the rest void
     * <li>{@code cityscapes-trainids}: files that end in {@code labelTrainIds}, the same classes; 255 is void
     * <li>{@code voc}: palette indices of PASCAL VOC, 21 classes; 255 is void
     * <li>{@code camvid}: CamVid's 32 colours as the 11 classes that are usual for it; black is void
     * </ul>
     *
     * @param name one of {@link #presets}
     * @return the map
     * @throws IllegalArgumentException if there is none of that name; the message lists all
     */
    public static LabelMap preset(String name) {
        return LabelPresets.of(name);
    }

    /**
     * The names of all presets.
     *
     * @return binary, cityscapes, cityscapes-trainids, voc, camvid
     */
    public static List<String> presets() {
        return LabelPresets.names();
    }

    /**
     * Reads a label map from a text file in UTF-8. Each line is {@code value class [name] [#rrggbb]}:
     *
     * <pre>
     * # Masks of a street. A comment is a # with a blank behind it.
     * 0    ignore
     * 7    0       road surface  #804080
     * 8    0                     # a second value of class 0
     * 26   1       "car #1"      #00008e
     * </pre>
     *
     * <p>The value is a number from 0 to 65535 or, in all lines, a colour such as {@code #804080}. The class is a
     * number or {@code ignore}; the numbers start at 0 and have no gap. The name is everything up to the colour, a
     * comment or the end of the line, with blanks inside; in quotes it may hold anything, with {@code \"} and
     * {@code \\} for a quote and a backslash. The colour is for pictures; where the values are colours, they are it.
     * The first line of a class says which value is written for it. Name and colour of a class may stand in any of its
     * lines, but not twice and different. A value that is a class may be ignored by a further line, where all values
     * are the classes themselves; that class then never occurs.
     *
     * @param file the text file
     * @return the map
     * @throws IOException if the file cannot be read or a line is wrong; the message is one line that names the file
     *                     and the number of the first such line
     */
    public static LabelMap read(Path file) throws IOException {
        return LabelMapText.read(file);
    }

    /**
     * Reads a label map from text.
     *
     * @param text lines as in {@linkplain #read a file}
     * @return the map
     * @throws IllegalArgumentException if a line is wrong; the message is one line that names its number
     */
    public static LabelMap ofText(String text) {
        return LabelMapText.parse(text);
    }

    /**
     * Reads a label map from JSON.
     *
     * @param json what {@link #toJson} wrote
     * @return the map
     * @throws IllegalArgumentException if it is no such JSON or describes no valid map
     */
    public static LabelMap fromJson(String json) {
        return LabelMapJson.read(json);
    }

    /**
     * The map with further values, or colours, that are void. In a map of {@link #indexes} an ignored value may be a
     * class, which then never occurs. In other maps it may be one of several values of a class.
     *
     * @param more 0 to 65535 each or, of colour maps, 0xRRGGBB
     * @return the new map
     * @throws IllegalArgumentException if a value is out of range or a class has no value left
     */
    public LabelMap ignoring(int... more) {
        return new LabelMap(values.ignoring(more), names, colours);
    }

    /**
     * The map with further values, or colours, of a class. {@link #valueOf} keeps the first one.
     *
     * @param c    the class, from 0 to C-1
     * @param more 0 to 65535 each or, of colour maps, 0xRRGGBB
     * @return the new map
     * @throws IllegalArgumentException if there is no such class, or a value is out of range or already known
     */
    public LabelMap also(int c, int... more) {
        return new LabelMap(values.also(c, more), names, colours);
    }

    /**
     * The map with other names of classes.
     *
     * @param classNames one per class, all different; blanks around them are left out
     * @return the new map
     * @throws IllegalArgumentException if there are more or fewer names than classes, two are the same, or one is
     *                                  blank, longer than 200 characters or holds a control character
     */
    public LabelMap named(String... classNames) {
        return named(List.of(classNames));
    }

    /**
     * The map with other names of classes.
     *
     * @param classNames as {@link #named(String...)} takes them
     * @return the new map
     * @throws IllegalArgumentException as {@link #named(String...)}
     */
    public LabelMap named(List<String> classNames) {
        return new LabelMap(values, classNames, colours);
    }

    /**
     * The map with other colours in which pictures show the classes. Masks that store colours have theirs already.
     *
     * @param rgb 0xRRGGBB of each class
     * @return the new map
     * @throws IllegalArgumentException if there are more or fewer colours than classes, one is out of range, or the
     *                                  map is one of {@link #colours(int...)}
     */
    public LabelMap coloured(int... rgb) {
        if (byColour()) {
            throw new IllegalArgumentException("classes that masks store as colours are shown in these");
        }
        return new LabelMap(values, names, Arrays.stream(rgb).boxed().toList());
    }

    /**
     * The number of classes.
     *
     * @return C, at least 1
     */
    public int classes() {
        return values.classes();
    }

    /**
     * The names of the classes.
     *
     * @return one per class, all different; the indexes unless others are known
     */
    public List<String> names() {
        return names;
    }

    /**
     * The colours in which pictures show the classes.
     *
     * @return 0xRRGGBB per class
     */
    public List<Integer> colours() {
        return colours;
    }

    /**
     * Whether masks store colours, not values.
     *
     * @return true for {@link #colours(int...)}
     */
    public boolean byColour() {
        return values.byColour();
    }

    /**
     * The label that void pixels have. Give it to {@code SegmentationLoss.ignoreIndex}. Where masks store the class
     * itself it is the first ignored value, else 255, or 65535 with more than 255 classes.
     *
     * @return the label, or null if nothing is ignored
     */
    public Integer ignoreIndex() {
        return values.ignoreIndex();
    }

    /**
     * The label of a stored value.
     *
     * @param value what the file stores: a number or, of colour maps, 0xRRGGBB
     * @return the class, {@link #ignoreIndex}, or {@link #UNKNOWN}
     */
    public int labelOf(int value) {
        return values.labelOf(value);
    }

    /**
     * What a mask file stores for a label, so that the same map reads the label back.
     *
     * @param label a class or {@link #ignoreIndex}
     * @return the first value of the class or of void; of colour maps 0xRRGGBB
     * @throws IllegalArgumentException if it is neither
     */
    public int valueOf(int label) {
        return values.valueOf(label);
    }

    /** What is stored for classes and void. */
    StoredValues storedValues() {
        return values;
    }

    /**
     * The map as text, from which {@link #ofText} and {@link #read} make an equal one.
     *
     * @return one line per value
     */
    public String toText() {
        return LabelMapText.write(this);
    }

    /**
     * The map as JSON, from which {@link #fromJson} makes an equal one.
     *
     * @return one object
     */
    public String toJson() {
        return LabelMapJson.write(this);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LabelMap map && values.equals(map.values) && names.equals(map.names)
                && colours.equals(map.colours);
    }

    @Override
    public int hashCode() {
        return Objects.hash(values, names);
    }

    /** One line for people, which leaves out what is much. */
    @Override
    public String toString() {
        return classes() + (classes() == 1 ? " class" : " classes") + " by " + values;
    }
}
