package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.data.ImageFiles;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.RgbImage;
import org.segloss4j.dl4j.PixelModels;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.dl4j.SegmentationPredictor;

class PredictCommandTest {

    private static final LabelMap MAP = LabelMap.values(0, 255, 90).named("red", "green", "blue");

    @TempDir
    private Path dir;
    private Path model;
    private Path images;
    private Path out;

    @BeforeEach
    void files() throws IOException {
        model = dir.resolve("model.zip");
        images = Files.createDirectory(dir.resolve("images"));
        out = dir.resolve("new/out");
        PixelModels.largestColour(MAP, new ImageSize(16, 16)).scale(SegmentationModel.Scale.NATIVE).save(model);
        ImageFiles.png(images.resolve("a.png"), ImageFiles.noise(30, 21, 1));
        ImageFiles.png(images.resolve("b.png"), ImageFiles.noise(9, 50, 2));
    }

    private CommandRun predict(Object... more) {
        Object[] args = {"predict", "--model", model, "--images", images, "--out", out};
        return CommandRun.of(Stream.concat(Stream.of(args), Stream.of(more)).toArray());
    }

    private static void assertRight(Path image, Path mask) throws IOException {
        RgbImage pixels = RgbImage.read(image);
        MaskImage labels = MaskImage.read(mask, MAP);
        assertThat(labels.size()).isEqualTo(pixels.size());
        for (int y = 0; y < labels.height(); y++) {
            for (int x = 0; x < labels.width(); x++) {
                assertThat(labels.at(x, y)).isEqualTo(PixelModels.largestColour(pixels, x, y));
            }
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).map(file -> folder.relativize(file).toString()).sorted()
                    .toList();
        }
    }

    @Test
    void writesAMaskOfEachImagesOwnSize() throws IOException {
        CommandRun run = predict();
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(names(out)).containsExactly("a.png", "b.png");
        assertRight(images.resolve("a.png"), out.resolve("a.png"));
        assertRight(images.resolve("b.png"), out.resolve("b.png"));
        assertThat(MaskImage.read(out.resolve("a.png")).labels()).containsOnly(0, 90, 255);
        assertThat(run.out().lines().toList()).hasSize(4)
                .contains("model    " + model + ": 3 classes, tiles of 16x16 that overlap by 4", "images   2")
                .anyMatch(line -> line.matches("written  2 masks in .* s to " + out))
                .anyMatch(line -> line.matches("classes  (red|green|blue) 3\\d\\.\\d\\d %, .*"));
    }

    @Test
    void takesFilesAndFoldersOfFolders() throws IOException {
        Path below = Files.createDirectories(images.resolve("city/night"));
        ImageFiles.png(below.resolve("a.png"), ImageFiles.noise(17, 18, 3));
        BufferedImage photo = new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB);
        photo.createGraphics().fillRect(0, 0, 20, 10);
        ImageIO.write(photo, "jpg", dir.resolve("photo.JPG").toFile());
        assertThat(predict("--recursive").code()).isZero();
        assertThat(names(out)).containsExactly("a.png", "b.png", "city/night/a.png");
        assertRight(below.resolve("a.png"), out.resolve("city/night/a.png"));
        CommandRun files = CommandRun.of("predict", "--model", model, "--images", below, dir.resolve("photo.JPG"),
                images.resolve("b.png"), "--out", dir.resolve("files"));
        assertThat(files.err()).isEmpty();
        assertThat(names(dir.resolve("files"))).containsExactly("a.png", "b.png", "photo.png");
    }

    @Test
    void writesOverlaysAndProbabilitiesOnRequest() throws IOException {
        Path overlays = dir.resolve("overlays");
        Path probabilities = dir.resolve("probabilities");
        assertThat(predict("--overlays", overlays, "--probabilities", probabilities).code()).isZero();
        assertThat(names(out)).containsExactly("a.png", "b.png");
        assertThat(names(overlays)).containsExactly("a.png", "b.png");
        assertThat(names(probabilities)).containsExactly("a.npy", "b.npy");
        RgbImage image = RgbImage.read(images.resolve("a.png"));
        RgbImage overlay = RgbImage.read(overlays.resolve("a.png"));
        float[] expected = SegmentationPredictor.of(SegmentationModel.load(model)).probabilities(image);
        INDArray array = Nd4j.createFromNpyFile(probabilities.resolve("a.npy").toFile());
        assertThat(array.shape()).containsExactly(21, 30, 3);
        assertThat(array.dup('c').ravel().toFloatVector()).containsExactly(expected);
        for (int y = 0; y < 21; y++) {
            for (int x = 0; x < 30; x++) {
                int colour = MAP.colours().get(PixelModels.largestColour(image, x, y));
                for (int shift = 0; shift < 24; shift += 8) {
                    int mean = ((image.at(x, y) >> shift & 0xFF) + (colour >> shift & 0xFF) + 1) / 2;
                    assertThat(overlay.at(x, y) >> shift & 0xFF).isEqualTo(mean);
                }
            }
        }
    }

    @Test
    void resizedModelsSeeTheWholeImage() throws IOException {
        SegmentationModel resized = PixelModels.largestColour(MAP, new ImageSize(16, 16));
        resized.save(model);
        CommandRun run = predict();
        assertThat(run.out()).contains("images resized to 16x16");
        RgbImage image = RgbImage.read(images.resolve("a.png"));
        assertThat(MaskImage.read(out.resolve("a.png"), MAP)).isEqualTo(resized.predict(image));
        assertThat(predict("--tiles", "--overwrite").out()).contains("tiles of 16x16 that overlap by 4");
        assertRight(images.resolve("a.png"), out.resolve("a.png"));
    }

    @Test
    void aSingleChannelHasAThreshold() throws IOException {
        LabelMap binary = LabelMap.values(0, 255);
        PixelModels.redness(binary, new ImageSize(8, 8)).scale(SegmentationModel.Scale.NATIVE).save(model);
        RgbImage image = RgbImage.read(images.resolve("a.png"));
        assertThat(predict().code()).isZero();
        MaskImage half = MaskImage.read(out.resolve("a.png"), binary);
        CommandRun run = predict("--overwrite", "--threshold", PixelModels.redness(200));
        assertThat(run.out()).contains("threshold 0.88");
        MaskImage high = MaskImage.read(out.resolve("a.png"), binary);
        for (int y = 0; y < 21; y++) {
            for (int x = 0; x < 30; x++) {
                int red = image.at(x, y) >> 16;
                assertThat(half.at(x, y)).isEqualTo(red > 100 ? 1 : 0);
                // At 200 itself rounding decides.
                assertThat(red == 200 || high.at(x, y) == (red > 200 ? 1 : 0)).isTrue();
            }
        }
        Path probabilities = dir.resolve("probabilities");
        assertThat(predict("--overwrite", "--probabilities", probabilities).code()).isZero();
        INDArray array = Nd4j.createFromNpyFile(probabilities.resolve("a.npy").toFile());
        assertThat(array.shape()).containsExactly(21, 30, 1);
        assertThat(array.getDouble(20, 29, 0)).isCloseTo(PixelModels.redness(image.at(29, 20) >> 16), within(1e-5));
    }

    @Test
    void namesTheFilesThatFailAndDoesTheOthers() throws IOException {
        Path broken = Files.writeString(images.resolve("aa.png"), "no picture");
        byte[] half = Files.readAllBytes(images.resolve("b.png"));
        Path ends = Files.write(images.resolve("c.png"), Arrays.copyOf(half, half.length / 2));
        CommandRun run = predict("--overlays", dir.resolve("overlays"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).hasSize(3);
        assertThat(run.complaints().get(0)).startsWith("segloss4j: image " + broken + " is ");
        assertThat(run.complaints().get(1)).startsWith("segloss4j: image " + ends + " ends early");
        assertThat(run.complaints().get(2))
                .isEqualTo("segloss4j: 2 of 4 images cannot be predicted; the others are done");
        assertThat(names(out)).containsExactly("a.png", "b.png");
        assertThat(names(dir.resolve("overlays"))).containsExactly("a.png", "b.png");
        assertRight(images.resolve("b.png"), out.resolve("b.png"));
    }

    @Test
    void whatIsThereIsNotReplacedUnasked() throws IOException {
        Files.createDirectories(out);
        Path theirs = Files.writeString(out.resolve("b.png"), "theirs");
        CommandRun run = predict();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).containsExactly("segloss4j: " + theirs + " is there already; --skip-existing"
                + " predicts only what is missing, --overwrite replaces them");
        assertThat(names(out)).containsExactly("b.png");
        CommandRun skipped = predict("--skip-existing");
        assertThat(skipped.code()).isZero();
        assertThat(skipped.out()).contains("images   2, of which 1 are done already", "written  1 mask ");
        assertThat(theirs).hasContent("theirs");
        assertRight(images.resolve("a.png"), out.resolve("a.png"));
        assertThat(predict("--overwrite").code()).isZero();
        assertRight(images.resolve("b.png"), theirs);
        // Nothing is left to do.
        assertThat(predict("--skip-existing").code()).isZero();
        // An image is done when all that is asked for is there.
        assertThat(predict("--skip-existing", "--overlays", dir.resolve("overlays")).out()).contains("written  2 mask");
    }

    @Test
    void anImageIsNeverReplaced() throws IOException {
        byte[] before = Files.readAllBytes(images.resolve("a.png"));
        CommandRun run = CommandRun.of("predict", "--model", model, "--images", images, "--out", images,
                "--overwrite");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).containsExactly("segloss4j: " + images.resolve("a.png")
                + " is one of the images; results need another folder, or it would be replaced");
        Path link = Files.createSymbolicLink(dir.resolve("link"), images);
        assertThat(CommandRun.of("predict", "--model", model, "--images", images, "--out", dir.resolve("masks"),
                "--overlays", link, "--overwrite").code()).isEqualTo(1);
        assertThat(images.resolve("a.png")).hasBinaryContent(before);
        assertThat(predict("--overlays", out).complaints()).containsExactly("segloss4j: --overlays and --out are both "
                + out + ", but their files have the same names");
    }

    @Test
    void saysWhichImagesWouldHaveOneMask() throws IOException {
        BufferedImage photo = new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(photo, "jpg", images.resolve("a.jpg").toFile());
        assertThat(predict().complaints()).singleElement().asString()
                .startsWith("segloss4j: --images: ").contains("a.jpg", "a.png", "results of the same name");
        assertThat(out).doesNotExist();
    }

    @Test
    void endsAtOnceIfResultsCannotBeWritten() throws IOException {
        Path file = Files.createDirectories(out.getParent()).resolve("out");
        Files.writeString(file, "a file");
        CommandRun run = predict();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).singleElement().asString().startsWith("segloss4j: " + file
                + " cannot be written");
        assertThat(file).hasContent("a file");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "2 | --overlap=16               | --overlap: the overlap is 16 pixels, but must be from 0 to 15, since tiles"
            + " are 16x16",
        "1 | --threshold=0.4            | --threshold is given, but MODEL has a channel for each of its 3 classes, of"
            + " which the largest counts",
        "1 | --model=none.zip           | --model: model none.zip does not exist",
        "1 | --images=nowhere           | --images: nowhere does not exist",
        "1 | --image-suffix=_x          | --images: there is no PNG, JPEG or TIFF file of the image suffix _x in"
            + " IMAGES; the files there have names such as a.png",
        "2 | --skip-existing --overwrite | --skip-existing and --overwrite are given, but only one of them can be"
            + " done"})
    void complainsInOneLine(int code, String options, String message) {
        Stream<String> usual = Stream.of("--model=" + model, "--images=" + images, "--out=" + out);
        List<String> more = List.of(options.split(" "));
        Object[] args = Stream.of(Stream.of("predict"), usual.filter(option -> more.stream().noneMatch(
                other -> other.startsWith(option.substring(0, option.indexOf('='))  + "="))), more.stream())
                .flatMap(part -> part).toArray();
        CommandRun run = CommandRun.of(args);
        assertThat(run.code()).isEqualTo(code);
        assertThat(run.out()).isEmpty();
        assertThat(run.complaints().get(0)).endsWith(message.replace("MODEL", model.toString())
                .replace("IMAGES", images.toString()));
        assertThat(out).doesNotExist();
    }
}
