package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.data.PngFiles;

class EvaluateCommandTest {

    @TempDir
    private Path dir;
    private Path truth;
    private Path predictions;
    private Path out;

    /** Confusion, row = truth: (3 1 0), (0 2 0), (0 0 0); two void pixels, one of them predicted as label 200. */
    @BeforeEach
    void masks() throws IOException {
        truth = Files.createDirectory(dir.resolve("truth"));
        predictions = Files.createDirectory(dir.resolve("predictions"));
        out = dir.resolve("new/out");
        PngFiles.grey(truth.resolve("a.png"), 2, 2, 0, 0, 0, 255);
        PngFiles.grey(predictions.resolve("a.png"), 2, 2, 0, 0, 1, 200);
        PngFiles.indexed(truth.resolve("b.png"), 8, 2, 2, 0, 1, 1, 255);
        PngFiles.indexed(predictions.resolve("b.png"), 2, 2, 2, 0, 1, 1, 1);
    }

    private CommandRun evaluate(Object... more) {
        Object[] args = {"evaluate", "--truth", truth, "--pred", predictions, "--classes", 3, "--ignore", 255};
        return CommandRun.of(Stream.concat(Stream.of(args), Stream.of(more)).toArray());
    }

    @Test
    void printsATable() {
        CommandRun run = evaluate("--names", "sky,road,car");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        // IoU: sky 3 of 4, road 2 of 3; precision of road 2 of 3, recall of sky 3 of 4.
        assertThat(run.out()).contains("sky", "road", "car", "0.7500", "0.6667").contains("pixel accuracy 0.8333");
        assertThat(out).doesNotExist();
    }

    @Test
    void printsJson() throws IOException {
        CommandRun run = evaluate("--json");
        assertThat(run.code()).isZero();
        checkJson(new ObjectMapper().readTree(run.out()));
    }

