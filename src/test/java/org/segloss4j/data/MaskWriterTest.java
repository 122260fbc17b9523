package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MaskWriterTest {

    private static final int VOID_COLOUR = 0xFFF2F2F2;

    @TempDir
    private Path dir;

    private static MaskImage mask(LabelMap map, int width, int height, boolean withVoid) {
        Random random = new Random(5);
        int[] labels = random.ints((long) width * height, 0, map.classes()).toArray();
        if (withVoid) {
            IntStream.range(0, labels.length).filter(k -> k % 5 == 0).forEach(k -> labels[k] = map.ignoreIndex());
        }
        return MaskImage.of(width, height, labels);
    }

    private static void write(OutputStream out, MaskImage mask, LabelMap map) throws IOException {
        try (MaskWriter writer = MaskWriter.open(out, mask.size(), map)) {
            int[] row = new int[mask.width()];
            for (int y = 0; y < mask.height(); y++) {
                int line = y;
                Arrays.setAll(row, x -> mask.at(x, line));
                writer.write(row);
            }
        }
    }

    private Path write(MaskImage mask, LabelMap map) throws IOException {
        Path file = dir.resolve("mask.png");
        write(Files.newOutputStream(file), mask, map);
        return file;
    }

    static Stream<Arguments> maps() {
        return Stream.of(
                Arguments.of("indexes", LabelMap.indexes(7), false),
                Arguments.of("an ignored class", LabelMap.indexes(12).ignoring(11), true),
                Arguments.of("a void beside the classes", LabelMap.indexes(19).ignoring(255), true),
                Arguments.of("black and white", LabelMap.values(0, 255).ignoring(128, 127), true),
                Arguments.of("values not in order", LabelMap.values(200, 3, 90), false),
                Arguments.of("16 bits", LabelMap.values(0, 1000, 65535).ignoring(7), true),
                Arguments.of("many classes", LabelMap.indexes(300), false),
                Arguments.of("many classes and a void", LabelMap.indexes(300).ignoring(65535), true),
                Arguments.of("colours", LabelMap.colours(0xFF0000, 0x000000, 0x0080FF).ignoring(0xE0E0C0), true),
                Arguments.of("256 colours", LabelMap.colours(IntStream.range(0, 256).map(c -> 771 * c).toArray()),
                        false),
                Arguments.of("257 colours", LabelMap.colours(IntStream.range(0, 257).map(c -> 771 * c).toArray()),
                        false));
    }

    @Test
    void zeroAnd255AreShownInBlackAndWhite() throws IOException {
        LabelMap map = LabelMap.values(255, 0).ignoring(128).named("cell", "background");
        MaskImage mask = MaskImage.of(3, 1, 0, 1, map.ignoreIndex());
        BufferedImage shown = ImageIO.read(write(mask, map).toFile());
        assertThat(shown.getRGB(0, 0, 3, 1, null, 0, 3)).containsExactly(0xFFFFFFFF, 0xFF000000, 0xFF808080);
        BufferedImage coloured = ImageIO.read(write(mask, map.coloured(0xFF0000, 0x00FF00)).toFile());
        assertThat(coloured.getRGB(0, 0, 3, 1, null, 0, 3)).containsExactly(0xFFFF0000, 0xFF00FF00, VOID_COLOUR);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("maps")
    void theSameMapReadsTheLabelsBack(String name, LabelMap map, boolean withVoid) throws IOException {
        MaskImage mask = mask(map, 37, 23, withVoid);
        assertThat(MaskImage.read(write(mask, map), map)).isEqualTo(mask);
    }

    @Test
    void aReaderWithoutTheMapGetsTheStoredValues() throws IOException {
        LabelMap map = LabelMap.values(0, 255).ignoring(128);
        assertThat(MaskImage.read(write(MaskImage.of(3, 2, 0, 1, 255, 1, 0, 0), map)))
                .isEqualTo(MaskImage.of(3, 2, 0, 255, 128, 255, 0, 0));
        // A map by colour has no values: its file stores the classes.
        LabelMap colours = LabelMap.colours(0xFF0000, 0x000000);
        assertThat(MaskImage.read(write(MaskImage.of(2, 1, 1, 0), colours))).isEqualTo(MaskImage.of(2, 1, 1, 0));
    }

    @Test
    void programsShowTheColoursOfTheClasses() throws IOException {
        LabelMap map = LabelMap.values(0, 255, 3).ignoring(9);
        BufferedImage shown = ImageIO.read(write(MaskImage.of(4, 1, 0, 1, 2, 255), map).toFile());
        assertThat(shown.getColorModel()).isInstanceOf(IndexColorModel.class);
        assertThat(shown.getRaster().getSamples(0, 0, 4, 1, 0, (int[]) null)).containsExactly(0, 255, 3, 9);
        assertThat(shown.getRGB(0, 0, 4, 1, null, 0, 4)).containsExactly(0xFF000000 | map.colours().get(0),
                0xFF000000 | map.colours().get(1), 0xFF000000 | map.colours().get(2), VOID_COLOUR);
    }

    @Test
    void valuesOf16BitsAreGrey() throws IOException {
        LabelMap map = LabelMap.values(2, 40000);
        BufferedImage shown = ImageIO.read(write(MaskImage.of(2, 1, 0, 1), map).toFile());
        assertThat(shown.getType()).isEqualTo(BufferedImage.TYPE_USHORT_GRAY);
        assertThat(shown.getRaster().getSamples(0, 0, 2, 1, 0, (int[]) null)).containsExactly(2, 40000);
    }

    @Test
    void manyChunksAreOneImage() throws IOException {
        // Noise of 16 bits does not become smaller, so the file has several parts of 64 KiB.
        LabelMap map = LabelMap.indexes(60000);
        MaskImage mask = mask(map, 301, 307, false);
        Path file = write(mask, map);
        assertThat(Files.size(file)).isGreaterThan(150_000);
        assertThat(MaskImage.read(file, map)).isEqualTo(mask);
        assertThat(ImageIO.read(file.toFile()).getRaster().getSample(300, 306, 0)).isEqualTo(mask.at(300, 306));
    }

    @Test
    @Tag("slow")
    void aWideMaskTakesNoMemoryForItsRows() throws IOException {
        // 30,000x30,000 pixels would be 3.6 GB as labels; the test's JVM has less.
        int side = 30_000;
        long[] bytes = {0};
        OutputStream counted = new OutputStream() {
            @Override
            public void write(int b) {
                bytes[0]++;
            }

            @Override
            public void write(byte[] b, int from, int length) {
                bytes[0] += length;
            }
        };
        int[] row = new int[side];
        try (MaskWriter writer = MaskWriter.open(counted, new ImageSize(side, side), LabelMap.indexes(2))) {
            for (int y = 0; y < side; y++) {
                writer.write(row);
            }
        }
        assertThat(bytes[0]).isBetween(500_000L, 3_000_000L);
    }

    @Test
    void aMaskWithoutAllItsRowsIsNoFile() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        MaskWriter writer = MaskWriter.open(out, new ImageSize(2, 3), LabelMap.indexes(2));
        writer.write(0, 1);
        assertThatIOException().isThrownBy(writer::close).withMessage("only 1 of 3 rows have been written");
        Path file = Files.write(dir.resolve("part.png"), out.toByteArray());
        assertThatIOException().isThrownBy(() -> MaskImage.read(file)).withMessageContaining("ends early");
    }

    @Test
    void refusesWhatIsNoLabelAndWritesNothingOfIt() throws IOException {
        LabelMap map = LabelMap.indexes(3).ignoring(255);
        Path file = dir.resolve("mask.png");
        try (MaskWriter writer = MaskWriter.open(Files.newOutputStream(file), new ImageSize(2, 1), map)) {
            assertThatIllegalArgumentException().isThrownBy(() -> writer.write(0, 3))
                    .withMessage("label 3 at x 1 is none of 3 classes and not the ignored 255");
            assertThatIllegalArgumentException().isThrownBy(() -> writer.write(0, -1));
            assertThatIllegalArgumentException().isThrownBy(() -> writer.write(0, 256));
            assertThatIllegalArgumentException().isThrownBy(() -> writer.write(0))
                    .withMessage("a row of 1 is too short for a mask of 2x1");
            writer.write(2, 255);
            assertThatIllegalStateException().isThrownBy(() -> writer.write(0, 0))
                    .withMessage("the image has its 1 rows already");
        }
        assertThat(MaskImage.read(file, map)).isEqualTo(MaskImage.of(2, 1, 2, 255));
    }
}
