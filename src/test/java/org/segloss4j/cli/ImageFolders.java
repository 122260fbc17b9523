package org.segloss4j.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.segloss4j.data.PngFiles;

/** Folders of images and masks for tests: left dark and class 0, right light and class 1, a void column between. */
final class ImageFolders {

    static final int WIDTH = 20;
    static final int HEIGHT = 18;
    static final int VOID = 255;

    private ImageFolders() {
    }

    /** Pairs with names from a given letter on; every second image is a JPEG. */
    static void write(Path images, Path masks, char first, int count) throws IOException {
        Files.createDirectories(images);
        Files.createDirectories(masks);
        for (int k = 0; k < count; k++) {
            String name = Character.toString(first + k);
            int border = 6 + k % 8;
            BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
            int[] labels = new int[WIDTH * HEIGHT];
            for (int p = 0; p < labels.length; p++) {
                int x = p % WIDTH;
                image.setRGB(x, p / WIDTH, x < border ? 0x203040 : 0xD0C0B0);
                labels[p] = x == border ? VOID : x < border ? 0 : 1;
            }
            boolean png = k % 2 == 0;
            ImageIO.write(image, png ? "png" : "jpg", images.resolve(name + (png ? ".png" : ".jpg")).toFile());
            PngFiles.grey(masks.resolve(name + ".png"), WIDTH, HEIGHT, labels);
        }
    }

    /** A mask of one label. */
    static Path uniform(Path file, int label) throws IOException {
        int[] labels = new int[WIDTH * HEIGHT];
        Arrays.fill(labels, label);
        return PngFiles.grey(file, WIDTH, HEIGHT, labels);
    }
}
