package org.segloss4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.segloss4j.internal.png.PngWriter;

/** Images for tests, and files of them. */
public final class ImageFiles {

    private ImageFiles() {
    }

    /** An image of random colours. */
    public static RgbImage noise(int width, int height, long seed) {
        byte[] pixels = new byte[RgbImage.CHANNELS * width * height];
        new Random(seed).nextBytes(pixels);
        return RgbImage.of(new ImageSize(width, height), pixels);
    }

    /** Writes an image as PNG. */
    public static Path png(Path file, RgbImage image) throws IOException {
        int bytes = RgbImage.CHANNELS * image.size().width();
        byte[] pixels = image.pixels();
        byte[] row = new byte[bytes];
        try (PngWriter writer = PngWriter.rgb(Files.newOutputStream(file), image.size().width(),
                image.size().height())) {
            for (int y = 0; y < image.size().height(); y++) {
                System.arraycopy(pixels, y * bytes, row, 0, bytes);
                writer.write(row);
            }
        }
        return file;
    }
}
