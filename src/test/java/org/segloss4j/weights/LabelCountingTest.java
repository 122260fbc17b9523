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
        assertThat(LabelCounting.ofFiles(3, VOID, files.parallelStream())).isEqualTo(EXPECTED);
        List<INDArray> arrays = List.of(ClassCountsTest.indices(DataType.UINT8),
                ClassCountsTest.oneHot(DataType.FLOAT));
        ClassCounts twice = EXPECTED.merge(EXPECTED);
        assertThat(LabelCounting.ofArrays(3, VOID, arrays)).isEqualTo(twice);
        assertThat(LabelCounting.ofArrays(3, VOID, arrays.stream())).isEqualTo(twice);
        assertThat(LabelCounting.ofArrays(3, VOID, Stream.of())).isEqualTo(new ClassCounts(3, VOID));
    }

    @Test
    void countsMasks() {
        List<MaskImage> masks = List.of(MaskImage.of(3, 2, IMAGES[0]), MaskImage.of(3, 2, IMAGES[1]));
        assertThat(LabelCounting.ofMasks(3, VOID, masks)).isEqualTo(EXPECTED);
        assertThat(LabelCounting.ofMasks(3, VOID, masks.stream())).isEqualTo(EXPECTED);
        assertThat(LabelCounting.ofMasks(3, VOID, masks.parallelStream())).isEqualTo(EXPECTED);
        assertThat(LabelCounting.ofMasks(3, VOID, List.of())).isEqualTo(new ClassCounts(3, VOID));
        assertThatIllegalArgumentException().isThrownBy(() -> LabelCounting.ofMasks(3, null, masks))
                .withMessageContaining("1 label is outside 0..2; the first is 9");
    }

    @Test
    void namesTheFileThatIsBad(@TempDir Path dir) throws IOException {
        Path good = PngFiles.grey(dir.resolve("good.png"), 3, 2, IMAGES[0]);
        Path bad = PngFiles.grey(dir.resolve("bad.png"), 2, 1, 0, 200);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LabelCounting.ofFiles(3, VOID, Stream.of(good, bad)))
                .withMessage("mask " + bad + ": 1 label is outside 0..2 and not the ignored 9;"
                        + " the first is 200 at (x 1, y 0)");
        Path missing = dir.resolve("missing.png");
        assertThatThrownBy(() -> LabelCounting.ofFiles(3, VOID, Stream.of(good, missing)))
                .isInstanceOf(IOException.class).hasMessage("mask " + missing + " does not exist");
    }
}
