package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Samples from pairs of files. */
class FileSourceTest {

    private static final LabelMap BINARY = LabelMap.values(0, 255);

    @TempDir
    Path folder;

    private Path images;
    private Path masks;

    @BeforeEach
    void folders() throws IOException {
        images = Files.createDirectory(folder.resolve("images"));
        masks = Files.createDirectory(folder.resolve("masks"));
    }

    private void image(String name, int width, int height, int rgb) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < width * height; p++) {
            image.setRGB(p % width, p / width, rgb);
        }
        ImageIO.write(image, "png", images.resolve(name).toFile());
    }

    private FilePairs pairs() throws IOException {
        return FilePairing.byName().pair(images, masks);
    }

    @Test
    void imagesAndMasksComeAtOneSizeOrAtTheirOwn() throws IOException {
        image("a.png", 4, 2, 0x102030);
        PngFiles.grey(masks.resolve("a.png"), 4, 2, 0, 0, 255, 255, 0, 0, 255, 255);

        SegmentationSource resized = pairs().source(new ImageSize(2, 2), BINARY);
        assertThat(resized.size()).isEqualTo(1);
        assertThat(resized.labels()).isEqualTo(BINARY);
        SegmentationSample sample = resized.read(0);
        assertThat(sample.name()).isEqualTo("a.png");
        assertThat(sample.size()).isEqualTo(new ImageSize(2, 2));
        assertThat(sample.image().at(1, 1)).isEqualTo(0x102030);
        assertThat(sample.mask().labels()).containsExactly(0, 1, 0, 1);
        assertThat(pairs().source(BINARY).read(0).mask().labels()).containsExactly(0, 0, 1, 1, 0, 0, 1, 1);
    }

    @Test
    void aMaskOfAnotherSizeIsAnErrorUnlessItIsScaled() throws IOException {
        image("a.png", 4, 4, 0);
        PngFiles.grey(masks.resolve("a.png"), 2, 1, 0, 255);

        assertThatThrownBy(() -> pairs().source(new ImageSize(4, 4), BINARY).read(0)).isInstanceOf(IOException.class)
                .hasMessage("mask " + masks.resolve("a.png") + " is 2x1, but its image is 4x4");
        SegmentationSource scaled = FilePairing.byName().scaledMasks().pair(images, masks).source(BINARY);
        assertThat(scaled.read(0).mask()).isEqualTo(MaskImage.of(4, 4,
                0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1));
    }

    @Test
    void aCheckNamesEveryProblemAndOtherSizesOnce() throws IOException {
        for (String name : new String[] {"a", "b", "c", "d", "e"}) {
            image(name + ".png", 2, 2, 0);
            PngFiles.grey(masks.resolve(name + ".png"), name.equals("b") || name.equals("d") ? 1 : 2, 2,
                    new int[name.equals("b") || name.equals("d") ? 2 : 4]);
        }
        PngFiles.grey(masks.resolve("c.png"), 2, 2, 0, 7, 255, 0);
        Files.writeString(images.resolve("e.png"), "no image");

        Set<String> good = new ConcurrentSkipListSet<>();
        assertThat(SourceCheck.problems(pairs().source(BINARY), sample -> good.add(sample.name())))
                .satisfiesExactly(
                    c -> assertThat(c).contains(masks.resolve("c.png").toString()).contains("7"),
                    e -> assertThat(e).contains(images.resolve("e.png").toString()),
                    sizes -> assertThat(sizes).isEqualTo("2 masks have another size than their images; the first: mask "
                            + masks.resolve("b.png") + " is 1x2, but its image is 2x2"));
        assertThat(good).containsExactly("a.png");
        assertThat(SourceCheck.problems(pairs().source(BINARY).subset(0))).isEmpty();
    }

    @Test
    void subsetsAndSplitsRenumber() throws IOException {
        for (int k = 0; k < 10; k++) {
            image(k + ".png", 1, 1, k);
            PngFiles.grey(masks.resolve(k + ".png"), 1, 1, 0);
        }
        SegmentationSource all = pairs().source(BINARY);
        assertThat(names(all.subset(3, 1, 3))).containsExactly("3.png", "1.png", "3.png");
        assertThatThrownBy(() -> all.subset(10)).isInstanceOf(IndexOutOfBoundsException.class);

        SegmentationSource.Split split = all.split(0.3, 5);
        assertThat(names(split.validation())).hasSize(3).isSorted();
        assertThat(names(split.training())).hasSize(7).isSorted().doesNotContainAnyElementsOf(
                Arrays.asList(names(split.validation())));
        assertThat(names(all.split(0.3, 5).validation())).isEqualTo(names(split.validation()));
        Set<String> parts = new HashSet<>();
        for (int seed = 0; seed < 5; seed++) {
            parts.add(Arrays.toString(names(all.split(0.3, seed).validation())));
        }
        assertThat(parts).hasSizeGreaterThan(1);
        // Neither part is empty, however small the fraction.
        assertThat(all.split(1e-9, 1).validation().size()).isEqualTo(1);
        assertThat(all.split(1 - 1e-9, 1).training().size()).isEqualTo(1);
        assertThatThrownBy(() -> all.split(1, 1)).hasMessage(
                "the validation fraction is 1.0, but must be between 0 and 1");
        assertThatThrownBy(() -> all.subset(1).split(0.5, 1)).hasMessage(
                "1 sample cannot be split into training and validation");
    }

    private static String[] names(SegmentationSource source) throws IOException {
        String[] names = new String[source.size()];
        for (int k = 0; k < names.length; k++) {
            names[k] = source.read(k).name();
        }
        return names;
    }
}
