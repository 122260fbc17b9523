package org.segloss4j.data;

import java.awt.Point;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;

/** Writes PNG files of every kind for tests. */
public final class PngFiles {

    private PngFiles() {
    }

    /** 8-bit grey if all labels fit, else 16-bit grey. */
    public static Path grey(Path file, int width, int height, int... labels) throws IOException {
        boolean wide = Arrays.stream(labels).anyMatch(v -> v > 255);
        BufferedImage image = new BufferedImage(width, height,
                wide ? BufferedImage.TYPE_USHORT_GRAY : BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setPixels(0, 0, width, height, labels);
        return write(image, file);
    }

    /** Indexed, with a palette whose colours say nothing about the index. */
    public static Path indexed(Path file, int bits, int width, int height, int... labels) throws IOException {
        int size = 1 << bits;
        byte[] red = new byte[size];
        byte[] green = new byte[size];
        byte[] blue = new byte[size];
        for (int k = 0; k < size; k++) {
            red[k] = (byte) (255 - 7 * k);
            green[k] = (byte) (100 + 31 * k);
            blue[k] = (byte) (13 * k + 1);
        }
        WritableRaster raster = bits == 8
                ? Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 1, new Point())
                : Raster.createPackedRaster(DataBuffer.TYPE_BYTE, width, height, 1, bits, new Point());
        raster.setPixels(0, 0, width, height, labels);
        return write(new BufferedImage(new IndexColorModel(bits, size, red, green, blue), raster, false, null), file);
    }

    /** An image of any BufferedImage type, all black. */
    public static Path plain(Path file, int type, int width, int height) throws IOException {
        return write(new BufferedImage(width, height, type), file);
    }

    /** RGB of 8 bits. */
    public static Path coloured(Path file, int width, int height, int... rgb) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, width, height, rgb, 0, width);
        return write(image, file);
    }

    /** Grey of a bit depth below 8, which ImageIO reads but does not write, put together by hand. */
    public static Path packedGrey(Path file, int bits, int width, int height, int... labels) throws IOException {
        return raw(file, bits, 0, new byte[0], packed(bits, width, height, labels), width, height);
    }

    /** Grey of 8 bits with one grey value marked as transparent (a tRNS chunk). */
    public static Path greyWithTransparentValue(Path file, int value, int width, int height, int... labels)
            throws IOException {
        byte[] transparency = chunk("tRNS", new byte[] {0, (byte) value});
        return raw(file, 8, 0, transparency, packed(8, width, height, labels), width, height);
    }

    private static byte[] packed(int bits, int width, int height, int... labels) {
        int stride = (width * bits + 7) / 8;
        byte[] rows = new byte[height * (1 + stride)];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int bit = x * bits;
                rows[y * (1 + stride) + 1 + bit / 8] |= (byte) (labels[y * width + x] << (8 - bits - bit % 8));
            }
        }
        return rows;
    }

    private static Path raw(Path file, int bits, int colourType, byte[] beforeData, byte[] rows, int width, int height)
            throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        DataOutputStream head = new DataOutputStream(header);
        head.writeInt(width);
        head.writeInt(height);
        head.write(new byte[] {(byte) bits, (byte) colourType, 0, 0, 0});
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
            deflater.write(rows);
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
        png.write(chunk("IHDR", header.toByteArray()));
        png.write(beforeData);
        png.write(chunk("IDAT", data.toByteArray()));
        png.write(chunk("IEND", new byte[0]));
        return Files.write(file, png.toByteArray());
    }

    private static byte[] chunk(String type, byte[] content) throws IOException {
        ByteArrayOutputStream typed = new ByteArrayOutputStream();
        typed.write(type.getBytes(StandardCharsets.US_ASCII));
        typed.write(content);
        CRC32 crc = new CRC32();
        crc.update(typed.toByteArray());
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(chunk);
        out.writeInt(content.length);
        out.write(typed.toByteArray());
        out.writeInt((int) crc.getValue());
        return chunk.toByteArray();
    }

    private static Path write(BufferedImage image, Path file) throws IOException {
        if (!ImageIO.write(image, "png", file.toFile())) {
            throw new IOException("no PNG writer for " + image);
        }
        return file;
    }
}
