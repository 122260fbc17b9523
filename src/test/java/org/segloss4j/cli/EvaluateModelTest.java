package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
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
import org.segloss4j.data.ImageFiles;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.PngFiles;
import org.segloss4j.data.RgbImage;
import org.segloss4j.dl4j.PixelModels;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.dl4j.SegmentationPredictor;

class EvaluateModelTest {

    private static final LabelMap MAP = LabelMap.values(0, 255, 90).ignoring(128).named("red", "green", "blue");
    private static final int[][] SIZES = {{30, 21}, {9, 50}, {40, 16}};

    @TempDir
    private Path dir;
    private Path model;
    private Path images;
    private Path masks;
    private Path out;

    /** Masks of the right answers, except that k of every 10 pixels of image k are random, and some are void. */
    @BeforeEach
    void files() throws IOException {
        model = dir.resolve("model.zip");
        images = Files.createDirectory(dir.resolve("images"));
        masks = Files.createDirectory(dir.resolve("masks"));
        out = dir.resolve("out");
        PixelModels.largestColour(MAP, new ImageSize(16, 16)).scale(SegmentationModel.Scale.NATIVE).save(model);
        Random random = new Random(6);
        for (int k = 0; k < SIZES.length; k++) {
            RgbImage image = ImageFiles.noise(SIZES[k][0], SIZES[k][1], k);
            int[] values = rightValues(image);
            for (int p = 0; p < values.length; p++) {
                if (p % 10 < 3 * k) {
                    values[p] = MAP.valueOf(random.nextInt(3));
                } else if (p % 17 == 0) {
                    values[p] = 128;
                }
            }
            String name = "abc".substring(k, k + 1);
            ImageFiles.png(images.resolve(name + ".png"), image);
            PngFiles.grey(masks.resolve(name + ".png"), SIZES[k][0], SIZES[k][1], values);
        }
    }

    private static int[] rightValues(RgbImage image) {
        int[] values = new int[(int) image.size().pixels()];
        Arrays.setAll(values, p -> MAP.valueOf(PixelModels.largestColour(image, p % image.size().width(),
                p / image.size().width())));
        return values;
    }

    private CommandRun evaluate(Object... more) {
        Object[] args = {"evaluate", "--model", model, "--images", images, "--masks", masks};
        return CommandRun.of(Stream.concat(Stream.of(args), Stream.of(more)).toArray());
    }

    private CommandRun evaluateFiles(Object... more) {
        Object[] args = {"evaluate", "--truth", masks, "--pred", dir.resolve("predicted")};
        return CommandRun.of(Stream.concat(Stream.of(args), Stream.of(more)).toArray());
    }

    private void predict(Object... more) {
        Object[] args = {"predict", "--model", model, "--images", images, "--out", dir.resolve("predicted")};
        CommandRun run = CommandRun.of(Stream.concat(Stream.of(args), Stream.of(more)).toArray());
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
    }

    private static String good(CommandRun run) {
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        return run.out();
    }

    @Test
    void predictedFilesScoreTheSameToTheDigit() throws IOException {
        String json = good(evaluate("--json", "--out", out));
        predict();
        assertThat(good(evaluateFiles("--json", "--out", dir.resolve("other"), "--values=0,255,90", "--ignore=128",
                "--names=red,green,blue"))).isEqualTo(json);
        for (String file : List.of("evaluation.json", "classes.csv", "confusion.csv", "images.csv", "images.json")) {
            assertThat(dir.resolve("other").resolve(file)).hasSameTextualContentAs(out.resolve(file));
        }
        JsonNode scores = new ObjectMapper().readTree(json);
        assertThat(scores.get("pixelAccuracy").asDouble()).isBetween(0.6, 0.95);
        assertThat(good(evaluate())).contains("red", "green", "blue", "pixel accuracy");
    }

