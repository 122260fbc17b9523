package org.segloss4j.internal.imageio;

import com.twelvemonkeys.imageio.metadata.jpeg.JPEG;
import com.twelvemonkeys.imageio.metadata.jpeg.JPEGSegment;
import com.twelvemonkeys.imageio.metadata.jpeg.JPEGSegmentUtil;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;
import org.segloss4j.internal.files.FileFault;

/**
 * A decoded JPEG file.
 *
 * @param image       as it is stored
 * @param orientation how to turn it
 */
public record JpegFile(BufferedImage image, Orientation orientation) {

    /**
     * Reads a file: grey, RGB, CMYK and YCCK.
     *
     * @param file a regular file
     * @return its image, whole in memory
     * @throws IOException if that fails, the file is damaged, or the image does not fit into memory
     */
    public static JpegFile read(Path file) throws IOException {
        ImageReader reader = provider().createReaderInstance();
        try (ImageInputStream input = Decoding.open(file)) {
            Orientation orientation = Orientation.ofExif(exif(input));
            input.seek(0);
            reader.setInput(input);
            String what = Decoding.of(reader, "is a JPEG image", 0,
                    () -> "is " + reader.getWidth(0) + "x" + reader.getHeight(0) + " pixels");
            long bytes = 3L * reader.getWidth(0) * reader.getHeight(0);
            return new JpegFile(Decoding.of(reader, what, bytes, () -> reader.read(0)), orientation);
        } finally {
            reader.dispose();
        }
    }

    private static byte[] exif(ImageInputStream input) {
        try {
            List<JPEGSegment> segments = JPEGSegmentUtil.readSegments(input, JPEG.APP1, "Exif");
            if (segments.isEmpty()) {
                return null;
            }
            try (InputStream data = segments.get(0).data()) {
                // Behind the name a byte fills up.
                data.skipNBytes(1);
                return data.readAllBytes();
            }
        } catch (IOException | RuntimeException e) {
            // Whatever is wrong there: the decoder finds what matters for the pixels.
            return null;
        }
    }

    /**
     * The plug-in by its class, so that it does not matter which other plug-ins somebody has. It finds the JDK's
     * decoder, which it works with, only when it is registered.
     */
    private static ImageReaderSpi provider() throws FileFault {
        IIORegistry registry = IIORegistry.getDefaultInstance();
        synchronized (JpegFile.class) {
            ImageReaderSpi provider = registry.getServiceProviderByClass(JPEGImageReaderSpi.class);
            if (provider == null) {
                registry.registerServiceProvider(new JPEGImageReaderSpi(), ImageReaderSpi.class);
                provider = registry.getServiceProviderByClass(JPEGImageReaderSpi.class);
            }
            if (provider == null) {
                throw new FileFault("cannot be read: this Java has no decoder for JPEG (java.desktop)");
            }
            return provider;
        }
    }
}
