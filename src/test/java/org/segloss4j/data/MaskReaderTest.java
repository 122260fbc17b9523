package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What masks mean, whatever kind of file they are; through {@link MaskImage} where the mask is small. */
class MaskReaderTest {

    private static final int RED = 0xFF0000;
    private static final LabelMap BLACK_RED = LabelMap.colours(0x000000, RED).ignoring(0xFFFFFF);

    @TempDir
    private Path dir;

    private Path png(int type, int bits, int width, int height, int... samples) {
        return PngBuilder.of(type, bits, width, height, samples).write(dir.resolve("m.png"));
    }

    private static int[] labels(Path file, LabelMap map) throws IOException {
        return MaskImage.read(file, map).labels();
    }

    private static void refused(Path file, LabelMap map, String message) {
        assertThatThrownBy(() -> MaskImage.read(file, map)).isInstanceOf(IOException.class)
                .hasMessage("mask " + file + " " + message);
    }

    @Test
    void readsRowsWithoutALabelMap() throws IOException {
        try (MaskReader reader = MaskReader.open(png(0, 8, 3, 2, 1, 2, 255, 4, 5, 6), null)) {
            assertThat(reader.size()).isEqualTo(new ImageSize(3, 2));
            int[] row = {0, 0, 0, -7};
            assertThat(reader.next(row)).isTrue();
            assertThat(row).containsExactly(1, 2, 255, -7);
            assertThatIllegalArgumentException().isThrownBy(() -> reader.next(new int[2]))
                    .withMessage("a row of 2 is too short for a mask of 3x2");
            assertThat(reader.next(row)).isTrue();
            assertThat(row).containsExactly(4, 5, 6, -7);
            assertThat(reader.next(row)).isFalse();
            assertThat(reader.next(row)).isFalse();
        }
    }

    @Test
    void mapsValuesOfAnyDepth() throws IOException {
        assertThat(labels(png(0, 1, 3, 1, 0, 1, 1), LabelMap.indexes(2))).containsExactly(0, 1, 1);
        assertThat(labels(png(0, 8, 3, 1, 255, 0, 255), LabelMap.values(0, 255))).containsExactly(1, 0, 1);
        assertThat(labels(png(0, 16, 3, 1, 65535, 0, 300), LabelMap.values(0, 300, 65535))).containsExactly(2, 0, 1);
        assertThat(labels(png(3, 4, 3, 1, 15, 0, 2), LabelMap.indexes(3).ignoring(15))).containsExactly(15, 0, 2);
        assertThat(labels(png(0, 8, 4, 1, 0, 7, 255, 8), LabelMap.values(0, 255).ignoring(7, 8)))
                .containsExactly(0, 255, 1, 255);
    }

    /** Programs that know only colours save grey as three equal values. */
    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void takesGreyInThreeChannelsForItsValue(int bits) throws IOException {
        int most = (1 << bits) - 1;
        LabelMap map = LabelMap.values(0, most);
        assertThat(labels(png(2, bits, 2, 1, 0, 0, 0, most, most, most), map)).containsExactly(0, 1);
        assertThat(labels(png(6, bits, 2, 1, 0, 0, 0, 0, most, most, most, 1), map)).containsExactly(0, 1);
        assertThat(labels(png(4, bits, 2, 1, 0, 0, most, most), map)).containsExactly(0, 1);
    }

    @Test
    void mapsColours() throws IOException {
        assertThat(labels(png(2, 8, 3, 1, 255, 0, 0, 0, 0, 0, 255, 255, 255), BLACK_RED)).containsExactly(1, 0, 255);
        assertThat(labels(png(2, 16, 2, 1, 65535, 0, 0, 0, 0, 0), BLACK_RED)).containsExactly(1, 0);
        assertThat(labels(png(6, 8, 2, 1, 255, 0, 0, 128, 0, 0, 0, 255), BLACK_RED)).containsExactly(1, 0);
        assertThat(labels(png(0, 1, 2, 1, 1, 0), BLACK_RED)).containsExactly(255, 0);
        assertThat(labels(png(0, 8, 2, 1, 0, 255), BLACK_RED)).containsExactly(0, 255);
        LabelMap second = LabelMap.colours(0xFF6401, 255 - 14 << 16 | 162 << 8 | 27);
        assertThat(labels(png(3, 2, 3, 1, 0, 2, 0), second)).containsExactly(0, 1, 0);
    }