    @Test
    void alsoWhereTheImagesAreResized() throws IOException {
        PixelModels.largestColour(MAP, new ImageSize(16, 16)).save(model);
        String json = good(evaluate("--json"));
        predict();
        String[] map = {"--values=0,255,90", "--ignore=128", "--names=red,green,blue"};
        assertThat(good(evaluateFiles("--json", map[0], map[1], map[2]))).isEqualTo(json);
        // Not the scores of tiles.
        String tiles = good(evaluate("--json", "--tiles", "--overlap=3"));
        assertThat(tiles).isNotEqualTo(json);
        predict("--tiles", "--overlap=3", "--overwrite");
        assertThat(good(evaluateFiles("--json", map[0], map[1], map[2]))).isEqualTo(tiles);
    }

    @Test
    void alsoWithASingleChannelAndItsThreshold() throws IOException {
        PixelModels.redness(LabelMap.values(0, 255).ignoring(128), new ImageSize(16, 16)).save(model);
        for (Path mask : List.of(masks.resolve("a.png"), masks.resolve("b.png"), masks.resolve("c.png"))) {
            ImageSize size = MaskImage.read(mask).size();
            int[] values = new Random(2).ints(size.pixels(), 0, 2).map(c -> 255 * c).toArray();
            PngFiles.grey(mask, size.width(), size.height(), values);
        }
        String half = good(evaluate("--json"));
        String high = good(evaluate("--json", "--threshold=0.6"));
        assertThat(high).isNotEqualTo(half);
        predict("--threshold=0.6");
        assertThat(good(evaluateFiles("--json", "--values=0,255", "--ignore=128"))).isEqualTo(high);
    }

    @Test
    void findsMasksBySuffixListAndSubFolder() throws IOException {
        String json = good(evaluate("--json"));
        for (String name : List.of("a", "b", "c")) {
            Files.createDirectories(images.resolve("city"));
            Files.createDirectories(masks.resolve("city"));
            Files.move(images.resolve(name + ".png"), images.resolve("city/" + name + "_photo.png"));
            Files.move(masks.resolve(name + ".png"), masks.resolve("city/" + name + "_mask.png"));
        }
        Object[] layout = {"--json", "--image-suffix=_photo", "--mask-suffix=_mask", "--recursive"};
        assertThat(good(evaluate(layout))).isEqualTo(json);
        predict("--recursive");
        Object[] map = {"--values=0,255,90", "--ignore=128", "--names=red,green,blue"};
        Object[] both = Stream.concat(Stream.of(layout), Stream.of(map)).toArray();
        assertThat(dir.resolve("predicted/city/a_photo.png")).exists();
        assertThat(good(evaluateFiles(both))).isEqualTo(json);
        Path list = Files.writeString(dir.resolve("val.txt"), "city/b\ncity/a\n");
        JsonNode listed = new ObjectMapper().readTree(good(evaluate("--json", layout[1], layout[2], layout[3],
                "--list=" + list)));
        assertThat(listed.get("images").asInt()).isEqualTo(2);
        assertThat(good(evaluateFiles(Stream.concat(Stream.of(both), Stream.of("--list=" + list)).toArray())))
                .isEqualTo(good(evaluate("--json", layout[1], layout[2], layout[3], "--list=" + list)));
    }

