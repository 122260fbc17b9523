package org.segloss4j.data;

import java.awt.Point;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** JPEG files as cameras and image editors write them. */
public final class JpegFiles {

    private JpegFiles() {
    }

    /** A picture of four quarters: upper left, upper right, lower left, lower right, 0xRRGGBB each. */
    public static BufferedImage quarters(int width, int height, int... colours) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, colours[(2 * y < height ? 0 : 2) + (2 * x < width ? 0 : 1)]);
            }
        }
        return image;
    }

    static byte[] of(BufferedImage image, boolean progressive) {
        return write(new IIOImage(image, null, null), progressive);
    }

    /** Four channels, which Photoshop stores inverted, of one colour; transform 0 is CMYK, 2 YCCK. */
    static byte[] fourChannels(int transform, int width, int height, int... values) {
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 4, new Point());
        for (int p = 0; p < width * height; p++) {
            raster.setPixel(p % width, p / width, values);
        }
        return with(0xEE, ByteBuffer.allocate(12).put("Adobe".getBytes(StandardCharsets.US_ASCII)).putShort((short) 100)
                .putInt(0).put((byte) transform).array(), write(new IIOImage(raster, null, null), false));
    }

    /** With Exif data that say how the camera was held. */
    public static byte[] oriented(int orientation, boolean littleEndian, byte... jpeg) {
        return with(0xE1, exif(orientation, littleEndian), jpeg);
    }

    private static byte[] exif(int orientation, boolean littleEndian) {
        byte[] tiff = tiff(orientation, littleEndian);
        return ByteBuffer.allocate(6 + tiff.length).put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).put(tiff)
                .array();
    }

    /** Exif data: a directory of the camera's name, whose place does not exist, and the orientation. */
    static byte[] tiff(int orientation, boolean littleEndian) {
        ByteBuffer tiff = ByteBuffer.allocate(38).order(littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        tiff.put((littleEndian ? "II" : "MM").getBytes(StandardCharsets.US_ASCII)).putShort((short) 42).putInt(8);
        tiff.putShort((short) 2);
        tiff.putShort((short) 0x010F).putShort((short) 2).putInt(99).putInt(100_000);
        tiff.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation).putShort((short) 0);
        return tiff.putInt(0).array();
    }

    private static byte[] with(int marker, byte[] content, byte... jpeg) {
        return ByteBuffer.allocate(jpeg.length + 4 + content.length).put(jpeg, 0, 2).put((byte) 0xFF).put((byte) marker)
                .putShort((short) (2 + content.length)).put(content).put(jpeg, 2, jpeg.length - 2).array();
    }

    private static byte[] write(IIOImage image, boolean progressive) {
        Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("jpeg");
        ImageWriter writer = writers.next();
        while (!writer.getClass().getName().startsWith("com.sun")) {
            writer = writers.next();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setProgressiveMode(progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
            writer.write(null, image, param);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