    /** A sticker's mask is one colour everywhere, and its shape is only in the transparency. */
    @Test
    void refusesColoursThatNobodySees() throws IOException {
        assertThat(labels(png(6, 8, 2, 1, 0, 0, 0, 0, 255, 0, 0, 255), BLACK_RED)).containsExactly(0, 1);
        refused(png(6, 8, 2, 1, 255, 0, 0, 0, 255, 0, 0, 255), BLACK_RED,
                "holds colours that are no class: #ff0000 (transparent) (1 pixel); the first is #ff0000 "
                        + "(transparent) at (x 0, y 0); transparent pixels show no class: fill them with the "
                        + "colour of theirs");
        refused(png(4, 8, 2, 1, 1, 255, 1, 0), LabelMap.indexes(2),
                "holds values that are no class: 1 (transparent) (1 pixel); the first is 1 (transparent) at (x 1, y "
                        + "0); transparent pixels show no class: fill them with the colour of theirs");
    }

    @Test
    void namesColoursThatAreNoClass() {
        refused(png(2, 8, 3, 1, 1, 2, 3, 0, 0, 0, 1, 2, 3), BLACK_RED,
                "holds colours that are no class: #010203 (2 pixels); the first is #010203 at (x 0, y 0)");
        refused(png(2, 16, 1, 1, 65535, 3, 0), BLACK_RED, "holds colours that are no class: #ff0000 (rounded to 8 "
                + "bits) (1 pixel); the first is #ff0000 (rounded to 8 bits) at (x 0, y 0)");
        refused(png(2, 8, 2, 1, 0, 0, 0, 255, 0, 0), LabelMap.indexes(2),
                "holds values that are no class: #ff0000 (1 pixel); the first is #ff0000 at (x 1, y 0); this is a "
                        + "mask of colours: say which colour is which class with --label-map (in Java "
                        + "LabelMap.colours)");
    }

    @Test
    void namesValuesThatAreNoClassAndWhatToDo() {
        refused(png(0, 8, 3, 2, 0, 0, 255, 255, 255, 0), LabelMap.indexes(2),
                "holds values that are no class: 255 (3 pixels); the first is 255 at (x 2, y 0); these look like "
                        + "masks of 0 and 255: use --values 0,255 (in Java LabelMap.values(0, 255))");
        refused(png(0, 16, 1, 1, 65535), LabelMap.indexes(2),
                "holds values that are no class: 65535 (1 pixel); the first is 65535 at (x 0, y 0); these look like "
                        + "masks of 0 and 65535: use --values 0,65535 (in Java LabelMap.values(0, 65535))");
        refused(png(0, 8, 3, 1, 0, 1, 255), LabelMap.indexes(2),
                "holds values that are no class: 255 (1 pixel); the first is 255 at (x 2, y 0); if 255 marks pixels "
                        + "without a class, use --ignore 255 (in Java LabelMap.ignoring(255))");
        refused(png(0, 8, 3, 1, 7, 33, 24), LabelMap.indexes(19),
                "holds values that are no class: 24 (1 pixel), 33 (1 pixel); the first is 33 at (x 1, y 0); these look "
                        + "like labelIds of Cityscapes: use --label-map cityscapes (in Java "
                        + "LabelMap.preset(\"cityscapes\"))");
    }

    @Test
    void namesTheMostFrequentOfManyValues() {
        int[] values = IntStream.range(0, 100).map(k -> k % 9).toArray();
        refused(png(0, 8, 10, 10, values), LabelMap.indexes(2), "holds values that are no class: 2 (11 pixels), "
                + "3 (11 pixels), 4 (11 pixels), 5 (11 pixels), 6 (11 pixels) and 2 others; the first is 2 at (x 2, "
                + "y 0); if 2 to 8 are classes, use --classes 9 (in Java LabelMap.indexes(9))");
        int[] smooth = IntStream.range(0, 256).toArray();
        refused(png(0, 8, 16, 16, smooth), LabelMap.values(0, 255), "holds values that are no class: 1 (1 pixel), "
                + "2 (1 pixel), 3 (1 pixel), 4 (1 pixel), 5 (1 pixel) and 249 others; the first is 1 at (x 1, y 0); so "
                + "many look like a mask that was a JPEG or was resized with smoothing, which makes labels up: make it "
                + "again from its source");
    }