    @Test
    void tellsTheScoresOfEachImageTheWorstFirst() throws IOException {
        assertThat(good(evaluate("--out", out))).endsWith("written to " + out + ": evaluation.json, classes.csv,"
                + " confusion.csv, images.csv, images.json, report.html" + System.lineSeparator());
        List<CSVRecord> rows = CSVFormat.RFC4180.parse(new StringReader(Files.readString(out.resolve("images.csv"))))
                .getRecords();
        assertThat(rows.get(0).toList()).containsExactly("image", "mean_iou", "pixel_accuracy", "pixels",
                "void_pixels", "iou_red", "iou_green", "iou_blue");
        assertThat(rows.stream().skip(1).map(row -> row.get(0)).toList()).containsExactly("c", "b", "a");
        assertThat(rows.get(3).toList()).containsExactly("a", "1.0", "1.0", "592", "38", "1.0", "1.0", "1.0");
        double worst = Double.parseDouble(rows.get(1).get(1));
        assertThat(worst).isLessThan(Double.parseDouble(rows.get(2).get(1)));
        assertThat((Double.parseDouble(rows.get(1).get(5)) + Double.parseDouble(rows.get(1).get(6))
                + Double.parseDouble(rows.get(1).get(7))) / 3).isCloseTo(worst, within(1e-12));
        JsonNode json = new ObjectMapper().readTree(Files.readString(out.resolve("images.json")));
        assertThat(json).hasSize(3);
        assertThat(json.get(0).get("image").asText()).isEqualTo("c");
        assertThat(json.get(0).get("meanIou").asDouble()).isEqualTo(worst);
        assertThat(json.get(2).get("iou")).hasToString("[1.0,1.0,1.0]");
        // Image, truth, prediction and errors of three images.
        assertThat(Files.readString(out.resolve("report.html")).split("data:image/")).hasSize(13);
        predict();
        good(evaluateFiles("--values=0,255,90", "--ignore=128", "--images", images, "--out", out));
        assertThat(Files.readString(out.resolve("report.html")).split("data:image/")).hasSize(13);
        good(evaluateFiles("--values=0,255,90", "--ignore=128", "--out", out));
        assertThat(Files.readString(out.resolve("report.html")).split("data:image/")).hasSize(10);
    }

    /** Of the probabilities that predict writes, by plain loops. */
    @Test
    void calibrationIsThatOfTheModelsProbabilities() throws IOException {
        String text = good(evaluate("--calibration", "--out", out));
        assertThat(text).contains("calibration of the probabilities", "top label").contains("images.json,"
                + " calibration.csv, reliability.svg, report.html");
        JsonNode scores = new ObjectMapper().readTree(Files.readString(out.resolve("evaluation.json")))
                .get("calibration");
        double brier = 0;
        double ece = 0;
        long pixels = 0;
        double[] excess = new double[15];
        SegmentationPredictor predictor = SegmentationPredictor.of(SegmentationModel.load(model));
        for (String name : List.of("a", "b", "c")) {
            float[] p = predictor.probabilities(RgbImage.read(images.resolve(name + ".png")));
            int[] truth = MaskImage.read(masks.resolve(name + ".png"), MAP).labels();
            for (int at = 0; at < truth.length; at++) {
                if (MAP.ignoreIndex() == truth[at]) {
                    continue;
                }
                pixels++;
                int top = 0;
                for (int c = 0; c < 3; c++) {
                    double gap = p[at * 3 + c] - (truth[at] == c ? 1 : 0);
                    brier += gap * gap;
                    top = p[at * 3 + c] > p[at * 3 + top] ? c : top;
                }
                excess[(int) Math.min(14, p[at * 3 + top] * 15)] += p[at * 3 + top] - (truth[at] == top ? 1 : 0);
            }
        }
        for (double gap : excess) {
            ece += Math.abs(gap) / pixels;
        }
        assertThat(scores.get("ece").asDouble()).isCloseTo(ece, within(1e-6));
        assertThat(scores.get("brier").asDouble()).isCloseTo(brier / pixels, within(1e-6));
        assertThat(scores.get("perClass").get(1).get("name").asText()).isEqualTo("green");
        assertThat(scores.get("perClass").get(1).get("pixels").asLong()).isEqualTo(pixels);
        List<CSVRecord> bins = CSVFormat.RFC4180.parse(new StringReader(
                Files.readString(out.resolve("calibration.csv")))).getRecords();
        assertThat(bins).hasSize(1 + 4 * 15);
        assertThat(bins.stream().skip(46).mapToLong(row -> Long.parseLong(row.get(4))).sum()).isEqualTo(pixels);
        assertThat(Files.readString(out.resolve("reliability.svg"))).startsWith("<svg");
        assertThat(new ObjectMapper().readTree(good(evaluate("--json"))).get("calibration")).isNull();
    }

