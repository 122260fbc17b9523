package org.segloss4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskImageTest {

    private static final int WIDTH = 13;
    private static final int HEIGHT = 7;

    @TempDir
    private Path dir;

    private static int[] everyLabel(int bits) {
        int[] labels = new Random(bits).ints(WIDTH * HEIGHT, 0, 1 << bits).toArray();
        labels[0] = 0;
        labels[1] = 1;
        labels[2] = (1 << bits) - 1;
        return labels;
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void readsGreyValues(int bits) throws IOException {
        int[] labels = everyLabel(bits);
        MaskImage mask = MaskImage.read(PngFiles.grey(dir.resolve("m.png"), WIDTH, HEIGHT, labels));
        assertThat(mask.width()).isEqualTo(WIDTH);
        assertThat(mask.height()).isEqualTo(HEIGHT);
        assertThat(mask.labels()).isEqualTo(labels);
        assertThat(mask.at(2, 0)).isEqualTo((1 << bits) - 1);
        assertThat(mask.at(3, 4)).isEqualTo(labels[4 * WIDTH + 3]);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void readsPackedGreyValuesWithoutScaling(int bits) throws IOException {
        int[] labels = everyLabel(bits);
        assertThat(MaskImage.read(PngFiles.packedGrey(dir.resolve("m.png"), bits, WIDTH, HEIGHT, labels)).labels())
                .isEqualTo(labels);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void readsPaletteIndicesNotColours(int bits) throws IOException {
        int[] labels = everyLabel(bits);
        assertThat(MaskImage.read(PngFiles.indexed(dir.resolve("m.png"), bits, WIDTH, HEIGHT, labels)).labels())
                .isEqualTo(labels);
    }

    @Test
    void readsGreyWithATransparentValue() throws IOException {
        int[] labels = everyLabel(8);
        Path file = PngFiles.greyWithTransparentValue(dir.resolve("m.png"), 255, WIDTH, HEIGHT, labels);
        assertThat(MaskImage.read(file).labels()).isEqualTo(labels);
    }

    @ParameterizedTest
    @CsvSource({"TYPE_INT_RGB, is an RGB image", "TYPE_INT_ARGB, is an RGBA image"})
    void refusesColours(String type, String message) throws Exception {
        int number = BufferedImage.class.getField(type).getInt(null);
        Path file = PngFiles.plain(dir.resolve("colours.png"), number, WIDTH, HEIGHT);
        assertThatThrownBy(() -> MaskImage.read(file)).isInstanceOf(IOException.class)
                .hasMessage("mask " + file + " " + message
                        + ", but labels must be stored as grey values or palette indices");
    }

    @Test
    void refusesAMissingFile() {
        Path file = dir.resolve("none.png");
        assertThatThrownBy(() -> MaskImage.read(file)).isInstanceOf(IOException.class)
                .hasMessage("mask " + file + " does not exist");
    }

    @Test
    void refusesWhatIsNoPng() throws IOException {
        Path text = Files.writeString(dir.resolve("text.png"), "a mask, or so it says");
        assertThatThrownBy(() -> MaskImage.read(text)).isInstanceOf(IOException.class)
                .hasMessage("mask " + text + " is not a PNG or TIFF image");
        Path empty = Files.createFile(dir.resolve("empty.png"));
        assertThatThrownBy(() -> MaskImage.read(empty)).isInstanceOf(IOException.class)
                .hasMessage("mask " + empty + " is empty");
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        int[] labels = everyLabel(8);
        byte[] whole = Files.readAllBytes(PngFiles.grey(dir.resolve("whole.png"), WIDTH, HEIGHT, labels));
        // The last 12 bytes are the empty end chunk, the 8 before them checksums: no label is missing without them.
        for (int length = 0; length < whole.length - 20; length++) {
            Path file = Files.write(dir.resolve("cut.png"), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> MaskImage.read(file)).as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(IOException.class).hasMessageStartingWith("mask " + file + " ")
                    .hasMessageNotContainingAny("\n", "\r");
        }
    }

    @Test
    void refusesAFolder() {
        assertThatThrownBy(() -> MaskImage.read(dir)).isInstanceOf(IOException.class)
                .hasMessageContaining(dir.toString());
    }

    @Test
    void resizesToTheNearestLabel() {
        MaskImage mask = MaskImage.of(4, 2, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(mask.resized(2, 1)).isEqualTo(MaskImage.of(2, 1, 6, 8));
        assertThat(mask.resized(8, 2)).isEqualTo(MaskImage.of(8, 2, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8));
        assertThat(mask.resized(3, 2)).isEqualTo(MaskImage.of(3, 2, 1, 3, 4, 5, 7, 8));
        assertThat(mask.resized(4, 2)).isSameAs(mask);
        assertThat(mask.resized(12, 6).resized(4, 2)).isEqualTo(mask);
    }

    @Test
    void refusesBadSizesAndLabels() {
        assertThatIllegalArgumentException().isThrownBy(() -> MaskImage.of(0, 2))
                .withMessage("a mask of 0x2 pixels is empty");
        assertThatIllegalArgumentException().isThrownBy(() -> MaskImage.of(2, 2, 1, 2, 3))
                .withMessage("3 labels do not fill a mask of 2x2 pixels");
        assertThatIllegalArgumentException().isThrownBy(() -> MaskImage.of(2, 2, 1, 2, 3, -4))
                .withMessage("label -4 at (x 1, y 1) is not within 0 and 65535");
        assertThatIllegalArgumentException().isThrownBy(() -> MaskImage.of(1, 1, 1).resized(3, 0))
                .withMessage("a mask of 3x0 pixels is empty");
        assertThatThrownBy(() -> MaskImage.of(2, 1, 1, 2).at(2, 0)).isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("(x 2, y 0)");
    }

    @Test
    void keepsItsOwnLabels() {
        int[] labels = {1, 2};
        MaskImage mask = MaskImage.of(2, 1, labels);
        labels[0] = 9;
        mask.labels()[1] = 9;
        assertThat(mask).isEqualTo(MaskImage.of(2, 1, 1, 2)).hasToString("mask of 2x1");
    }
}
