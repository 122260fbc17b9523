package org.segloss4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.segloss4j.weights.ClassCountsTest.EXPECTED;
import static org.segloss4j.weights.ClassCountsTest.IMAGES;
import static org.segloss4j.weights.ClassCountsTest.VOID;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.PngFiles;

class LabelCountingTest {

    @Test
    void countsWholeDataSets(@TempDir Path dir) throws IOException {
        List<Path> files = List.of(PngFiles.grey(dir.resolve("a.png"), 3, 2, IMAGES[0]),
                PngFiles.indexed(dir.resolve("b.png"), 4, 3, 2, IMAGES[1]));
        assertThat(LabelCounting.classes(3).ignoreIndex(VOID).ofFiles(files.parallelStream())).isEqualTo(EXPECTED);
        List<INDArray> arrays = List.of(ClassCountsTest.indices(DataType.UINT8),
                ClassCountsTest.oneHot(DataType.FLOAT));
        ClassCounts twice = EXPECTED.merge(EXPECTED);
        assertThat(LabelCounting.classes(3).ignoreIndex(VOID).ofArrays(arrays)).isEqualTo(twice);
        assertThat(LabelCounting.classes(3).ignoreIndex(VOID).ofArrays(arrays.stream())).isEqualTo(twice);
        assertThat(LabelCounting.classes(3).ignoreIndex(VOID).ofArrays(Stream.of()))
                .isEqualTo(new ClassCounts(3, VOID));
    }

    @Test
    void countsMasks() {
        List<MaskImage> masks = List.of(MaskImage.of(3, 2, IMAGES[0]), MaskImage.of(3, 2, IMAGES[1]));
        assertThat(LabelCounting.classes(3).ignoreIndex(VOID).ofMasks(masks)).isEqualTo(EXPECTED);
        assertThat(LabelCounting.classes(3).ignoreIndex(VOID).ofMasks(masks.stream())).isEqualTo(EXPECTED);
        assertThat(LabelCounting.classes(3).ignoreIndex(VOID).ofMasks(masks.parallelStream())).isEqualTo(EXPECTED);
        assertThat(LabelCounting.classes(3).ignoreIndex(VOID).ofMasks(List.of())).isEqualTo(new ClassCounts(3, VOID));
        assertThatIllegalArgumentException().isThrownBy(() -> LabelCounting.classes(3).ofMasks(masks))
                .withMessageContaining("1 label is outside 0..2; the first is 9");
    }

    @Test
    void namesTheFileThatIsBad(@TempDir Path dir) throws IOException {
        Path good = PngFiles.grey(dir.resolve("good.png"), 3, 2, IMAGES[0]);
        Path bad = PngFiles.grey(dir.resolve("bad.png"), 2, 1, 0, 200);
        assertThatThrownBy(() -> LabelCounting.classes(3).ignoreIndex(VOID).ofFiles(Stream.of(good, bad)))
                .isInstanceOf(IOException.class).hasMessageStartingWith("mask " + bad
                        + " holds values that are no class: 200 (1 pixel); the first is 200 at (x 1, y 0)");
        Path missing = dir.resolve("missing.png");
        assertThatThrownBy(() -> LabelCounting.classes(3).ignoreIndex(VOID).ofFiles(Stream.of(good, missing)))
                .isInstanceOf(IOException.class).hasMessage("mask " + missing + " does not exist");
    }

    /** The same data as black, grey and white, and in colours, counted from the files and from memory. */
    @Test
    void countsWhatALabelMapSays(@TempDir Path dir) throws IOException {
        int[] values = {0, 100, 255, 0, 128, 0};
        LabelMap map = LabelMap.values(0, 255).also(1, 100).ignoring(128);
        Path file = PngFiles.grey(dir.resolve("a.png"), 3, 2, values);
        ClassCounts expected = LabelCounting.classes(2).ignoreIndex(255)
                .ofMasks(List.of(MaskImage.of(3, 2, 0, 1, 1, 0, 255, 0)));
        assertThat(expected.perClass().stream().map(ClassCount::pixels)).containsExactly(3L, 2L);
        assertThat(LabelCounting.of(map).ofFile(file)).isEqualTo(expected);
        assertThat(LabelCounting.of(map).ofMasks(List.of(MaskImage.read(file, map)))).isEqualTo(expected);
        assertThatIllegalArgumentException().isThrownBy(() -> LabelCounting.of(map).ignoreIndex(3))
                .withMessage("the label map says what is ignored: call LabelMap.ignoring");
    }

    @Test
    void leavesOutWhatIsNoImage(@TempDir Path dir) throws IOException {
        PngFiles.grey(dir.resolve("a.png"), 3, 2, IMAGES[0]);
        PngFiles.indexed(dir.resolve("b.PNG"), 4, 3, 2, IMAGES[1]);
        for (String stray : List.of("Thumbs.db", ".DS_Store", "desktop.ini", "README.txt", "._a.png")) {
            Files.write(dir.resolve(stray), new byte[] {1});
        }
        Files.createDirectory(dir.resolve("more"));
        LabelCounting counting = LabelCounting.classes(3).ignoreIndex(VOID);
        try (Stream<Path> files = Files.list(dir)) {
            assertThat(counting.ofFiles(files)).isEqualTo(EXPECTED);
        }
        Path photo = Files.writeString(dir.resolve("c.bmp"), "BM");
        assertThatThrownBy(() -> counting.ofFiles(Stream.of(photo))).isInstanceOf(IOException.class)
                .hasMessageContaining(photo.toString());
    }
}
