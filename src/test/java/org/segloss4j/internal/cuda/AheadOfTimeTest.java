package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.Need;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.DiskCache;
import org.segloss4j.internal.cuda.compile.KernelCompilationException;
import org.segloss4j.internal.cuda.compile.KernelImage;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.NvccCompiler;
import org.segloss4j.internal.cuda.compile.ParameterBytes;
import org.segloss4j.internal.cuda.compile.ShippedPtx;
import org.segloss4j.internal.cuda.compile.Target;
import org.segloss4j.internal.cuda.plan.KernelVariant;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.cuda.plan.VariantList;

class AheadOfTimeTest {

    private static final List<KernelText> KERNELS = List.of(Kernels.withStruct(16), Kernels.withStruct(40));

    @TempDir
    private Path folder;

    private final CountingCompiler compiler = new CountingCompiler("maker", "1");

    private CompileLadder ladder(CompileLadder.Rung... rungs) {
        return new CompileLadder(List.of(rungs), new DiskCache(folder));
    }

    @Test
    void fillsTheCacheFromWhichDevicesLoad() throws IOException {
        AtomicInteger done = new AtomicInteger();
        CompileLadder ladder = ladder(CompileLadder.Rung.missing("better", "it is gone"),
                CompileLadder.Rung.of(compiler));
        Map<String, byte[]> files = new AheadOfTime(KERNELS, ladder).compile(List.of("sm_80", "sm_90"),
                done::incrementAndGet);
        assertThat(done).hasValue(4);
        assertThat(files).containsOnlyKeys("small_16.sm_80.cubin", "small_16.sm_90.cubin", "small_40.sm_80.cubin",
                "small_40.sm_90.cubin");
        try (Stream<Path> cached = Files.list(folder)) {
            assertThat(cached).hasSize(4);
        }
        assertThat(ladder.<String>load(KERNELS.get(0), 90, KernelImage::origin)).isEqualTo("maker 1, from the cache");
        assertThat(compiler.compiled).hasValue(4);
    }

    @Test
    void ptxFilesAreWhatTheJarShips() {
        CompileLadder.Rung nvcc = NvccCompiler.find();
        Need.present("nvcc", nvcc.cause());
        Map<String, byte[]> files = new AheadOfTime(KERNELS, ladder(nvcc)).compile(List.of("compute_75", "compute_80"),
                () -> { });
        assertThat(files).hasSize(5).containsKeys("small_16.compute_75.ptx", ShippedPtx.INDEX);
        CompileLadder noCompiler = ladder(CompileLadder.Rung.missing("nvcc", "not here"), ShippedPtx.find(files::get));
        KernelImage image = noCompiler.load(KERNELS.get(1), 90, loaded -> loaded);
        assertThat(image.target()).isEqualTo(Target.ptx(80));
        assertThat(image.bytes()).isEqualTo(files.get("small_40.compute_80.ptx"));
        assertThat(ParameterBytes.of(image, "small_40")).isEqualTo(40);
    }

    @Test
    void withoutCompilerEveryReasonIsTold() {
        assertThatThrownBy(() -> new AheadOfTime(KERNELS, ladder(CompileLadder.Rung.missing("nvrtc", "gone"),
                CompileLadder.Rung.missing("nvcc", "gone, too"))).compile(List.of("sm_80"), () -> { }))
                .isInstanceOf(KernelCompilationException.class)
                .hasMessageMatching("no sm_80 code of small_\\d\\d:\nnvrtc: gone\nnvcc: gone, too");
    }

    @Test
    void listHasEveryVariantOnce() {
        List<Integer> classes = List.of(0, 19);
        List<ElementType> elements = List.of(ElementType.FLOAT, ElementType.HALF);
        List<KernelVariant> variants = VariantList.of(classes, elements, LaunchPolicy.DEFAULT);
        assertThat(variants).doesNotHaveDuplicates().extracting(KernelVariant::entry)
                .contains(KernelVariant.Entry.values());
        assertThat(variants.stream().filter(each -> each.entry() == KernelVariant.Entry.REGION_FORWARD))
                // For any number of classes each choice once; for 19 with three kinds of pixel losses, or two if dense.
                // Of exact curves, one for each layout and kind of labels under a softmax, and one for each kind of
                // labels under a sigmoid, where clipped ones are as many; of clipped ones of probabilities, one for
                // each layout and kind of labels, and two for dense labels where no channel depends on another. In
                // rows, without pixel losses and with clipped ones, two for each kind of dense labels of
                // probabilities, and under a sigmoid, with exact ones, too, three for each kind of labels. Of any
                // loss, one for each activation and for index labels or not. Of fields, one for each activation.
                .hasSize(2 * (3 * 3 * (6 + 4 * 3 + 2 * 2) + 3 * 6 + 6 + 6 + 3 * 6 + 2 + 2 * 2 + 6 * 3 + 3 * 2 + 3));
        assertThatThrownBy(() -> AheadOfTime.of(List.of(-1), List.of(ElementType.FLOAT)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("number of classes is -1, but must be at least 0");
        assertThatThrownBy(() -> AheadOfTime.of(List.of(2), List.of(ElementType.INT32)))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("predictions cannot be INT32");
    }
}
