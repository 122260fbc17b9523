package org.segloss4j.dl4j;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.segloss4j.data.RgbImage;
import org.segloss4j.internal.png.PngWriter;

/** Image files for tests. */
final class PngWriting {

    private PngWriting() {
    }

    static Path rgb(Path file, RgbImage image) throws IOException {
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