    /** Of road and car 2 pixels are right and 1 is too many; of sky and car 3 are right and 1 is missing. */
    @Test
    void groupsOfClassesHaveScores() throws IOException {
        CommandRun run = evaluate("--names", "sky,road,car", "--class-groups", "ground=road,2;0,car", "--out", out);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).containsPattern("\ngroup ground +0.6667 +0.8000 +0.6667 +1.0000 +2 +3\n"
                + "group 0\\+car +0.7500 +0.8571 +1.0000 +0.7500 +4 +3\n");
        assertThat(Files.readString(out.resolve("groups.csv"))).startsWith("name,pixels,predicted,iou,dice,")
                .contains("\nground,2,3,0.6666666666666666,0.8,", "\n0+car,4,3,0.75,");
        JsonNode json = new ObjectMapper().readTree(out.resolve("evaluation.json").toFile());
        assertThat(json.get("meanGroupIou").asDouble()).isCloseTo((2 / 3.0 + 3 / 4.0) / 2, within(1e-12));
        assertThat(json.get("perGroup").get(0).get("recall").asDouble()).isEqualTo(1);
        assertThat(Files.readString(out.resolve("report.html"))).contains("Groups of classes", "<bdi>ground</bdi>");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "a=1,3 | --class-groups: a group of classes is [1, 3], but class 3 is outside 0..2",
        "1,1 | --class-groups: a group of classes is [1, 1], but must hold different indexes of at least 0",
        "a=1;a=2 | --class-groups has two groups that are called a",
        "a=car | --class-groups has \"car\" in \"a=car\", which is neither the number nor the name of a class",
        "a=1, | --class-groups has \"\" in \"a=1,\", which is neither the number nor the name of a class",
        "=1 | --class-groups has \"=1\", but a group is written as NAME=K,K, such as whole=1,2,3"})
    void badGroupsAreNamed(String groups, String message) {
        CommandRun run = evaluate("--class-groups", groups);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(message);
    }

    private static void checkJson(JsonNode json) {
        assertThat(json.get("images").asInt()).isEqualTo(2);
        assertThat(json.get("pixels").asLong()).isEqualTo(6);
        assertThat(json.get("confusion").toString()).isEqualTo("[[3,1,0],[0,2,0],[0,0,0]]");
        assertThat(json.get("meanIou").asDouble()).isCloseTo((3 / 4.0 + 2 / 3.0) / 2, within(1e-12));
        assertThat(json.get("pixelAccuracy").asDouble()).isCloseTo(5 / 6.0, within(1e-12));
        JsonNode road = json.get("perClass").get(1);
        assertThat(road.get("pixels").asLong()).isEqualTo(2);
        assertThat(road.get("predicted").asLong()).isEqualTo(3);
        assertThat(road.get("dice").asDouble()).isCloseTo(4 / 5.0, within(1e-12));
        assertThat(road.get("precision").asDouble()).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(road.get("recall").asDouble()).isEqualTo(1);
        // One of the four other pixels is predicted as road.
        assertThat(road.get("specificity").asDouble()).isEqualTo(0.75);
        assertThat(road.get("balancedAccuracy").asDouble()).isEqualTo(0.875);
        assertThat(road.get("mcc").asDouble()).isCloseTo((2 * 3 - 1 * 0) / Math.sqrt(3 * 2 * 4 * 3), within(1e-12));
        assertThat(json.get("mcc").asDouble()).isCloseTo(road.get("mcc").asDouble(), within(1e-12));
        // 5 of 6 agree, and (4·3 + 2·3) / 36 do by chance.
        assertThat(json.get("cohenKappa").asDouble()).isCloseTo((5 / 6.0 - 0.5) / (1 - 0.5), within(1e-12));
        assertThat(json.get("perClass").get(2).get("iou").isNull()).isTrue();
    }

    @Test
    void writesAllFilesWhole() throws IOException {
        assertThat(evaluate("--out", out, "--names", "sky,\"road\",car").code()).isZero();
        assertThat(names(out)).containsExactly("classes.csv", "confusion.csv", "evaluation.json", "images.csv",
                "images.json", "report.html");
        checkJson(new ObjectMapper().readTree(Files.readString(out.resolve("evaluation.json"))));
        List<CSVRecord> classes = records("classes.csv");
        assertThat(classes.get(0).toList()).containsExactly("index", "name", "pixels", "predicted", "iou", "dice",
                "precision", "recall", "specificity", "balanced_accuracy", "mcc");
        assertThat(classes.get(2).get(1)).isEqualTo("\"road\"");
        assertThat(Double.parseDouble(classes.get(2).get(4))).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(classes.get(3).toList()).containsExactly("2", "car", "0", "0", "", "", "", "", "1.0", "", "");
        List<CSVRecord> confusion = records("confusion.csv");
        assertThat(confusion.get(0).toList()).containsExactly("truth", "sky", "\"road\"", "car");
        assertThat(confusion.get(1).toList()).containsExactly("sky", "3", "1", "0");
        // Names are escaped, and precision of a class that is never predicted is 0/0.
        assertThat(Files.readString(out.resolve("report.html"))).contains("2 images, 3 classes",
                "<bdi>&quot;road&quot;</bdi>", "--names", "<td>\u2013</td>").doesNotContain("\"road\"");
    }

    private List<CSVRecord> records(String file) throws IOException {
        return CSVFormat.RFC4180.parse(new StringReader(Files.readString(out.resolve(file)))).getRecords();
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void replacesFilesOfAnEarlierRun() throws IOException {
        Files.createDirectories(out);
        Files.writeString(out.resolve("evaluation.json"), "old");
        Files.writeString(out.resolve("other.txt"), "kept");
        assertThat(evaluate("--out", out).code()).isZero();
        checkJson(new ObjectMapper().readTree(Files.readString(out.resolve("evaluation.json"))));
        assertThat(out.resolve("other.txt")).hasContent("kept");
    }

    @Test
    void namesEveryBadFileAndWritesNothing() throws IOException {
        Path lonely = PngFiles.grey(truth.resolve("c.png"), 1, 1, 0);
        Path extra = PngFiles.grey(predictions.resolve("d.png"), 1, 1, 0);
        PngFiles.grey(truth.resolve("e.png"), 2, 2, 0, 0, 0, 0);
        Path wide = PngFiles.grey(predictions.resolve("e.png"), 3, 2, 0, 0, 0, 0, 0, 0);
        Path badTruth = PngFiles.grey(truth.resolve("f.png"), 2, 1, 7, 0);
        PngFiles.grey(predictions.resolve("f.png"), 2, 1, 0, 0);
        PngFiles.grey(truth.resolve("f2.png"), 2, 1, 0, 0);
        Path badPrediction = PngFiles.grey(predictions.resolve("f2.png"), 2, 1, 0, 255);
        PngFiles.grey(truth.resolve("g.png"), 1, 1, 0);
        Path broken = Files.writeString(predictions.resolve("g.png"), "no picture");
        CommandRun run = evaluate("--out", out);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.complaints()).containsExactly(
                "segloss4j: truth " + lonely + " has no prediction of that name",
                "segloss4j: prediction " + extra + " has no truth of that name",
                "segloss4j: prediction " + wide + " is 3x2, but its truth is 2x2",
                "segloss4j: mask " + badTruth + " holds values that are no class: 7 (1 pixel); the first is 7 at"
                        + " (x 0, y 0); if 7 marks pixels without a class, use --ignore 7"
                        + " (in Java LabelMap.ignoring(7))",
                "segloss4j: prediction " + badPrediction + " is void at 1 pixel where the truth is a class; the first"
                        + " is at (x 1, y 0)",
                "segloss4j: mask " + broken + " is not a PNG or TIFF image",
                "segloss4j: the masks in " + truth + " and " + predictions
                        + " do not fit together, so nothing is evaluated");
        assertThat(out).doesNotExist();
    }

    /** Values that go on where the classes end are more likely classes than void pixels. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "3, 0 | if 3 is a class, use --classes 4 (in Java LabelMap.indexes(4)); if it marks pixels without a class, use"
            + " --ignore 3",
        "3, 4 | if 3 to 4 are classes, use --classes 5 (in Java LabelMap.indexes(5))"})
    void asksForMoreClasses(String values, String advice) throws IOException {
        String[] stored = values.split(", ");
        PngFiles.grey(truth.resolve("a.png"), 2, 2, 0, 1, Integer.parseInt(stored[0]), Integer.parseInt(stored[1]));
        PngFiles.grey(predictions.resolve("a.png"), 2, 2, 0, 0, 0, 0);
        assertThat(evaluate().complaints().get(0)).endsWith("; " + advice);
        PngFiles.grey(truth.resolve("a.png"), 2, 2, 0, 1, 3, 255);
        assertThat(CommandRun.of("evaluate", "--truth", truth, "--pred", predictions, "--classes", 3).complaints()
                .get(0)).endsWith("; if 3 is a class, use --classes 4 --ignore 255"
                        + " (in Java LabelMap.indexes(4).ignoring(255))");
    }

    @Test
    void namesTheFolder() throws IOException {
        Path empty = Files.createDirectory(dir.resolve("empty"));
        CommandRun run = CommandRun.of("evaluate", "--truth", truth, "--pred", empty, "--classes", 3);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).containsExactly("segloss4j: --pred: there is no PNG or TIFF file in " + empty);
        Path missing = dir.resolve("missing");
        assertThat(CommandRun.of("evaluate", "--truth", missing, "--pred", truth, "--classes", 3).complaints())
                .containsExactly("segloss4j: --truth: " + missing + " does not exist");
    }

    @Test
    void complainsIfAllIsVoid() throws IOException {
        Path onlyVoid = Files.createDirectory(dir.resolve("void"));
        PngFiles.grey(onlyVoid.resolve("a.png"), 1, 1, 255);
        CommandRun run = CommandRun.of("evaluate", "--truth", onlyVoid, "--pred", onlyVoid, "--classes", 3,
                "--ignore", 255, "--out", out);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).containsExactly("segloss4j: every pixel of the masks in " + onlyVoid + " is void");
        assertThat(out).doesNotExist();
    }

    @Test
    void complainsIfTheOutputFolderIsAFile() throws IOException {
        Path file = Files.writeString(dir.resolve("taken"), "a file");
        CommandRun run = evaluate("--out", file);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.complaints()).singleElement().asString()
                .startsWith("segloss4j: --out: " + file + " cannot be written");
        assertThat(file).hasContent("a file");
    }

    @Test
    void leavesNothingIfAFileCannotBeWritten() throws IOException {
        Files.createDirectories(out.resolve("report.html"));
        CommandRun run = evaluate("--out", out);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).containsExactly("segloss4j: --out: " + out.resolve("report.html")
                + " cannot be written: it is a folder");
        assertThat(names(out)).containsExactly("report.html");
    }

    @Test
    void perfectPredictionsScoreOne() throws IOException {
        JsonNode json = new ObjectMapper().readTree(CommandRun.of("evaluate", "--truth", truth, "--pred", truth,
                "--classes", 3, "--ignore", 255, "--json").out());
        assertThat(json.get("meanIou").asDouble()).isEqualTo(1);
        assertThat(json.get("pixelAccuracy").asDouble()).isEqualTo(1);
    }

    /** The same labels stored as classes, as black and white, in several values and in colours score the same. */
    @Test
    void readsBothFoldersByTheSameMap() throws IOException {
        // Where the truth is void, the prediction is no class of any map.
        String expected = score("indexes", new int[] {0, 1, 1, 0, 2, 0}, new int[] {0, 1, 0, 0, 77, 1},
                "--classes=2", "--ignore=2");
        assertThat(new ObjectMapper().readTree(expected).get("confusion")).hasToString("[[2,1],[1,1]]");
        int[] greys = {0, 255, 255, 0, 128, 0};
        assertThat(score("binary", greys, new int[] {0, 255, 0, 0, 77, 255}, "--values=0,255", "--ignore=128,129"))
                .isEqualTo(expected.replace("\"ignoreIndex\" : 2,", "\"ignoreIndex\" : 255,"));
        Path map = Files.writeString(dir.resolve("map.txt"), "0 0\n255 1\n254 1\n128 ignore\n");
        String mapped = score("mapped", greys, new int[] {0, 254, 0, 0, 77, 255}, "--label-map=" + map);
        assertThat(mapped).isEqualTo(expected.replace("\"ignoreIndex\" : 2,", "\"ignoreIndex\" : 255,"));
        assertThat(score("colours", new int[] {0, 0xFF0000, 0xFF0000, 0, 0xFFFFFF, 0},
                new int[] {0, 0xFF0000, 0, 0, 0x123456, 0xFF0000}, "--values=#000000,#ff0000", "--ignore=#ffffff"))
                .isEqualTo(mapped);
    }

    private String score(String name, int[] truths, int[] predicted, Object... options) throws IOException {
        Path[] folders = {dir.resolve(name + "/truth"), dir.resolve(name + "/pred")};
        boolean colours = Arrays.stream(truths).anyMatch(value -> value > 0xFFFF);
        for (int k = 0; k < 2; k++) {
            Files.createDirectories(folders[k]);
            int[] values = k == 0 ? truths : predicted;
            Path file = folders[k].resolve("a.png");
            if (colours) {
                PngFiles.coloured(file, 3, 2, values);
            } else {
                PngFiles.grey(file, 3, 2, values);
            }
        }
        Object[] args = {"evaluate", "--json", "--truth", folders[0], "--pred", folders[1]};
        CommandRun run = CommandRun.of(Stream.concat(Stream.of(args), Stream.of(options)).toArray());
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        return run.out();
    }

    /** Unknown values of a prediction are named with what to do, as those of a truth are. */
    @Test
    void namesUnknownValuesOfAPrediction() throws IOException {
        Path bad = PngFiles.grey(predictions.resolve("b.png"), 2, 2, 0, 1, 9, 200);
        CommandRun run = evaluate();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).first().asString().startsWith("segloss4j: mask " + bad
                + " holds values that are no class: 9 (1 pixel), 200 (1 pixel); the first is 9 at (x 0, y 1)");
    }

    /** Nobody is told to ignore them: then the prediction would be void where the truth is a class. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "9, 1 | a prediction needs a class wherever the truth has one",
        "255, 1 | a prediction needs a class wherever the truth has one",
        "3, 1 | if 3 is a class, use --classes 4 (in Java LabelMap.indexes(4))",
        "3, 255 | a prediction needs a class wherever the truth has one"})
    void doesNotAskToIgnoreValuesOfAPrediction(String values, String advice) throws IOException {
        String[] stored = values.split(", ");
        PngFiles.grey(truth.resolve("a.png"), 2, 2, 0, 1, 0, 1);
        PngFiles.grey(predictions.resolve("a.png"), 2, 2, 0, 1, Integer.parseInt(stored[0]),
                Integer.parseInt(stored[1]));
        assertThat(CommandRun.of("evaluate", "--truth", truth, "--pred", predictions, "--classes", 3).complaints()
                .get(0)).contains("values that are no class").endsWith("; " + advice);
    }

    @Test
    void namesTenProblemsAndHowManyMore() throws IOException {
        for (int k = 0; k < 12; k++) {
            PngFiles.grey(truth.resolve("x" + k + ".png"), 1, 1, 0);
        }
        Files.writeString(predictions.resolve("Thumbs.db"), "");
        assertThat(evaluate().complaints()).hasSize(12).element(10).isEqualTo("segloss4j: and 2 more problems");
    }
}
