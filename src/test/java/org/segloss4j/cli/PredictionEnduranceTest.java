package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.ForkedJvm;
import org.segloss4j.data.ImageFiles;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.MaskReader;
import org.segloss4j.data.RgbImage;
import org.segloss4j.dl4j.PixelModels;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.internal.png.PngWriter;

/** Processes that are killed, folders of thousands of images, and images larger than memory. */
@Tag("slow")
class PredictionEnduranceTest {

    private static final LabelMap MAP = LabelMap.values(0, 255, 90);
    private static final int IMAGES = 60;

    @TempDir
    private Path dir;
    private Path model;
    private Path images;
    private Path out;

    @BeforeEach
    void model() throws IOException {
        model = dir.resolve("model.zip");
        images = Files.createDirectory(dir.resolve("images"));
        out = dir.resolve("out");
        PixelModels.largestColour(MAP, new ImageSize(64, 64)).scale(SegmentationModel.Scale.NATIVE).save(model);
    }

    /** Runs a command, then tells the largest memory that the process ever had, in kB. */
    public static final class Child {

        private Child() {
        }

        public static void main(String[] args) throws IOException {
            int code = Main.run(args);
            Path status = Path.of("/proc/self/status");
            if (Files.exists(status)) {
                Files.readAllLines(status).stream().filter(line -> line.startsWith("VmHWM"))
                        .forEach(line -> System.out.println(line.replaceAll("\\D", "")));
            }
            System.exit(code);
        }
    }