    /** Some programs write fewer colours than the indices they use; as values, the indices are what they are. */
    @Test
    void needsThePaletteOnlyForColours() throws IOException {
        Path file = PngBuilder.of(3, 8, 2, 1, 1, 255).withoutPalette().before("PLTE", new byte[] {0, 0, 0, -1, 0, 0})
                .write(dir.resolve("m.png"));
        assertThat(labels(file, LabelMap.indexes(2).ignoring(255))).containsExactly(1, 255);
        refused(file, BLACK_RED, "is damaged: a pixel has colour 255 of a palette of 2");
    }

    @Test
    void refusesColoursWhereThereIsNoLabelMap() {
        for (int type : new int[] {2, 4, 6}) {
            Path file = png(type, 8, 1, 1, 0, 0, 0, 0);
            assertThatThrownBy(() -> MaskImage.read(file)).hasMessage("mask " + file + " is "
                    + (type == 2 ? "an RGB image" : type == 4 ? "grey with alpha" : "an RGBA image")
                    + ", but labels must be stored as grey values or palette indices");
        }
    }

    @Test
    void refusesJpeg() throws IOException {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        Path file = dir.resolve("m.png");
        ImageIO.write(image, "jpg", file.toFile());
        refused(file, LabelMap.indexes(2), "is a JPEG image, whose compression changes labels, most of all along "
                + "edges: make it again from its source, as PNG");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "GIF89a...            | is a GIF image, but must be PNG or TIFF",
        "BM......             | is a BMP image, but must be PNG or TIFF",
        "RIFF....WEBPVP8      | is a WebP image, but must be PNG or TIFF",
        "....ftypheic         | is a HEIF or AVIF image, but must be PNG or TIFF",
        "<!DOCTYPE html>      | is an HTML page, but must be PNG or TIFF",
        "version https://git-lfs.github.com/spec/v1 | is not the image, but a note of Git LFS where it lies: run "
                + "git lfs pull",
        "a                    | is not a PNG or TIFF image",
    })
    void namesWhatItDoesNotRead(String content, String message) throws IOException {
        refused(Files.writeString(dir.resolve("m.png"), content), null, message);
    }

    @Test
    void readsTiff() throws IOException {
        Path file = dir.resolve("m.tif");
        Files.write(file, TiffBuilder.of(1, 8, 1, 2, 7, 0, 1, 2, 3, 4, 255, 6, 7, 8, 9, 10, 11, 12, 13).bytes());
        assertThat(MaskImage.read(file).labels()).containsExactly(0, 1, 2, 3, 4, 255, 6, 7, 8, 9, 10, 11, 12, 13);
        Files.write(file, TiffBuilder.of(1, 16, 1, 3, 1, 0, 300, 65535).bytes());
        assertThat(MaskImage.read(file).labels()).containsExactly(0, 300, 65535);
        Files.write(file, TiffBuilder.of(1, 1, 1, 3, 2, 0, 1, 1, 1, 0, 1).bytes());
        assertThat(MaskImage.read(file).labels()).containsExactly(0, 1, 1, 1, 0, 1);
        Files.write(file, TiffBuilder.of(3, 4, 1, 3, 1, 2, 0, 15).bytes());
        assertThat(MaskImage.read(file).labels()).containsExactly(2, 0, 15);
        assertThat(labels(file, LabelMap.colours(0xFF6401, 255 - 14 << 16 | 162 << 8 | 27, 255 - 105 << 16
                | (100 + 465 & 0xFF) << 8 | 196))).containsExactly(1, 0, 2);
        Files.write(file, TiffBuilder.of(2, 8, 3, 2, 1, 255, 0, 0, 0, 0, 0).bytes());
        assertThat(labels(file, BLACK_RED)).containsExactly(1, 0);
        refused(file, LabelMap.indexes(2), "holds values that are no class: #ff0000 (1 pixel); the first is #ff0000 at "
                + "(x 0, y 0); this is a mask of colours: say which colour is which class with --label-map (in Java "
                + "LabelMap.colours)");
        Files.write(file, TiffBuilder.of(2, 8, 3, 2, 1, 1, 1, 1, 0, 0, 0).bytes());
        assertThat(labels(file, LabelMap.indexes(2))).containsExactly(1, 0);
    }

    /** What leaves open which number a pixel holds. */
    @Test
    void refusesTiffThatMayMeanSomethingElse() throws IOException {
        Path file = dir.resolve("m.tif");
        Files.write(file, TiffBuilder.of(0, 8, 1, 1, 1, 1).bytes());
        refused(file, null, "is a TIFF image in which 0 is white, so that programs differ about its values: save it as "
                + "PNG");
        Files.write(file, TiffBuilder.of(1, 8, 1, 1, 1, 1).tag(259, 7).bytes());
        refused(file, null, "is a TIFF image compressed with loss, which changes labels: make it again from its "
                + "source, as PNG");
        Files.write(file, TiffBuilder.of(1, 8, 1, 1, 1, 1).tag(274, 6).bytes());
        refused(file, null, "is a TIFF image to be turned, which labels are not: save it upright, as PNG");
        Files.write(file, TiffBuilder.of(2, 16, 3, 1, 1, 1, 1, 1).bytes());
        refused(file, BLACK_RED, "is a TIFF image of 3 samples of 16 bits and kind 2, but must be grey, a palette "
                + "image or 8-bit RGB: save it as PNG");
        Files.write(file, TiffBuilder.of(2, 8, 3, 1, 1, 1, 1, 1).bytes());
        refused(file, null, "is an RGB image, but labels must be stored as grey values or palette indices");
    }

    /** The size is read in rows, so that a mask far larger than its new size needs no memory of its own. */
    @Test
    void readsAtAnotherSize() throws IOException {
        int[] samples = new java.util.Random(3).ints(17 * 11, 0, 5).toArray();
        Path file = png(0, 4, 17, 11, samples);
        LabelMap map = LabelMap.indexes(5);
        MaskImage whole = MaskImage.read(file, map);
        for (ImageSize to : new ImageSize[] {new ImageSize(5, 4), new ImageSize(40, 50), new ImageSize(17, 11),
            new ImageSize(1, 1), new ImageSize(3, 30)}) {
            assertThat(MaskImage.read(file, map, to)).isEqualTo(whole.resized(to.width(), to.height()));
        }
    }

    @Test
    @Timeout(60)
    void opensOnlyRegularFiles() throws Exception {
        assumeThat(Path.of("/usr/bin/mkfifo")).isRegularFile();
        Path pipe = dir.resolve("pipe.png");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor(30, TimeUnit.SECONDS)).isTrue();
        refused(pipe, null, "is not a regular file, but a pipe, a socket or a device");
        refused(Path.of("/dev/null"), null, "is not a regular file, but a pipe, a socket or a device");
        refused(Files.createDirectory(dir.resolve("folder.png")), null, "is a folder, not a file");
        refused(dir.resolve("none.png"), null, "does not exist");
        Path link = Files.createSymbolicLink(dir.resolve("link.png"), png(0, 8, 1, 1, 3));
        assertThat(MaskImage.read(link).at(0, 0)).isEqualTo(3);
        refused(Files.createSymbolicLink(dir.resolve("loose.png"), dir.resolve("gone.png")), null, "does not exist");
    }

    @Test
    void saysThatAFileMayNotBeRead() throws IOException {
        Path file = png(0, 8, 1, 1, 3);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("-w-------"));
        assumeThat(Files.isReadable(file)).as("not the superuser").isFalse();
        refused(file, null, "cannot be read: permission denied");
    }

    /** Names may hold line breaks, which would forge further lines, and codes that terminals obey. */
    @Test
    void showsNamesOnOneLine() throws IOException {
        Path file = Files.writeString(dir.resolve("a\nsegloss4j: all is well\u001b[2J\u202e.png"), "x");
        assertThatThrownBy(() -> MaskImage.read(file)).hasMessage("mask " + dir
                + "/a\\nsegloss4j: all is well\\x1b[2J\\u202e.png is not a PNG or TIFF image");
    }

    @Test
    void closesItsFile() throws IOException {
        Path file = png(0, 8, 1, 1, 3);
        MaskReader reader = MaskReader.open(file, null);
        reader.close();
        assertThatThrownBy(() -> reader.next(new int[1])).isInstanceOf(IOException.class)
                .hasMessageStartingWith("mask " + file + " cannot be read: ");
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 40));
        for (int k = 0; k < 5000; k++) {
            // More files than a process may have open.
            assertThatThrownBy(() -> MaskImage.read(file)).hasMessageContaining("ends early");
        }
    }
}
