package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Image files of all kinds that people have, through the rows of which {@link RgbImage#read} is made. */
class ImageRowsTest {

    private static final int A = 0xE01010;
    private static final int B = 0x10E010;
    private static final int C = 0x1010E0;
    private static final int D = 0xE0E010;
    /** Where each quarter comes to lie for an orientation, as the Exif specification shows it with the letter F. */
    private static final int[][] TURNED = {{A, B, C, D}, {B, A, D, C}, {D, C, B, A}, {C, D, A, B}, {A, C, B, D},
        {C, A, D, B}, {D, B, C, A}, {B, D, A, C}};

    @TempDir
    private Path dir;

    private Path file(byte... content) throws IOException {
        return Files.write(dir.resolve("a.img"), content);
    }

    private static int[] colours(RgbImage image) {
        ImageSize size = image.size();
        return IntStream.range(0, (int) size.pixels()).map(p -> image.at(p % size.width(), p / size.width())).toArray();
    }

    private int[] read(byte... content) throws IOException {
        return colours(RgbImage.read(file(content)));
    }

    private static void near(int colour, int expected, int tolerance) {
        for (int shift = 0; shift <= 16; shift += 8) {
            assertThat(colour >> shift & 0xFF).as("%06x, bits %d", colour, shift)
                    .isBetween((expected >> shift & 0xFF) - tolerance, (expected >> shift & 0xFF) + tolerance);
        }
    }

    private static void quarters(RgbImage image, int width, int height, int... expected) {
        assertThat(image.size()).isEqualTo(new ImageSize(width, height));
        for (int q = 0; q < 4; q++) {
            near(image.at((q % 2 * 2 + 1) * width / 4, (q / 2 * 2 + 1) * height / 4), expected[q], 12);
        }
    }

    @Test
    void readsEveryKindOfPng() throws IOException {
        assertThat(read(PngBuilder.of(0, 1, 3, 1, 0, 1, 1).bytes())).containsExactly(0, 0xFFFFFF, 0xFFFFFF);
        assertThat(read(PngBuilder.of(0, 2, 4, 1, 0, 1, 2, 3).before("tRNS", new byte[2]).bytes()))
                .containsExactly(0, 0x555555, 0xAAAAAA, 0xFFFFFF);
        assertThat(read(PngBuilder.of(0, 16, 4, 1, 0, 128, 129, 65535).bytes()))
                .containsExactly(0, 0, 0x010101, 0xFFFFFF);
        assertThat(read(PngBuilder.of(2, 8, 1, 2, 1, 2, 3, 4, 5, 6).interlaced(true).bytes()))
                .containsExactly(0x010203, 0x040506);
        assertThat(read(PngBuilder.of(2, 16, 1, 1, 257, 65535, 32768).bytes())).containsExactly(0x01FF80);
        assertThat(read(PngBuilder.of(4, 8, 2, 1, 7, 0, 9, 255).bytes())).containsExactly(0x070707, 0x090909);
        assertThat(read(PngBuilder.of(6, 8, 1, 1, 7, 8, 9, 0).bytes())).containsExactly(0x070809);
        assertThat(read(PngBuilder.of(3, 2, 2, 1, 2, 0).before("tRNS", (byte) 0).bytes()))
                .containsExactly(255 - 14 << 16 | 162 << 8 | 27, 0xFF6401);
    }

    @Test
    void readsGreyAndColourJpeg() throws IOException {
        for (boolean progressive : new boolean[] {false, true}) {
            byte[] jpeg = JpegFiles.of(JpegFiles.quarters(48, 32, A, B, C, D), progressive);
            quarters(RgbImage.read(file(jpeg)), 48, 32, A, B, C, D);
        }
        BufferedImage grey = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setPixels(0, 0, 16, 16, IntStream.range(0, 256).map(k -> 100).toArray());
        assertThat(read(JpegFiles.of(grey, false))).containsOnly(0x646464);
    }

    /** Cameras store the picture as the sensor lay. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void turnsImagesUpright(int orientation) throws IOException {
        int width = orientation < 5 ? 48 : 32;
        int height = 80 - width;
        int[] upright = TURNED[orientation - 1];
        for (boolean littleEndian : new boolean[] {false, true}) {
            byte[] jpeg = JpegFiles.oriented(orientation, littleEndian,
                    JpegFiles.of(JpegFiles.quarters(48, 32, A, B, C, D), false));
            quarters(RgbImage.read(file(jpeg)), width, height, upright);
            quarters(RgbImage.read(file(jpeg), new ImageSize(20, 10)), 20, 10, upright);
        }
        BufferedImage stored = JpegFiles.quarters(6, 4, A, B, C, D);
        int[] samples = IntStream.range(0, 72).map(k -> stored.getRGB(k / 3 % 6, k / 18) >> 16 - k % 3 * 8 & 0xFF)
                .toArray();
        width = orientation < 5 ? 6 : 4;
        quarters(RgbImage.read(file(TiffBuilder.of(2, 8, 3, 6, 4, samples).tag(274, orientation).bytes())),
                width, 10 - width, upright);
        quarters(RgbImage.read(file(PngBuilder.of(2, 8, 6, 4, samples)
                .before("eXIf", JpegFiles.tiff(orientation, true)).bytes())), width, 10 - width, upright);
    }

    /** The orientation of grey pictures, too; and of those whose orientation is no number from 1 to 8, as stored. */
    @Test
    void turnsGreyAndLeavesWhatSaysNothing() throws IOException {
        BufferedImage grey = new BufferedImage(24, 16, BufferedImage.TYPE_BYTE_GRAY);
        for (int k = 0; k < 24 * 16; k++) {
            grey.getRaster().setSample(k % 24, k / 24, 0, k % 24 < 8 ? 200 : 10);
        }
        RgbImage turned = RgbImage.read(file(JpegFiles.oriented(6, true, JpegFiles.of(grey, false))));
        assertThat(turned.size()).isEqualTo(new ImageSize(16, 24));
        near(turned.at(8, 4), 0xC8C8C8, 4);
        near(turned.at(8, 20), 0x0A0A0A, 4);
        byte[] jpeg = JpegFiles.of(JpegFiles.quarters(48, 32, A, B, C, D), false);
        for (int orientation : new int[] {0, 9, 65535}) {
            quarters(RgbImage.read(file(JpegFiles.oriented(orientation, true, jpeg))), 48, 32, A, B, C, D);
        }
    }

    /** Inverted, as Photoshop stores it: 255 is no ink. */
    @ParameterizedTest
    @CsvSource({"0, 255, 255, 255, 255, FFFFFF", "0, 255, 255, 255, 0, 000000", "0, 255, 0, 0, 255, FF0000",
        "0, 255, 255, 0, 255, FFFF00", "2, 0, 128, 128, 255, FFFFFF", "2, 178, 171, 0, 255, FF0000"})
    void readsCmyk(int transform, int c, int m, int y, int k, String colour) throws IOException {
        int[] read = read(JpegFiles.fourChannels(transform, 16, 8, c, m, y, k));
        assertThat(read).hasSize(128);
        near(read[60], Integer.parseInt(colour, 16), 60);
    }

    @Test
    void readsEveryKindOfTiff() throws IOException {
        assertThat(read(TiffBuilder.of(1, 1, 1, 3, 2, 0, 1, 1, 1, 0, 1).bytes()))
                .containsExactly(0, 0xFFFFFF, 0xFFFFFF, 0xFFFFFF, 0, 0xFFFFFF);
        assertThat(read(TiffBuilder.of(0, 1, 1, 2, 1, 0, 1).bytes())).containsExactly(0xFFFFFF, 0);
        assertThat(read(TiffBuilder.of(1, 4, 1, 2, 1, 5, 15).bytes())).containsExactly(0x555555, 0xFFFFFF);
        assertThat(read(TiffBuilder.of(1, 8, 1, 1, 7, 0, 1, 2, 3, 4, 100, 255).bytes()))
                .containsExactly(0, 0x010101, 0x020202, 0x030303, 0x040404, 0x646464, 0xFFFFFF);
        assertThat(read(TiffBuilder.of(0, 8, 1, 2, 1, 0, 1).bytes())).containsExactly(0xFFFFFF, 0xFEFEFE);
        assertThat(read(TiffBuilder.of(1, 16, 1, 2, 1, 257, 65535).bytes())).containsExactly(0x010101, 0xFFFFFF);
        assertThat(read(TiffBuilder.of(2, 8, 3, 1, 2, 1, 2, 3, 4, 5, 6).bytes())).containsExactly(0x010203, 0x040506);
        assertThat(read(TiffBuilder.of(2, 16, 3, 1, 1, 257, 65535, 32896).bytes())).containsExactly(0x01FF80);
        assertThat(read(TiffBuilder.of(3, 2, 1, 2, 1, 2, 0).bytes()))
                .containsExactly(255 - 14 << 16 | 162 << 8 | 27, 0xFF6401);
        assertThat(read(TiffBuilder.of(2, 8, 4, 2, 1, 1, 2, 3, 255, 4, 5, 6, 255).tag(338, 2).bytes()))
                .containsExactly(0x010203, 0x040506);
    }

    @ParameterizedTest
    @ValueSource(strings = {"None", "LZW", "ZLib", "Deflate", "PackBits"})
    void readsCompressedTiff(String compression) throws IOException {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_3BYTE_BGR);
        Random random = new Random(5);
        for (int k = 0; k < 40 * 30; k++) {
            image.setRGB(k % 40, k / 40, random.nextInt(1 << 24));
        }
        ImageWriter writer = new com.twelvemonkeys.imageio.plugins.tiff.TIFFImageWriterSpi().createWriterInstance();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionType(compression);
            writer.write(null, new IIOImage(image, null, null), param);
        }
        writer.dispose();
        assertThat(RgbImage.read(file(bytes.toByteArray()))).isEqualTo(RgbImage.of(image));
    }

    @Test
    void refusesTiffThatIsNoPicture() throws IOException {
        Path floats = file(TiffBuilder.of(1, 32, 1, 1, 1, 0x3F800000).tag(339, 3).bytes());
        assertThatThrownBy(() -> RgbImage.read(floats)).hasMessage("image " + floats + " is a TIFF image of 32-bit "
                + "floating-point samples, whose range is unknown: save it with 8 or 16 bits");
        Path signed = file(TiffBuilder.of(1, 16, 1, 1, 1, 5).tag(339, 2).bytes());
        assertThatThrownBy(() -> RgbImage.read(signed)).hasMessageContaining("16-bit signed samples");
        Path stack = file(TiffBuilder.of(1, 8, 1, 2, 1, 5, 6).copies(3).bytes());
        assertThatThrownBy(() -> RgbImage.read(stack))
                .hasMessage("image " + stack + " is a TIFF file of 3 images, but must hold one");
    }

    /** The decoder made up the lower part of the picture, and it was learnt from. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesTruncatedJpeg(boolean progressive) throws IOException {
        BufferedImage noise = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(6);
        for (int k = 0; k < 64 * 64; k++) {
            noise.setRGB(k % 64, k / 64, random.nextInt(1 << 24));
        }
        byte[] jpeg = JpegFiles.of(noise, progressive);
        assertThat(read(jpeg)).hasSize(64 * 64);
        for (int length = 2; length < jpeg.length - 2; length += 1 + jpeg.length / 60) {
            Path file = file(Arrays.copyOf(jpeg, length));
            assertThatThrownBy(() -> RgbImage.read(file)).as("%d of %d bytes", length, jpeg.length)
                    .isInstanceOf(IOException.class).hasMessageMatching("image \\Q" + file + "\\E [^\\n]*");
        }
        Path file = file(Arrays.copyOf(jpeg, jpeg.length * 6 / 10));
        assertThatThrownBy(() -> RgbImage.read(file)).hasMessage("image " + file + " is damaged: the image ends early");
    }

    @Test
    void refusesTruncatedTiff() throws IOException {
        byte[] tiff = TiffBuilder.of(2, 8, 3, 9, 9, new int[243]).bytes();
        for (int length = 4; length < tiff.length - 4; length += 5) {
            Path file = file(Arrays.copyOf(tiff, length));
            assertThatThrownBy(() -> RgbImage.read(file)).as("%d of %d bytes", length, tiff.length)
                    .isInstanceOf(IOException.class).hasMessageMatching("image \\Q" + file + "\\E [^\\n]*");
        }
    }

    /** JPEG and TIFF have no checksums, so pixels may be wrong; but never anything else than an image or a message. */
    @Test
    @Timeout(300)
    void endsWithAnImageOrAMessage() throws IOException {
        byte[] jpeg = JpegFiles.oriented(6, true, JpegFiles.of(JpegFiles.quarters(40, 24, A, B, C, D), false));
        byte[] cmyk = JpegFiles.fourChannels(2, 16, 8, 76, 85, 255, 255);
        byte[] tiff = TiffBuilder.of(3, 4, 1, 9, 9, new int[81]).bytes();
        Random random = new Random(9);
        for (byte[] whole : new byte[][] {jpeg, cmyk, tiff}) {
            int refused = 0;
            for (int round = 0; round < 300; round++) {
                byte[] broken = whole.clone();
                for (int change = random.nextInt(3); change >= 0; change--) {
                    int most = round % 2 == 0 ? broken.length : broken.length / 3;
                    broken[random.nextInt(most)] = (byte) random.nextInt();
                }
                Path file = file(broken);
                try {
                    assertThat(RgbImage.read(file).size().pixels()).isPositive();
                } catch (IOException e) {
                    refused++;
                    assertThat(e.getMessage()).startsWith("image " + file + " ").doesNotContain("\n");
                }
            }
            assertThat(refused).isGreaterThan(20);
        }
    }

    @ParameterizedTest
    @CsvSource({"GIF89a..., a GIF image", "BM......, a BMP image", "RIFF....WEBPVP8, a WebP image"})
    void namesWhatItDoesNotRead(String content, String kind) throws IOException {
        Path file = Files.writeString(dir.resolve("a.png"), content);
        assertThatThrownBy(() -> RgbImage.read(file)).isInstanceOf(IOException.class)
                .hasMessage("image " + file + " is " + kind + ", but must be PNG, JPEG or TIFF");
    }

    /** Whatever the ending of the name says. */
    @Test
    void looksIntoFilesNotAtNames() throws IOException {
        Path file = dir.resolve("photo.png");
        ImageIO.write(JpegFiles.quarters(48, 32, A, B, C, D), "jpg", file.toFile());
        quarters(RgbImage.read(file), 48, 32, A, B, C, D);
    }

    @Test
    void readsRows() throws IOException {
        try (ImageRows rows = ImageRows.open(file(PngBuilder.of(2, 8, 1, 2, 1, 2, 3, 4, 5, 255).bytes()))) {
            assertThat(rows.size()).isEqualTo(new ImageSize(1, 2));
            byte[] row = new byte[4];
            assertThat(rows.next(row)).isTrue();
            assertThat(row).containsExactly(1, 2, 3, 0);
            assertThatIllegalArgumentException().isThrownBy(() -> rows.next(new byte[2]))
                    .withMessage("a row of 2 is too short for an image of 1x2");
            assertThat(rows.next(row)).isTrue();
            assertThat(row).containsExactly(4, 5, -1, 0);
            assertThat(rows.next(row)).isFalse();
        }
    }

    @Test
    void readsAtAnotherSize() throws IOException {
        int[] samples = new Random(3).ints(17 * 11 * 3, 0, 256).toArray();
        Path file = file(PngBuilder.of(2, 8, 17, 11, samples).bytes());
        RgbImage whole = RgbImage.read(file);
        for (ImageSize to : new ImageSize[] {new ImageSize(5, 4), new ImageSize(40, 50), new ImageSize(17, 11),
            new ImageSize(1, 1), new ImageSize(3, 30)}) {
            assertThat(RgbImage.read(file, to)).isEqualTo(whole.resized(to));
        }
    }
}
