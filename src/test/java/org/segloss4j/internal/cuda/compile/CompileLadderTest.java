package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.internal.cuda.CountingCompiler;

class CompileLadderTest {

    private static final KernelText KERNEL = new KernelText("text", List.of("A=1"), "kernel");

    @TempDir
    private Path folder;

    private final CountingCompiler first = new CountingCompiler("first", "1");
    private final CountingCompiler second = new CountingCompiler("second", "2");
    private final Map<String, byte[]> files = new HashMap<>();

    private CompileLadder ladder(CompileLadder.Rung... rungs) {
        return new CompileLadder(List.of(rungs), new DiskCache(folder));
    }

    private CompileLadder.Rung shipped(KernelText kernel, int... capabilities) {
        StringBuilder index = new StringBuilder();
        for (int capability : capabilities) {
            index.append(ShippedPtx.indexLine(kernel, capability)).append('\n');
            files.put(ShippedPtx.file(kernel.symbol(), capability), ("ptx " + capability).getBytes());
        }
        files.put(ShippedPtx.INDEX, index.toString().getBytes(StandardCharsets.UTF_8));
        return ShippedPtx.find(files::get);
    }

    @Test
    void theFirstThatWorksIsUsed() {
        CompileLadder ladder = ladder(CompileLadder.Rung.missing("none", "it is not there"),
                CompileLadder.Rung.of(first), CompileLadder.Rung.of(second));
        assertThat(ladder.<String>load(KERNEL, 90, KernelImage::origin)).isEqualTo("first 1");
        assertThat(second.compiled).hasValue(0);
    }

    @Test
    void refusedCodeGoesOneDown() {
        CompileLadder ladder = ladder(CompileLadder.Rung.of(first), CompileLadder.Rung.of(second));
        List<String> tried = new ArrayList<>();
        String used = ladder.load(KERNEL, 90, image -> {
            tried.add(image.origin());
            if (tried.size() == 1) {
                throw new CompileLadder.RefusedException("too new");
            }
            return image.origin();
        });
        assertThat(used).isEqualTo("second 2");
        assertThat(tried).containsExactly("first 1", "second 2");
    }

    @Test
    void allReasonsAreTold() {
        CompileLadder ladder = ladder(CompileLadder.Rung.missing("none", "it is not there"),
                CompileLadder.Rung.of(first), shipped(new KernelText("old text", List.of("A=1"), "kernel"), 75));
        assertThatThrownBy(() -> ladder.load(KERNEL, 86, image -> {
            throw new CompileLadder.RefusedException("too new");
        })).isInstanceOf(KernelCompilationException.class).hasMessage("""
                no code of kernel for compute capability 8.6:
                first 1: too new
                none: it is not there
                shipped PTX: that of kernel is of another text of the kernel""");
    }

    @Test
    void shippedPtxIsTheNewestThatTheDeviceRuns() {
        CompileLadder ladder = ladder(shipped(KERNEL, 75, 80, 90));
        assertThat(ladder.<Target>load(KERNEL, 90, KernelImage::target)).isEqualTo(Target.ptx(90));
        assertThat(ladder.<Target>load(KERNEL, 89, KernelImage::target)).isEqualTo(Target.ptx(80));
        assertThat(ladder.<byte[]>load(KERNEL, 89, KernelImage::forDriver)).isEqualTo("ptx 80\0".getBytes());
        assertThatThrownBy(() -> ladder.load(KERNEL, 70, KernelImage::target)).hasMessage(
                "no code of kernel for compute capability 7.0:\n"
                        + "shipped PTX: none of kernel that runs on compute_70 among 1 kernels");
        files.remove("kernel.compute_90.ptx");
        assertThatThrownBy(() -> ladder.load(KERNEL, 90, KernelImage::target))
                .hasMessageContaining("shipped PTX: /ptx/kernel.compute_90.ptx is in the index but not there");
    }

    @Test
    void buildsWithoutPtxSaySo() {
        assertThat(ShippedPtx.find(name -> null))
                .isEqualTo(CompileLadder.Rung.missing("shipped PTX", "this build has none"));
        assertThat(ShippedPtx.find(name -> "nonsense".getBytes(StandardCharsets.UTF_8)).cause())
                .isEqualTo("cannot be read: /ptx/index.txt has a line that is no file: nonsense");
    }

    @Test
    void reportHasOneLineForEach() {
        assertThat(ladder(CompileLadder.Rung.missing("nvrtc", "libnvrtc.so.12: no such file"),
                CompileLadder.Rung.of(new CachedByOthers(new DiskCache(folder))), shipped(KERNEL, 75)).report())
                .containsExactly("compiler nvrtc: not available: libnvrtc.so.12: no such file",
                        "code of other compilers: what the kernel cache holds", "shipped PTX: of 1 kernels",
                        "kernel cache: " + folder);
    }

    @Test
    void targets() {
        assertThat(Target.parse("sm_90")).isEqualTo(Target.cubin(90)).hasToString("sm_90");
        assertThat(Target.parse("compute_120")).isEqualTo(Target.ptx(120)).hasToString("compute_120");
        assertThatThrownBy(() -> Target.parse("sm_90; rm")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("architecture sm_90; rm is neither like sm_80 nor like compute_80");
    }
}
