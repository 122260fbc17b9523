package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.data.JpegFiles;
import org.segloss4j.data.PngBuilder;
import org.segloss4j.data.PngFiles;

/** Files as they lie in people's folders, given to the commands: read as they are meant, or one line says why not. */
class PeoplesFilesTest {

    @TempDir
    private Path dir;
    private Path images;
    private Path masks;

    @BeforeEach
    void folders() throws IOException {
        images = Files.createDirectory(dir.resolve("images"));
        masks = Files.createDirectory(dir.resolve("masks"));
    }

    private CommandRun weights() {
        return CommandRun.of("weights", "--masks", masks, "--classes", 2, "--method", "median");
    }

    private CommandRun train() {
        return CommandRun.of("train", "--images", images, "--masks", masks, "--classes", 2, "--size", "16x16",
                "--epochs", 1, "--out", dir.resolve("out"));
    }

    private static void oneLine(CommandRun run, String start) {
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.complaints()).hasSize(2);
        assertThat(run.complaints().get(0)).startsWith("segloss4j: " + start);
    }

    /** The labels were 0 and 255, and with --ignore 255 the object was void and every score perfect. */
    @Test
    void transparentGreyKeepsItsValues() {
        PngBuilder.of(0, 1, 5, 3, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1).before("tRNS", new byte[2])
                .write(masks.resolve("a.png"));
        CommandRun run = weights();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("15 pixels").containsPattern("0 +7 ").containsPattern("1 +8 ");
    }

    @Test
    @Timeout(120)
    void pipesAreNotOpened() throws Exception {
        assumeThat(Path.of("/usr/bin/mkfifo")).isRegularFile();
        Path pipe = masks.resolve("a.png");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        oneLine(weights(), "mask " + pipe + " is not a regular file, but a pipe, a socket or a device");
    }

    @Test
    void namesForgeNoLines() throws IOException {
        Files.writeString(masks.resolve("a\nsegloss4j: all is well\u001b[2J.png"), "x");
        oneLine(weights(), "mask " + masks + "/a\\nsegloss4j: all is well\\x1b[2J.png is not a PNG or TIFF image");
    }

    @Test
    void truncatedImagesAreNotTrainedOn() throws IOException {
        for (int k = 0; k < 5; k++) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ImageIO.write(JpegFiles.quarters(64, 64, 0xFF0000, 0xFF00, 0xFF, 0xFFFF00), "jpg", bytes);
            byte[] jpeg = bytes.toByteArray();
            Files.write(images.resolve(k + ".jpg"), k == 2 ? Arrays.copyOf(jpeg, jpeg.length * 9 / 10) : jpeg);
            PngFiles.grey(masks.resolve(k + ".png"), 64, 64, new int[64 * 64]);
        }
        oneLine(train(), "image " + images.resolve("2.jpg") + " is damaged: the image ends early");
        assertThat(dir.resolve("out")).doesNotExist();
    }

    /** As the camera was held: the mask, which nobody turns, then fits. */
    @Test
    void turnedImagesFitTheirMasks() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(JpegFiles.quarters(48, 32, 0xFF0000, 0xFF00, 0xFF, 0xFFFF00), "jpg", bytes);
        for (int k = 0; k < 5; k++) {
            Files.write(images.resolve(k + ".jpg"), JpegFiles.oriented(6, true, bytes.toByteArray()));
            PngFiles.grey(masks.resolve(k + ".png"), k == 3 ? 48 : 32, k == 3 ? 32 : 48, new int[48 * 32]);
        }
        oneLine(train(), "mask " + masks.resolve("3.png") + " is 48x32, but its image is 32x48");
    }
}
