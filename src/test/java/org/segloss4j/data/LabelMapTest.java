package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelMapTest {

    private static int[] labels(LabelMap map, int... values) {
        return Arrays.stream(values).map(map::labelOf).toArray();
    }

    @Test
    void indexesAreTheirOwnLabels() {
        LabelMap map = LabelMap.indexes(3);
        assertThat(labels(map, 0, 1, 2, 3, -1, 255)).containsExactly(0, 1, 2, -1, -1, -1);
        assertThat(map.ignoreIndex()).isNull();
        assertThat(map.names()).containsExactly("0", "1", "2");
        assertThat(map).isEqualTo(LabelMap.values(0, 1, 2)).hasToString("3 classes by value");
    }

    @Test
    void valuesMayBeAnything() {
        LabelMap map = LabelMap.values(0, 255, 65535).ignoring(128, 127).named("sky", " road ", "a car");
        assertThat(labels(map, 0, 255, 65535, 128, 127, 1)).containsExactly(0, 1, 2, 255, 255, -1);
        assertThat(map.names()).containsExactly("sky", "road", "a car");
        assertThat(IntStream.of(0, 1, 2, 255).map(map::valueOf)).containsExactly(0, 255, 65535, 128);
        assertThat(map).hasToString("3 classes by value 0, 255, 65535, ignored 128, 127");
        assertThatIllegalArgumentException().isThrownBy(() -> map.valueOf(3))
                .withMessage("3 is none of the 3 classes and not the label of void, 255");
    }

    @Test
    void coloursAreValuesAndPictures() {
        LabelMap map = LabelMap.colours(0, 0xFF0000).also(1, 0x00FF00).ignoring(0xFFFFFF);
        assertThat(map.byColour()).isTrue();
        assertThat(map.colours()).containsExactly(0, 0xFF0000);
        assertThat(labels(map, 0, 0xFF0000, 0x00FF00, 0xFFFFFF, 1)).containsExactly(0, 1, 1, 255, -1);
        assertThat(map.valueOf(1)).isEqualTo(0xFF0000);
        assertThat(map.valueOf(255)).isEqualTo(0xFFFFFF);
        assertThat(map.ignoring(0xFF0000).colours()).containsExactly(0, 0x00FF00);
        assertThat(map).isNotEqualTo(LabelMap.values(0, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> map.coloured(1, 2));
    }

    @Test
    void severalValuesMayBeOneClass() {
        LabelMap map = LabelMap.values(0, 7).also(1, 9, 8);
        assertThat(labels(map, 0, 7, 8, 9)).containsExactly(0, 1, 1, 1);
        assertThat(map.valueOf(1)).isEqualTo(7);
        assertThat(map).isEqualTo(LabelMap.values(0, 7).also(1, 8).also(1, 9))
                .hasSameHashCodeAs(LabelMap.values(0, 7).also(1, 8).also(1, 9))
                .isNotEqualTo(LabelMap.values(0, 8).also(1, 7, 9));
        assertThat(labels(map.ignoring(7), 0, 7, 8, 9)).containsExactly(0, 255, 1, 1);
        assertThat(map.ignoring(7).valueOf(1)).isEqualTo(8);
    }

    /** CamVid's 12 classes, of which the last one is void. */
    @Test
    void anIgnoredClassOfIndexesKeepsItsNumber() {
        LabelMap map = LabelMap.indexes(12).ignoring(11);
        assertThat(map.classes()).isEqualTo(12);
        assertThat(map.ignoreIndex()).isEqualTo(11);
        assertThat(map.labelOf(11)).isEqualTo(11);
        assertThat(map.valueOf(11)).isEqualTo(11);
        LabelMap two = LabelMap.indexes(3).ignoring(255, 1);
        assertThat(labels(two, 0, 1, 2, 255)).containsExactly(0, 255, 2, 255);
        assertThat(two).isEqualTo(LabelMap.indexes(3).ignoring(255).ignoring(1, 255)).isNotEqualTo(
                LabelMap.indexes(3).ignoring(1, 255));
    }

    @Test
    void theLabelOfVoidIsNeverAClassOfOtherMaps() {
        int[] even = IntStream.range(0, 255).map(c -> 2 * c).toArray();
        assertThat(LabelMap.values(even).ignoring(1).ignoreIndex()).isEqualTo(255);
        int[] more = IntStream.range(0, 256).map(c -> 2 * c).toArray();
        assertThat(LabelMap.values(more).ignoring(1).ignoreIndex()).isEqualTo(65535);
        int[] all = IntStream.range(0, 65536).toArray();
        assertThatIllegalArgumentException().isThrownBy(() -> LabelMap.colours(all).ignoring(0xFFFFFF))
                .withMessage("65536 classes leave no label for void pixels");
    }

    @Test
    void refusesWhatMeansNothing() {
        refuses(() -> LabelMap.values(), "0 classes are not from 1 to 65536");
        refuses(() -> LabelMap.indexes(0), "0 classes are not from 1 to 65536");
        refuses(() -> LabelMap.indexes(65537), "65537 classes are not from 1 to 65536");
        refuses(() -> LabelMap.values(0, 255, 0), "value 0 stands for the classes 0 and 2");
        refuses(() -> LabelMap.values(0, 65536), "value 65536 is not from 0 to 65535");
        refuses(() -> LabelMap.colours(0, -1), "colour -1 is not from 0x000000 to 0xFFFFFF");
        refuses(() -> LabelMap.values(0, 255).ignoring(255), "class 1 has no value left that is not ignored");
        refuses(() -> LabelMap.indexes(2).ignoring(0, 1), "no class is left, as all 2 are ignored");
        refuses(() -> LabelMap.indexes(2).ignoring(-1), "value -1 is not from 0 to 65535");
        refuses(() -> LabelMap.values(0, 255).ignoring(7).also(0, 7),
                "value 7 is a class or void, but not both and not twice");
        refuses(() -> LabelMap.values(0, 255).also(2, 7), "2 is none of the 2 classes");
        refuses(() -> LabelMap.indexes(3).named("a", "b"), "2 names are given for 3 classes");
        refuses(() -> LabelMap.indexes(2).named("a", " "), "class 1 has no name");
        refuses(() -> LabelMap.indexes(3).named("a", "b", "a "), "the classes 0 and 2 are both named a");
        refuses(() -> LabelMap.indexes(1).named("a\u001b[2J"),
                "the name of class 0 holds a character that cannot be printed: a\\x1b[2J");
        refuses(() -> LabelMap.indexes(1).named("a".repeat(201)),
                "the name of class 0 is longer than 200 characters");
        refuses(() -> LabelMap.indexes(2).coloured(1), "1 colours are given for 2 classes");
        refuses(() -> LabelMap.preset("coco"),
                "there is no label map named coco, only binary, cityscapes, cityscapes-trainids, voc, camvid");
    }

    private static void refuses(Runnable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call::run).withMessage(message);
    }

    @Test
    void knowsBlackAndWhite() {
        LabelMap map = LabelMap.preset("binary");
        assertThat(labels(map, 0, 255, 1)).containsExactly(0, 1, -1);
        assertThat(map.names()).containsExactly("background", "foreground");
        assertThat(map.colours()).containsExactly(0, 0xFFFFFF);
        assertThat(map.ignoreIndex()).isNull();
    }

    /** The train id of each of the label ids 0 to 33 as Cityscapes publishes them. */
    @Test
    void knowsCityscapes() {
        LabelMap map = LabelMap.preset("cityscapes");
        int[] trainIds = {255, 255, 255, 255, 255, 255, 255, 0, 1, 255, 255, 2, 3, 4, 255, 255, 255, 5, 255, 6, 7, 8,
            9, 10, 11, 12, 13, 14, 15, 255, 255, 16, 17, 18};
        assertThat(labels(map, IntStream.range(0, 34).toArray())).containsExactly(trainIds);
        assertThat(labels(map, 255, 65535, 34, 254)).containsExactly(255, 255, -1, -1);
        assertThat(map.ignoreIndex()).isEqualTo(255);
        assertThat(map.names()).hasSize(19).startsWith("road", "sidewalk").endsWith("motorcycle", "bicycle");
        assertThat(map.colours()).startsWith(0x804080).endsWith(0x770B20);
        LabelMap trained = LabelMap.preset("cityscapes-trainids");
        assertThat(labels(trained, 0, 18, 19, 255)).containsExactly(0, 18, -1, 255);
        assertThat(trained.names()).isEqualTo(map.names());
        assertThat(trained.colours()).isEqualTo(map.colours());
    }

    @Test
    void knowsPascalVoc() {
        LabelMap map = LabelMap.preset("voc");
        assertThat(map.classes()).isEqualTo(21);
        assertThat(labels(map, 0, 15, 20, 21, 255)).containsExactly(0, 15, 20, -1, 255);
        assertThat(map.names().get(15)).isEqualTo("person");
        // The bits of the class in turn set the upper bits of red, green and blue.
        assertThat(map.colours()).containsExactlyElementsOf(IntStream.range(0, 21).map(c -> {
            int colour = 0;
            for (int bit = 7, rest = c; bit >= 0; bit--, rest >>= 3) {
                colour |= (rest & 1) << 16 + bit | (rest >> 1 & 1) << 8 + bit | (rest >> 2 & 1) << bit;
            }
            return colour;
        }).boxed().toList());
    }

    @Test
    void knowsCamVid() {
        LabelMap map = LabelMap.preset("camvid");
        assertThat(map.names()).containsExactly("Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol",
                "Fence", "Car", "Pedestrian", "Bicyclist");
        assertThat(IntStream.rangeClosed(0, 0xFFFFFF).filter(rgb -> map.labelOf(rgb) != LabelMap.UNKNOWN).count())
                .isEqualTo(32);
        assertThat(labels(map, 0, 0x4080C0, 0x8000C0, 0x123456)).containsExactly(255, 8, 3, -1);
        assertThat(map.valueOf(8)).isEqualTo(0x400080);
    }

    @Test
    void readsAFile(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("classes.txt"), "\uFEFF"
                + "# Masks of a street\r\n"
                + "#\n"
                + "\n"
                + "0 ignore  void  #000000\n"
                + "  7\t0   road  surface #804080  # the first value is written\n"
                + "8 0\n"
                + "26 2 \"car #1 \\\"big\\\" \\\\ # all\" #00008E # and a comment\n"
                + "24 1 #dc143c\n"
                + "9 0 road  surface\n");
        LabelMap map = LabelMap.read(file);
        assertThat(map.names()).containsExactly("road  surface", "1", "car #1 \"big\" \\ # all");
        assertThat(map.colours()).containsExactly(0x804080, 0xDC143C, 0x00008E);
        assertThat(labels(map, 0, 7, 8, 9, 24, 26, 255)).containsExactly(255, 0, 0, 0, 1, 2, -1);
        assertThat(map.valueOf(0)).isEqualTo(7);
        assertThat(LabelMap.ofText("#000000 0 dark\n#FFffFF 1\n#808080 ignore"))
                .isEqualTo(LabelMap.colours(0, 0xFFFFFF).ignoring(0x808080).named("dark", "1"));
        assertThat(LabelMap.ofText("0 0\n1 1\n2 2\n2 ignore")).isEqualTo(LabelMap.indexes(3).ignoring(2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
        "                  | there is no line such as \"255 1 name\" that says which value is which class",
        "0 ignore          | there is no line such as \"255 1 name\" that says which value is which class",
        "0                 | line 1: the class of 0 is missing: write a number or ignore",
        "0 # 0             | line 1: the class of 0 is missing: write a number or ignore",
        "0 0;1 road        | line 2: the class is road, but must be a number or ignore",
        "0 0;1 -1          | line 2: the class is -1, but must be a number or ignore",
        "0 0;1 65536       | line 2: class 65536 is not from 0 to 65535",
        "0 0;-1 1          | line 2: -1 is neither a value such as 255 nor a colour such as #804080",
        "0,0,road          | line 1: 0,0,road is neither a value such as 255 nor a colour such as #804080",
        "#80408 0          | line 1: #80408 is no colour such as #804080; a comment has a blank behind its #",
        "0 0;70000 1       | line 2: value 70000 is not from 0 to 65535",
        "0 0;#000000 1     | line 2: #000000 is a colour, but lines before have a number",
        "0 0;0 1           | line 2: 0 stands in line 1 already",
        "5 0;1 1;5 ignore  | line 3: 5 stands in line 1 already",
        "5 0;1 1;1 ignore  | line 3: 1 is a class in a line before",
        "0 ignore;0 ignore | line 2: 0 stands in line 1 already",
        "0 0 a;1 0 b       | line 2: class 0 is named b, but named a in a line before; say it once",
        "0 0 #000000;1 0 #000001 | line 2: class 0 is shown in #000001, but shown in #000000 in a line before;"
            + " say it once",
        "0 0 #000000 a     | line 1: the colour stands behind the name, and a name with a # in quotes: #000000 a",
        "0 0 a #1          | line 1: #1 is no colour such as #804080; a comment has a blank behind its #, and a name"
            + " with a # needs quotes",
        "0 0 \"a           | line 1: the name \"a has no closing quote, or one inside without a backslash",
        "0 0 \"a\" b       | line 1: b is no colour such as #804080",
        "#000000 0 a #000000 | line 1: the second colour, #000000, is too much: classes that masks store as colours"
            + " are shown in these",
        "0 0;1 3           | the largest class is 3, but no value is class 1, 2; classes are numbered from 0 without a"
            + " gap",
        "0 0 a;1 1 a       | the classes 0 and 1 are both named a",
        "0 0;x 1;y 2;z 3   | line 2: x is neither a value such as 255 nor a colour such as #804080 (and 2 more lines"
            + " are wrong)"})
    void namesTheLineThatIsWrong(String lines, String message, @TempDir Path dir) throws IOException {
        String text = lines == null ? "" : lines.replace(';', '\n');
        refuses(() -> LabelMap.ofText(text), message);
        if (text.isEmpty()) {
            return;
        }
        Path file = Files.writeString(dir.resolve("map.txt"), text);
        assertThat(catchThrowable(() -> LabelMap.read(file)))
                .isInstanceOf(IOException.class).hasMessage("label map " + file + ": " + message);
    }

    @Test
    void saysWhatIsWrongWithAFile(@TempDir Path dir) throws IOException {
        assertThat(fault(dir)).isEqualTo("label map " + dir + " is a folder, not a file");
        Path missing = dir.resolve("none.txt");
        assertThat(fault(missing)).isEqualTo("label map " + missing + " does not exist");
        Path picture = PngFiles.grey(dir.resolve("a.png"), 1, 1, 0);
        assertThat(fault(picture)).isEqualTo("label map " + picture + " is not text in UTF-8");
        Path large = Files.write(dir.resolve("large"), new byte[(8 << 20) + 1]);
        assertThat(fault(large)).isEqualTo("label map " + large + " is larger than 8 MiB, which no list of classes is");
        Path wide = Files.writeString(dir.resolve("wide"), "0 0 \"" + "\\\"".repeat(1 << 20));
        assertThat(fault(wide)).isEqualTo("label map " + wide + ": line 1: it is longer than 1000 characters");
    }

    private static String fault(Path file) {
        Throwable fault = catchThrowable(() -> LabelMap.read(file));
        assertThat(fault).isInstanceOf(IOException.class);
        return fault.getMessage();
    }

    static List<LabelMap> maps() {
        List<LabelMap> all = new ArrayList<>(LabelMap.presets().stream().map(LabelMap::preset).toList());
        all.add(LabelMap.indexes(65536));
        all.add(LabelMap.indexes(12).ignoring(11, 0, 255));
        Random random = new Random(7);
        for (int k = 0; k < 200; k++) {
            all.add(drawn(random));
        }
        return all;
    }

    /** A map of any kind with names that hold what the text form uses itself. */
    private static LabelMap drawn(Random random) {
        boolean byColour = random.nextBoolean();
        int most = byColour ? 0x1000000 : 0x10000;
        int classes = 1 + random.nextInt(random.nextInt(4) == 0 ? 300 : 5);
        Set<Integer> values = new LinkedHashSet<>();
        while (values.size() < 2 * classes + 3) {
            values.add(random.nextInt(most));
        }
        int[] all = values.stream().mapToInt(v -> v).toArray();
        int[] firsts = Arrays.copyOf(all, classes);
        LabelMap map = byColour ? LabelMap.colours(firsts) : random.nextInt(3) == 0 ? LabelMap.indexes(classes)
                : LabelMap.values(firsts);
        for (int k = classes; k < all.length; k++) {
            int what = random.nextInt(4);
            if (map.labelOf(all[k]) == LabelMap.UNKNOWN && what > 0) {
                map = what == 1 ? map.ignoring(all[k]) : map.also(random.nextInt(classes), all[k]);
            }
        }
        if (!byColour && random.nextBoolean()) {
            map = map.coloured(random.ints(classes, 0, 0x1000000).toArray());
        }
        String characters = "ab \"\\#é1-(漢,;'";
        Set<String> names = new LinkedHashSet<>();
        while (names.size() < classes) {
            StringBuilder name = new StringBuilder();
            for (int k = random.nextInt(12); k >= 0; k--) {
                name.append(characters.charAt(random.nextInt(characters.length())));
            }
            if (!name.toString().isBlank()) {
                names.add(name.toString().strip());
            }
        }
        return random.nextInt(4) == 0 ? map : map.named(List.copyOf(names));
    }

    @ParameterizedTest
    @MethodSource("maps")
    void comesBackFromTextAndJson(LabelMap map, @TempDir Path dir) throws IOException {
        assertThat(LabelMap.ofText(map.toText())).isEqualTo(map).hasSameHashCodeAs(map);
        assertThat(LabelMap.fromJson(map.toJson())).isEqualTo(map).hasSameHashCodeAs(map);
        LabelMap again = LabelMap.read(Files.writeString(dir.resolve("map"), map.toText()));
        assertThat(again.ignoreIndex()).isEqualTo(map.ignoreIndex());
        for (int c = 0; c < map.classes(); c++) {
            int value = map.valueOf(c);
            assertThat(again.labelOf(value)).isEqualTo(map.labelOf(value));
            if (map.labelOf(value) != c) {
                // Only an ignored class of indexes is read back as void.
                assertThat(map.labelOf(value)).isEqualTo(map.ignoreIndex());
            }
        }
        if (map.ignoreIndex() != null) {
            assertThat(map.labelOf(map.valueOf(map.ignoreIndex()))).isEqualTo(map.ignoreIndex());
        }
    }

    @Test
    void isWrittenAsPeopleWriteIt() {
        assertThat(LabelMap.values(0, 255).ignoring(128).named("road side", "a \"b\"").coloured(0, 0xFF0000).toText())
                .isEqualTo("0 0 road side #000000\n255 1 \"a \\\"b\\\"\" #ff0000\n128 ignore\n");
        assertThat(LabelMap.colours(0, 0xFF0000).also(1, 1).ignoring(2).toText())
                .isEqualTo("#000000 0 0\n#ff0000 1 1\n#000001 1\n#000002 ignore\n");
        assertThat(LabelMap.colours(0, 0xFF0000).ignoring(2).toJson()).isEqualTo("{\"stores\":\"colours\",\"classes\":["
                + "{\"name\":\"0\",\"colour\":\"#000000\",\"values\":[\"#000000\"]},"
                + "{\"name\":\"1\",\"colour\":\"#ff0000\",\"values\":[\"#ff0000\"]}],\"ignored\":[\"#000002\"]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{}", "{\"stores\":\"values\",\"classes\":null,\"ignored\":[]}",
        "{\"stores\":\"values\",\"classes\":[],\"ignored\":[]}",
        "{\"stores\":\"values\",\"classes\":[null],\"ignored\":[]}",
        "{\"stores\":\"numbers\",\"classes\":[CLASS],\"ignored\":[]}",
        "{\"stores\":\"values\",\"classes\":[CLASS],\"ignored\":[0]}",
        "{\"stores\":\"values\",\"classes\":[CLASS],\"ignored\":[1.5]}",
        "{\"stores\":\"values\",\"classes\":[CLASS],\"ignored\":[null]}",
        "{\"stores\":\"values\",\"classes\":[CLASS],\"ignored\":[\"1\"]}",
        "{\"stores\":\"values\",\"classes\":[CLASS],\"ignored\":[4294967296]}",
        "{\"stores\":\"values\",\"classes\":[CLASS,CLASS],\"ignored\":[]}",
        "{\"stores\":\"colours\",\"classes\":[CLASS],\"ignored\":[]}",
        "{\"stores\":\"values\",\"classes\":[CLASS],\"ignored\":[],\"more\":1}",
        "{\"stores\":\"values\",\"classes\":[CLASS],\"ignored\":[]} {}",
        "{\"stores\":\"values\",\"classes\":[{\"name\":\"a\",\"colour\":\"red\",\"values\":[0]}],\"ignored\":[]}",
        "{\"stores\":\"values\",\"classes\":[{\"name\":\"a\",\"colour\":\"#000000\",\"values\":[]}],\"ignored\":[]}",
        "{\"stores\":\"colours\",\"classes\":[{\"name\":\"a\",\"colour\":\"#000000\",\"values\":[\"#000001\"]}],"
            + "\"ignored\":[]}"})
    void refusesOtherJson(String json) {
        String with = json.replace("CLASS", "{\"name\":\"a\",\"colour\":\"#000000\",\"values\":[0]}");
        assertThatIllegalArgumentException().isThrownBy(() -> LabelMap.fromJson(with))
                .withMessageStartingWith("not a label map in JSON: ");
    }
}
