package org.segloss4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.segloss4j.weights.ClassCountsTest.EXPECTED;
import static org.segloss4j.weights.ClassCountsTest.IMAGES;
import static org.segloss4j.weights.ClassCountsTest.VOID;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
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
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LabelCounting.classes(3).ignoreIndex(VOID).ofFiles(Stream.of(good, bad)))
                .withMessage("mask " + bad + ": 1 label is outside 0..2 and not the ignored 9;"
                        + " the first is 200 at (x 1, y 0)");
        Path missing = dir.resolve("missing.png");
        assertThatThrownBy(() -> LabelCounting.classes(3).ignoreIndex(VOID).ofFiles(Stream.of(good, missing)))
                .isInstanceOf(IOException.class).hasMessage("mask " + missing + " does not exist");
    }
}