    private static ForkedJvm child(int megabytes, Object... args) throws IOException {
        // Most live long enough for the second compiler.
        return new ForkedJvm(Map.of("OMP_NUM_THREADS", "1"), List.of("-Xmx" + megabytes + "m",
                "-XX:TieredStopAtLevel=4"), Child.class,
                Stream.of(args).map(Object::toString).toArray(String[]::new));
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static List<Path> visible(Path folder) throws IOException {
        return files(folder).stream().filter(file -> !file.getFileName().toString().startsWith(".")).toList();
    }

    private void assertWhole(Path mask) throws IOException {
        RgbImage image = RgbImage.read(images.resolve(mask.getFileName()));
        MaskImage labels = MaskImage.read(mask, MAP);
        assertThat(labels.size()).isEqualTo(image.size());
        for (int y = 0; y < labels.height(); y++) {
            for (int x = 0; x < labels.width(); x++) {
                assertThat(labels.at(x, y)).isEqualTo(PixelModels.largestColour(image, x, y));
            }
        }
    }

    @Test
    void aKilledPredictionGoesOnWhereItWas() throws Exception {
        for (int k = 0; k < IMAGES; k++) {
            ImageFiles.png(images.resolve(k + ".png"), ImageFiles.noise(500, 400, k));
        }
        Path overlays = dir.resolve("overlays");
        Object[] args = {"predict", "--model", model, "--images", images, "--out", out, "--overlays", overlays,
            "--skip-existing"};
        Random random = new Random(1);
        List<Integer> done = new ArrayList<>();
        for (int kill = 1; kill <= 4; kill++) {
            ForkedJvm child = child(256, args);
            // So that each run is killed in its midst, somewhere in an image.
            while (visible(out).size() < 11 * kill && child.isAlive()) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            TimeUnit.MILLISECONDS.sleep(random.nextInt(40));
            child.kill();
            for (Path mask : visible(out)) {
                assertWhole(mask);
                assertThat(RgbImage.read(overlays.resolve(mask.getFileName())).size())
                        .isEqualTo(new ImageSize(500, 400));
            }
            done.add(visible(out).size());
        }
        assertThat(done).isSorted().allMatch(count -> count > 0 && count < IMAGES);
        String result = child(256, args).result();
        assertThat(result).startsWith("0").contains("images   60, of which " + done.get(3) + " are done already",
                "written  " + (IMAGES - done.get(3)) + " masks");
        // Nothing that the killed ones had begun is left.
        assertThat(files(out)).hasSize(IMAGES);
        assertThat(files(overlays)).hasSize(IMAGES);
        for (Path mask : files(out)) {
            assertWhole(mask);
        }
    }

    @Test
    void aKilledEvaluationLeavesWholeFiles() throws Exception {
        Path masks = Files.createDirectory(dir.resolve("masks"));
        for (int k = 0; k < IMAGES; k++) {
            ImageFiles.png(images.resolve(k + ".png"), ImageFiles.noise(200, 150, k));
        }
        assertThat(child(256, "predict", "--model", model, "--images", images, "--out", masks).result())
                .startsWith("0");
        Object[] args = {"evaluate", "--model", model, "--images", images, "--masks", masks, "--out", out};
        List<String> stable = List.of("evaluation.json", "images.json", "images.csv", "classes.csv", "confusion.csv");
        long start = System.nanoTime();
        assertThat(child(256, args).result()).startsWith("0");
        long full = (System.nanoTime() - start) / 1_000_000;
        Map<Path, byte[]> expected = new HashMap<>();
        for (String name : stable) {
            expected.put(out.resolve(name), Files.readAllBytes(out.resolve(name)));
        }
        Random random = new Random(2);
        for (int kill = 0; kill < 5; kill++) {
            Files.delete(out.resolve(stable.get(kill)));
            ForkedJvm child = child(256, args);
            // Most often near the end, when files are written.
            TimeUnit.MILLISECONDS.sleep((long) (full * (0.6 + 0.45 * random.nextDouble())));
            child.kill();
            for (Map.Entry<Path, byte[]> file : expected.entrySet()) {
                assertThat(!Files.exists(file.getKey())
                        || Arrays.equals(Files.readAllBytes(file.getKey()), file.getValue())).isTrue();
            }
        }
        assertThat(child(256, args).result()).startsWith("0");
        for (Map.Entry<Path, byte[]> file : expected.entrySet()) {
            assertThat(file.getKey()).hasBinaryContent(file.getValue());
        }
    }

    /** In MB; the last line of what a child prints is in kB. */
    private static long memory(String result) {
        assertThat(result).startsWith("0");
        return Long.parseLong(result.lines().reduce((first, last) -> last).orElseThrow()) / 1024;
    }

    /** So many names of a few images. */
    private Path links(String folder, int count, List<Path> files) throws IOException {
        Path links = Files.createDirectory(dir.resolve(folder + count));
        for (int k = 0; k < count; k++) {
            Files.createSymbolicLink(links.resolve(k + ".png"), files.get(k % files.size()));
        }
        return links;
    }

    @Test
    void aFolderOfManyImagesNeedsNoMoreMemory() throws Exception {
        List<Path> files = new ArrayList<>();
        List<Path> masks = new ArrayList<>();
        for (int k = 0; k < 10; k++) {
            Path file = ImageFiles.png(images.resolve(k + ".png"), ImageFiles.noise(90, 70, k));
            files.add(file);
            masks.add(dir.resolve("few/" + k + ".png"));
        }
        memory(child(128, "predict", "--model", model, "--images", images, "--out", dir.resolve("few")).result());
        long[] predicted = new long[2];
        long[] evaluated = new long[2];
        int[] counts = {300, 6000};
        for (int k = 0; k < 2; k++) {
            Path many = links("images", counts[k], files);
            predicted[k] = memory(child(128, "predict", "--model", model, "--images", many, "--out",
                    dir.resolve("out" + k)).result());
            evaluated[k] = memory(child(128, "evaluate", "--model", model, "--images", many, "--masks",
                    links("masks", counts[k], masks), "--out", dir.resolve("scores" + k)).result());
        }
        System.out.printf("peak MB of 300 and 6000 images: predict %d, %d; evaluate %d, %d%n", predicted[0],
                predicted[1], evaluated[0], evaluated[1]);
        assertThat(predicted[1]).isLessThan(predicted[0] + 150);
        assertThat(evaluated[1]).isLessThan(evaluated[0] + 150);
    }

    /** 12,000x9,000 pixels, 324 MB as RGB and 432 MB as labels, in a heap of 128 MB. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anImageLargerThanMemoryIsPredicted(boolean tiles) throws Exception {
        int width = 12_000;
        int height = 9_000;
        Path large = images.resolve("large.png");
        byte[] row = new byte[3 * width];
        try (PngWriter writer = PngWriter.rgb(Files.newOutputStream(large), width, height)) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    // Stripes of 3000 columns: red, green, blue, red; the lower third is all blue.
                    int colour = y >= 6000 ? 2 : x / 3000 % 3;
                    for (int c = 0; c < 3; c++) {
                        row[3 * x + c] = (byte) (c == colour ? 200 : 20);
                    }
                }
                writer.write(row);
            }
        }
        PixelModels.largestColour(MAP, new ImageSize(tiles ? 256 : 64, tiles ? 256 : 64)).save(model);
        List<Object> args = new ArrayList<>(List.of("predict", "--model", model, "--images", large, "--out", out,
                "--overlays", dir.resolve("overlays")));
        if (tiles) {
            args.add("--tiles");
        }
        long start = System.nanoTime();
        long memory = memory(child(tiles ? 160 : 128, args.toArray()).result());
        System.out.printf("%s: %d MB at most, %.1f s%n", tiles ? "tiles" : "resized", memory,
                (System.nanoTime() - start) / 1e9);
        int[] labels = new int[width];
        int wrong = 0;
        try (MaskReader mask = MaskReader.open(out.resolve("large.png"), MAP)) {
            for (int y = 0; mask.next(labels); y++) {
                for (int x = 0; x < width; x++) {
                    // Resizing blurs borders by less than two of the network's pixels.
                    boolean border = !tiles && (x % 3000 < 400 || x % 3000 > 2600 || Math.abs(y - 6000) < 300);
                    if (!border && labels[x] != (y >= 6000 ? 2 : x / 3000 % 3)) {
                        wrong++;
                    }
                }
            }
        }
        assertThat(wrong).isZero();
    }
}
