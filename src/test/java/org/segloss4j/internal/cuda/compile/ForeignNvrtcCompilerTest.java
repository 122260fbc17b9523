package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.segloss4j.internal.cuda.Kernels;

/** The same through java.lang.foreign, which calls NVRTC 12 and 13. */
class ForeignNvrtcCompilerTest extends NvrtcCompilerTest {

    @BeforeAll
    static void requireForeign() {
        ForeignBinding.require();
    }

    @Override
    KernelCompiler nvrtc() {
        // Loaded already, wherever it was found.
        String major = super.nvrtc().version().split("\\.")[0];
        return NvrtcCompiler.of(foreign("libnvrtc.so." + major), "through java.lang.foreign");
    }

    private static Nvrtc foreign(String library) {
        return ForeignClasses.make(Nvrtc.class, "ForeignNvrtc", library);
    }

    @Test
    void codeIsThatOfTheDefaultBinding() {
        KernelCompiler foreign = nvrtc();
        for (Target target : new Target[] {Target.ptx(80), Target.cubin(90)}) {
            KernelImage expected = super.nvrtc().compile(Kernels.withStruct(40), target);
            KernelImage image = foreign.compile(Kernels.withStruct(40), target);
            assertThat(image.bytes()).isEqualTo(expected.bytes());
            String time = "Compile time = .*";
            assertThat(image.log().replaceAll(time, "")).isEqualTo(expected.log().replaceAll(time, ""));
        }
    }

    @Test
    void libraryWithoutTheFunctionsSaysWhichIsMissing() {
        assertThatThrownBy(() -> foreign("libc.so.6")).isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessage("libc.so.6 has no nvrtcVersion, so it is of a version that is not supported");
    }
}
