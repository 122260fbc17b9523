package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;

/** Images larger than memory: by rows they are read all the same; as a whole, one line says why they are not. */
class LargeFilesTest {

    @TempDir
    private static Path dir;
    private static Path rows;
    private static Path interlaced;
    private static Path jpeg;

    /** In a JVM of 64 MB. */
    public static final class Reading {

        private Reading() {
        }

        /** Says what comes of each file. */
        public static void main(String... files) {
            for (String name : files) {
                Path file = Path.of(name);
                say(() -> "counted " + count(file));
                say(() -> "small "
                        + Arrays.toString(MaskImage.read(file, LabelMap.indexes(2), new ImageSize(1, 4)).labels()));
                say(() -> {
                    RgbImage small = RgbImage.read(file, new ImageSize(1, 4));
                    return "photo " + small.at(0, 0) + " to " + small.at(0, 3);
                });
                say(() -> "whole " + MaskImage.read(file));
                say(() -> "whole " + RgbImage.read(file));
            }
        }

        private static long count(Path file) throws IOException {
            long ones = 0;
            try (MaskReader reader = MaskReader.open(file, LabelMap.indexes(2))) {
                int[] row = new int[reader.size().width()];
                while (reader.next(row)) {
                    for (int label : row) {
                        ones += label;
                    }
                }
            }
            return ones;
        }

        private interface Step {
            String run() throws IOException;
        }

        private static void say(Step step) {
            try {
                System.out.println(step.run());
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @BeforeAll
    static void write() throws IOException {
        rows = striped("rows.png", 12_000, 12_000, 1, false);
        interlaced = striped("interlaced.png", 12_000, 12_000, 8, true);
        jpeg = Files.write(dir.resolve("large.jpg"), largeJpeg());
    }

    /** A grey image whose upper half is 0 and whose lower half is 1. */
    private static Path striped(String name, int width, int height, int bits, boolean interlaced) throws IOException {
        Path file = dir.resolve(name);
        Path data = dir.resolve("data");
        byte[] zeros = new byte[1 + (width * bits + 7) / 8];
        byte[] ones = zeros.clone();
        Arrays.fill(ones, 1, ones.length, (byte) (bits == 1 ? 0xFF : 1));
        try (OutputStream out = new DeflaterOutputStream(new BufferedOutputStream(Files.newOutputStream(data)),
                new Deflater(1))) {
            for (int y = 0; y < height; y++) {
                out.write(y < height / 2 ? zeros : ones);
            }
        }
        try (DataOutputStream png = new DataOutputStream(new FilterOutputStream(Files.newOutputStream(file)))) {
            png.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
            png.write(PngBuilder.chunk("IHDR", PngBuilder.header(width, height, bits, 0, 0, 0, interlaced ? 1 : 0)));
            png.write(PngBuilder.chunk("IDAT", Files.readAllBytes(data)));
            png.write(PngBuilder.chunk("IEND"));
        }
        return file;
    }

    /** A small file whose header says 30000x30000 pixels. */
    private static byte[] largeJpeg() {
        byte[] jpeg = JpegFiles.of(JpegFiles.quarters(16, 16, 0, 1, 2, 3), false);
        for (int k = 0; k < jpeg.length - 8; k++) {
            if ((jpeg[k] & 0xFF) == 0xFF && (jpeg[k + 1] & 0xFF) == 0xC0) {
                jpeg[k + 5] = (byte) (30_000 >> 8);
                jpeg[k + 6] = (byte) 30_000;
                jpeg[k + 7] = (byte) (30_000 >> 8);
                jpeg[k + 8] = (byte) 30_000;
                return jpeg;
            }
        }
        throw new AssertionError("no header");
    }

    private static List<String> read(Path file) throws IOException, InterruptedException {
        List<String> lines = new ForkedJvm(Map.of(), List.of("-Xmx64m"), Reading.class, file.toString()).result()
                .lines().toList();
        assertThat(lines.get(0)).as("%s", lines).isEqualTo("0");
        return lines.subList(1, lines.size());
    }

    @Test
    void readsMoreThanFitsIntoMemory() throws Exception {
        assertThat(read(rows)).containsExactly("counted 72000000", "small [0, 0, 1, 1]", "photo 0 to " + 0xFFFFFF,
                "mask " + rows + " is 12000x12000 pixels, for which 550 MB of memory are needed; Java may use 64 MB "
                        + "(-Xmx)",
                "image " + rows + " is 12000x12000 pixels, for which 412 MB of memory are needed; Java may use 64 MB "
                        + "(-Xmx)");
    }

    @Test
    void namesWhatDoesNotFitIntoMemory() throws Exception {
        assertThat(read(interlaced)).hasSize(5).allMatch(line -> line.matches("(mask|image) \\Q" + interlaced
                + "\\E is 12000x12000 pixels, for which (138|550|412) MB of memory are needed; Java may use 64 MB "
                + "\\(-Xmx\\)"));
        assertThat(read(jpeg)).hasSize(5).filteredOn(line -> line.startsWith("image ")).hasSize(2)
                .containsOnly("image " + jpeg + " is 30000x30000 pixels, for which 2575 MB of memory are needed; Java "
                        + "may use 64 MB (-Xmx)");
    }

    /** 1.6 billion pixels in 0.3 MB. */
    @Test
    @Tag("slow")
    void readsTheLargest() throws Exception {
        Path file = striped("largest.png", 40_000, 40_000, 1, false);
        assertThat(Files.size(file)).isLessThan(2_000_000);
        assertThat(read(file)).startsWith("counted 800000000", "small [0, 0, 1, 1]", "photo 0 to " + 0xFFFFFF)
                .hasSize(5)
                .last().isEqualTo("image " + file + " is 40000x40000 pixels, more than an array of Java holds");
    }
}
