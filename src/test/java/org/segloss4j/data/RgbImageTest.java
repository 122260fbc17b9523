package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RgbImageTest {

    @TempDir
    private Path dir;

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int k = 0; k < bytes.length; k++) {
            bytes[k] = (byte) values[k];
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_4BYTE_ABGR})
    void readsColours(int type) throws IOException {
        BufferedImage image = new BufferedImage(2, 1, type);
        image.setRGB(0, 0, 0xFF102030);
        image.setRGB(1, 0, 0xFFF0E0D0);
        Path file = dir.resolve("a.png");
        ImageIO.write(image, "png", file.toFile());
        RgbImage read = RgbImage.read(file);
        assertThat(read.size()).isEqualTo(new ImageSize(2, 1));
        assertThat(read.pixels()).isEqualTo(bytes(0x10, 0x20, 0x30, 0xF0, 0xE0, 0xD0));
    }

    @Test
    void readsPalettes() throws IOException {
        Path file = PngFiles.indexed(dir.resolve("a.png"), 8, 1, 1, 2);
        assertThat(RgbImage.read(file).pixels()).isEqualTo(bytes(255 - 14, 162, 27));
    }

    /** Values as they are stored, although Java takes grey for linear light. */
    @Test
    void readsGreyOfAnyDepth() throws IOException {
        assertThat(RgbImage.read(PngFiles.grey(dir.resolve("a.png"), 2, 1, 0, 100)).pixels())
                .isEqualTo(bytes(0, 0, 0, 100, 100, 100));
        assertThat(RgbImage.read(PngFiles.grey(dir.resolve("b.png"), 2, 1, 0xFFFF, 100 * 257)).pixels())
                .isEqualTo(bytes(255, 255, 255, 100, 100, 100));
        assertThat(RgbImage.read(PngFiles.packedGrey(dir.resolve("c.png"), 4, 2, 1, 15, 5)).pixels())
                .isEqualTo(bytes(255, 255, 255, 85, 85, 85));
    }

    @Test
    void readsJpeg() throws IOException {
        BufferedImage image = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
        image.createGraphics().fillRect(0, 0, 16, 8);
        Path file = dir.resolve("a.jpg");
        ImageIO.write(image, "jpg", file.toFile());
        RgbImage read = RgbImage.read(file);
        assertThat(read.size()).isEqualTo(new ImageSize(16, 8));
        assertThat(read.pixels()).containsOnly(255);
    }

    @Test
    void namesAFileThatIsNoImage() throws IOException {
        Path text = Files.writeString(dir.resolve("a.png"), "no picture");
        assertThatThrownBy(() -> RgbImage.read(text)).isInstanceOf(IOException.class)
                .hasMessage("image " + text + " is not a PNG, JPEG or TIFF image");
        Path good = PngFiles.plain(dir.resolve("good.png"), BufferedImage.TYPE_INT_RGB, 64, 64);
        byte[] half = Files.readAllBytes(good);
        Path cut = Files.write(dir.resolve("cut.png"), java.util.Arrays.copyOf(half, 60));
        assertThatThrownBy(() -> RgbImage.read(cut)).isInstanceOf(IOException.class)
                .hasMessageStartingWith("image " + cut + " ends early");
    }

    @Test
    void shrinkingAverages() {
        byte[] stripes = new byte[8 * 4 * 3];
        for (int p = 0; p < 32; p++) {
            for (int c = 0; c < 3; c++) {
                stripes[3 * p + c] = (byte) (p % 2 == 0 ? 0 : 200);
            }
        }
        RgbImage small = new RgbImage(new ImageSize(8, 4), stripes).resized(new ImageSize(2, 1));
        assertThat(small.size()).isEqualTo(new ImageSize(2, 1));
        for (byte value : small.pixels()) {
            assertThat(value & 0xFF).isBetween(85, 115);
        }
    }

    @Test
    void growingIsBilinear() {
        RgbImage large = new RgbImage(new ImageSize(2, 1), bytes(0, 10, 200, 100, 30, 0))
                .resized(new ImageSize(4, 2));
        byte[] row = bytes(0, 10, 200, 25, 15, 150, 75, 25, 50, 100, 30, 0);
        assertThat(java.util.Arrays.copyOf(large.pixels(), 12)).isEqualTo(row);
        assertThat(java.util.Arrays.copyOfRange(large.pixels(), 12, 24)).isEqualTo(row);
    }

    @Test
    void constantsStayConstant() {
        byte[] grey = new byte[7 * 5 * 3];
        java.util.Arrays.fill(grey, (byte) 255);
        RgbImage image = new RgbImage(new ImageSize(7, 5), grey);
        assertThat(image.resized(new ImageSize(3, 11)).pixels()).hasSize(99).containsOnly(255);
        assertThat(image.resized(new ImageSize(7, 5))).isSameAs(image);
    }
}
