package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.data.PngFiles;
import org.segloss4j.weights.ClassWeights;

class WeightsCommandTest {

    @TempDir
    private Path dir;

    /** 12 labelled pixels, n = (6, 3, 3, 0), and 4 void ones. */
    @BeforeEach
    void masks() throws IOException {
        PngFiles.grey(dir.resolve("a.png"), 4, 2, 0, 0, 0, 0, 0, 0, 255, 255);
        PngFiles.indexed(dir.resolve("b.PNG"), 8, 4, 2, 1, 1, 1, 2, 2, 2, 255, 255);
        Files.writeString(dir.resolve("notes.txt"), "not a mask");
        Files.write(dir.resolve(".hidden.png"), new byte[] {1});
    }

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToDouble(JsonNode::asDouble).toArray();
    }

    @Test
    void printsATable() {
        CommandRun run = CommandRun.of("weights", "--masks", dir, "--classes", 4, "--ignore", 255,
                "--names", "sky,road, a car,pole", "--method", "inverse");
        assertThat(run.complaints()).containsExactly(
                "segloss4j: left out of " + dir + ": 1 entry that is no PNG or TIFF file, notes.txt",
                "segloss4j: class 3 (pole) has no pixel in the masks; its weight is 0");
        assertThat(run.code()).isZero();
        assertThat(run.out().lines()).containsExactly(
                "2 masks, 4 classes, label 255 ignored: 16 pixels, 4 (25.00%) of them void",
                "",
                "class    pixels   share  images  presence  inverse",
                "0 sky         6  50.00%       1    50.00%        2",
                "1 road        3  25.00%       1    50.00%        4",
                "2 a car       3  25.00%       1    50.00%        4",
                "3 pole        0   0.00%       0     0.00%        0");
    }

    @Test
    void printsEveryEstimatorByDefault() {
        CommandRun run = CommandRun.of("weights", "--masks", dir, "--classes", 4, "--ignore", 255);
        assertThat(run.code()).isZero();
        String header = run.out().lines().skip(2).findFirst().orElseThrow();
        assertThat(header.split(" +")).containsExactly("class", "pixels", "share", "images", "presence", "inverse",
                "balanced", "sqrt_inverse", "median", "median_void", "enet", "effective", "log");
    }

    @Test
    void printsJson() throws IOException {
        CommandRun run = CommandRun.of("weights", "--masks", dir, "--classes", 4, "--ignore", 255, "--json",
                "--names", "sky,road,car,pole");
        assertThat(run.code()).isZero();
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.get("images").asInt()).isEqualTo(2);
        assertThat(json.get("ignoreIndex").asInt()).isEqualTo(255);
        assertThat(json.get("pixels").asLong()).isEqualTo(12);
        assertThat(json.get("voidPixels").asLong()).isEqualTo(4);
        JsonNode sky = json.get("perClass").get(0);
        assertThat(sky.get("name").asText()).isEqualTo("sky");
        assertThat(sky.get("pixels").asLong()).isEqualTo(6);
        assertThat(sky.get("share").asDouble()).isEqualTo(0.5);
        assertThat(sky.get("presence").asDouble()).isEqualTo(0.5);
        assertThat(numbers(json.get("weights").get("balanced")))
                .containsExactly(new double[] {0.5, 1, 1, 0}, within(1e-12));
        assertThat(json.get("weights").fieldNames()).toIterable().containsExactlyElementsOf(ClassWeights.names());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "inverse   | --absent=max                            | 2,4,4,4",
        "inverse   | --absent=3                              | 2,3,3,3",
        "inverse   | --normalise=sum-one                     | 0.2,0.4,0.4,0",
        "inverse   | --normalize=sum-classes                 | 0.8,1.6,1.6,0",
        "inverse   | --absent=max,--normalise=max-one        | 0.5,1,1,1",
        "effective | --beta=0                                | 1,1,1,0",
        "log       | --mu=1.3591409142295225                 | 1,1.6931471805599454,1.6931471805599454,0",
        "inverse   | --absent=zero,--normalise=none          | 2,4,4,0"})
    void appliesTheSettings(String method, String options, String expected) throws IOException {
        Object[] args = ("weights --masks=" + dir + " --classes=4 --ignore=255 --json --method=" + method + " "
                + options.replace(',', ' ')).split(" +");
        CommandRun run = CommandRun.of(args);
        assertThat(run.code()).as(run.err()).isZero();
        double[] values = numbers(new ObjectMapper().readTree(run.out()).get("weights").get(method));
        String[] wanted = expected.split(",");
        assertThat(values).hasSize(wanted.length);
        for (int c = 0; c < wanted.length; c++) {
            assertThat(values[c]).isCloseTo(Double.parseDouble(wanted[c]), within(1e-12));
        }
    }

    @Test
    void namesEveryBadFileAndPrintsNothing() throws IOException {
        Path bad = PngFiles.grey(dir.resolve("c.png"), 2, 1, 0, 77);
        Path broken = Files.write(dir.resolve("d.png"), new byte[] {1, 2, 3});
        Path colours = PngFiles.coloured(dir.resolve("e.png"), 2, 1, 0xFF0000, 0x0000FF);
        CommandRun run = CommandRun.of("weights", "--masks", dir, "--classes", 4, "--ignore", 255, "--json");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        List<String> lines = run.complaints();
        assertThat(lines).hasSize(5).last().isEqualTo("segloss4j: 3 of 5 masks are bad, so there are no weights");
        assertThat(lines.get(1)).startsWith("segloss4j: mask " + bad + " holds values that are no class: 77 (1 pixel);"
                + " the first is 77 at (x 1, y 0)").contains("--ignore 77");
        assertThat(lines.get(2)).startsWith("segloss4j: mask " + broken);
        assertThat(lines.get(3)).startsWith("segloss4j: mask " + colours);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--classes=4 --method=foo       | there are no weights named foo, only inverse, balanced,",
        "--classes=4 --image-suffix=_x  | --image-suffix is given, but weights are counted of the masks alone",
        "--classes=4 --method=balanced --beta=0.5 | --beta 0.5 is for the method effective, not balanced",
        "--classes=4 --method=effective --mu=2    | --mu 2.0 is for the method log, not effective",
        "--classes=4 --absent=some      | --absent is some, but must be zero, max, error or a number",
        "--classes=4 --absent=-1        | the cap is -1.0, but must be above 0 and finite",
        "--classes=4 --absent=error     | class 3 has no pixels to weigh it by",
        "--classes=4 --normalise=two    | --normalise is two, but must be none, sum-one, sum-classes or max-one",
        "--classes=4 --beta=1           | beta is 1.0, but must be at least 0 and below 1",
        "--classes=4 --mu=0             | mu is 0.0, but must be above 0 and finite"})
    void complainsInOneLine(String options, String message) {
        CommandRun run = CommandRun.of((Object[]) ("weights --ignore=255 --masks=" + dir + " " + options)
                .split(" +"));
        // Whether a class has pixels depends on the files.
        assertThat(run.code()).isEqualTo(options.contains("--absent=error") ? 1 : 2);
        assertThat(run.out()).isEmpty();
        assertThat(run.complaints()).last().asString().startsWith("segloss4j: " + message);
    }

    @Test
    void namesTheFolder(@TempDir Path empty) {
        Path missing = empty.resolve("missing");
        assertThat(CommandRun.of("weights", "--masks", missing, "--classes", 2))
                .isEqualTo(new CommandRun(1, "", "segloss4j: --masks: " + missing + " does not exist"
                        + System.lineSeparator()));
        assertThat(CommandRun.of("weights", "--masks", empty, "--classes", 2).complaints())
                .containsExactly("segloss4j: --masks: there is no PNG or TIFF file in " + empty);
        assertThat(CommandRun.of("weights", "--masks", dir.resolve("a.png"), "--classes", 2).complaints())
                .containsExactly("segloss4j: --masks: " + dir.resolve("a.png") + " is not a folder");
    }

    @Test
    void complainsIfAllIsVoid(@TempDir Path other) throws IOException {
        PngFiles.grey(other.resolve("a.png"), 2, 1, 9, 9);
        CommandRun run = CommandRun.of("weights", "--masks", other, "--classes", 2, "--ignore", 9);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints())
                .containsExactly("segloss4j: there is no pixel of any of the 2 classes in 1 images");
    }

    @ParameterizedTest
    @ValueSource(strings = {"weights", "weights --masks=x", "weights --classes=two --masks=x"})
    void wrongUsageIsCode2(String line) {
        assertThat(CommandRun.of((Object[]) line.split(" ")).code()).isEqualTo(2);
    }

    @Test
    void helps() {
        CommandRun run = CommandRun.of("weights", "--help");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("--masks=DIR", "--ignore=K", "sqrt_inverse");
    }

    /** What systems and people leave in folders of masks. */
    @Test
    void strayFilesAreLeftOut(@TempDir Path other) throws IOException {
        PngFiles.grey(other.resolve("a.png"), 4, 1, 0, 0, 0, 255);
        for (String stray : new String[] {"Thumbs.db", ".DS_Store", "desktop.ini", "._a.png"}) {
            Files.write(other.resolve(stray), new byte[] {1, 2, 3});
        }
        CommandRun clean = CommandRun.of("weights", "--masks", other, "--values", "0,255", "--json");
        assertThat(clean.err()).isEmpty();
        assertThat(clean.code()).isZero();
        Files.writeString(other.resolve("README.txt"), "about these masks");
        Files.writeString(other.resolve("a.jpg"), "an image");
        Files.createDirectory(other.resolve("old.png"));
        CommandRun run = CommandRun.of("weights", "--masks", other, "--values", "0,255", "--json");
        assertThat(run.code()).isZero();
        assertThat(run.complaints()).containsExactly("segloss4j: left out of " + other
                + ": 3 entries that are no PNG or TIFF files, such as README.txt");
        assertThat(run.out()).isEqualTo(clean.out());
    }

    @Test
    void looksAtSubFoldersOnRequest(@TempDir Path other) throws IOException {
        Files.createDirectories(other.resolve("aachen/.cache"));
        PngFiles.grey(other.resolve("aachen/a_labelIds.png"), 2, 1, 7, 8);
        PngFiles.grey(other.resolve("aachen/a_instanceIds.png"), 2, 1, 26001, 26002);
        PngFiles.grey(other.resolve("aachen/.cache/a_labelIds.png"), 2, 1, 99, 99);
        CommandRun flat = CommandRun.of("weights", "--masks", other, "--label-map", "cityscapes");
        assertThat(flat.complaints()).last().isEqualTo("segloss4j: --masks: there is no PNG or TIFF file in " + other
                + " itself, but there are 2 in its sub-folders, which recursive pairing looks at");
        CommandRun run = CommandRun.of("weights", "--masks", other, "--label-map", "cityscapes", "--recursive",
                "--mask-suffix", "_labelIds", "--method", "inverse");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).startsWith("1 masks, 19 classes, label 255 ignored: 2 pixels")
                .containsPattern("0 road +1 +50.00%").containsPattern("1 sidewalk +1 +50.00%");
        assertThat(run.complaints()).hasSize(11).startsWith(
                "segloss4j: class 2 (building) has no pixel in the masks; its weight is 0")
                .last().isEqualTo("segloss4j: and 7 more such classes");
        CommandRun wrong = CommandRun.of("weights", "--masks", other, "--classes", 2, "--recursive", "--mask-suffix",
                "_mask");
        assertThat(wrong.complaints()).singleElement().asString()
                .startsWith("segloss4j: --masks: there is no PNG or TIFF file"
                + " of the mask suffix _mask in " + other + "; the files there have names such as a");
        Path list = Files.writeString(other.resolve("aachen/val.txt"), "aachen/a\n");
        CommandRun listed = CommandRun.of("weights", "--masks", other, "--label-map", "cityscapes", "--recursive",
                "--mask-suffix", "_labelIds", "--method", "inverse", "--list", list);
        assertThat(listed.out()).isEqualTo(run.out());
        assertThat(listed.complaints()).first().isEqualTo("segloss4j: left out of " + other
                + ": 1 entry that is no PNG or TIFF file, aachen/val.txt");
    }

    @Test
    void namesTenBadFilesAndHowManyMore(@TempDir Path other) throws IOException {
        for (int k = 0; k < 25; k++) {
            PngFiles.grey(other.resolve("m" + (10 + k) + ".png"), 2, 1, 0, 255);
        }
        CommandRun run = CommandRun.of("weights", "--masks", other, "--classes", 2);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).hasSize(12).first().asString().contains("m10.png", "255", "--values 0,255");
        assertThat(run.complaints().subList(10, 12)).containsExactly("segloss4j: and 15 more problems",
                "segloss4j: 25 of 25 masks are bad, so there are no weights");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--absent=max  --method=inverse  | its weight is 4",
        "--absent=3 --method=inverse     | its weight is 3",
        "--absent=max                    | its weights are a rule's, not counted",
        "--absent=zero                   | its weight is 0"})
    void saysWhatAClassWithoutPixelsWeighs(String options, String expected) {
        CommandRun run = CommandRun.of((Object[]) ("weights --ignore=255 --classes=4 --json --masks=" + dir + " "
                + options).split(" +"));
        assertThat(run.complaints()).last().isEqualTo("segloss4j: class 3 has no pixel in the masks; " + expected);
    }

    /** An ignored class is not missed. */
    @Test
    void doesNotMissAnIgnoredClass(@TempDir Path other) throws IOException {
        PngFiles.grey(other.resolve("a.png"), 3, 1, 0, 1, 2);
        CommandRun run = CommandRun.of("weights", "--masks", other, "--classes", 3, "--ignore", 2, "--json");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
    }
}