    @Test
    void calibrationOfASingleChannel() throws IOException {
        PixelModels.redness(LabelMap.values(0, 255).ignoring(128).named("dull", "red"), new ImageSize(16, 16))
                .save(model);
        for (String name : List.of("a", "b", "c")) {
            ImageSize size = MaskImage.read(masks.resolve(name + ".png")).size();
            int[] values = new Random(2).ints(size.pixels(), 0, 2).map(c -> 255 * c).toArray();
            PngFiles.grey(masks.resolve(name + ".png"), size.width(), size.height(), values);
        }
        JsonNode scores = new ObjectMapper().readTree(good(evaluate("--json", "--calibration"))).get("calibration");
        assertThat(scores.get("perClass")).hasSize(1);
        assertThat(scores.get("perClass").get(0).get("name").asText()).isEqualTo("red");
        assertThat(scores.get("ece").asDouble()).isEqualTo(scores.get("perClass").get(0).get("ece").asDouble())
                .isBetween(0.0, 1.0);
    }

    @Test
    void masksMayStoreOtherValuesThanTheModels() throws IOException {
        String json = good(evaluate("--json"));
        for (int k = 0; k < SIZES.length; k++) {
            Path mask = masks.resolve("abc".substring(k, k + 1) + ".png");
            int[] labels = MaskImage.read(mask, MAP).labels();
            PngFiles.grey(mask, SIZES[k][0], SIZES[k][1], labels);
        }
        // The model's names stay.
        assertThat(good(evaluate("--json", "--classes=3", "--ignore=255"))).isEqualTo(json);
        assertThat(evaluate().complaints()).first().asString().contains("holds values that are no class: 1 ");
        assertThat(evaluate("--classes=4").complaints()).containsExactly("segloss4j: --classes says that the masks"
                + " have 4 classes, but the model has 3");
    }

    @Test
    void namesWhatIsWrongAndWritesNothing() throws IOException {
        Path wide = PngFiles.grey(masks.resolve("b.png"), 10, 50, new int[500]);
        Path broken = Files.writeString(images.resolve("c.png"), "no picture");
        CommandRun run = evaluate("--out", out);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.complaints()).hasSize(3);
        assertThat(run.complaints().get(0)).isEqualTo("segloss4j: mask " + wide + " is 10x50, but its image is 9x50");
        assertThat(run.complaints().get(1)).startsWith("segloss4j: image " + broken);
        assertThat(run.complaints().get(2)).isEqualTo("segloss4j: not all of the images in " + images
                + " can be evaluated, so nothing is");
        assertThat(out).doesNotExist();
        Files.delete(images.resolve("a.png"));
        assertThat(evaluate().complaints()).first().asString().contains(masks.resolve("a.png").toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--model=m --truth=t --pred=p | --model and --truth do not go together: EITHER",
        "--model=m --images=i         | --masks is missing: EITHER",
        "--model=m --masks=i          | --images is missing: EITHER",
        "--masks=m --images=i         | --model is missing: EITHER",
        "--truth=t --classes=2        | --pred is missing: EITHER",
        "--images=t                   | there is nothing to compare: EITHER",
        "--truth=t --pred=p --tiles   | --tiles is given, but --model is not",
        "--truth=t --pred=p --calibration | --calibration is given, but --model is not: masks have no probabilities"})
    void wrongUsageIsToldFirst(String options, String message) {
        CommandRun run = CommandRun.of((Object[]) ("evaluate " + options).split(" +"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(message.replace("EITHER",
                "give either --model, --images and --masks, or --truth and --pred"));
    }
}
