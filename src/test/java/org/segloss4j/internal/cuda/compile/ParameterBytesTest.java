package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.Need;
import org.segloss4j.internal.cuda.Kernels;
import org.segloss4j.internal.cuda.PtxAssembler;

/** Sizes of arguments from the code of every compiler that is here, and from JCuda's assembler, which always is. */
class ParameterBytesTest {

    private static final String PTX = """
            .version 8.0
            .target sm_75
            .address_size 64
            .visible .entry other(.param .align 4 .b8 other_param_0[12]) { ret; }
            .visible .entry kernel(
                .param .align 8 .b8 kernel_param_0[%d]
            )
            {
                .reg .b64 %%a;
                .reg .b32 %%v;
                ld.param.u64 %%a, [kernel_param_0];
                mov.u32 %%v, 42;
                st.global.u32 [%%a], %%v;
                ret;
            }
            """;

    private static KernelImage ptx(int bytes) {
        return new KernelImage(String.format(PTX, bytes).getBytes(StandardCharsets.US_ASCII), Target.ptx(75), "test",
                "");
    }

    @ParameterizedTest
    @CsvSource({"16,75", "16,80", "40,90", "416,80", "4096,90"})
    void ofAssembledPtx(int bytes, int capability) {
        KernelImage image = PtxAssembler.assemble(ptx(bytes).bytes(), Target.cubin(capability));
        assertThat(image.log()).contains("kernel", "sm_" + capability, "0 bytes stack frame, 0 bytes spill stores");
        assertThat(ParameterBytes.of(image, "kernel")).isEqualTo(bytes);
        assertThat(ParameterBytes.of(image, "other")).isEqualTo(12);
        assertThat(ParameterBytes.of(image, "missing")).isEqualTo(ParameterBytes.UNKNOWN);
    }

    @Test
    void ofPtx() {
        assertThat(ParameterBytes.of(ptx(416), "kernel")).isEqualTo(416);
        assertThat(ParameterBytes.of(ptx(416), "other")).isEqualTo(12);
        assertThat(ParameterBytes.of(ptx(416), "kern")).isEqualTo(ParameterBytes.UNKNOWN);
    }

    @Test
    void damagedCodeTellsNothing() {
        byte[] whole = PtxAssembler.assemble(ptx(40).bytes(), Target.cubin(80)).bytes();
        for (int length : new int[] {0, 3, 10, 63, 64, 200, whole.length / 2}) {
            assertThat(ParameterBytes.of(new KernelImage(Arrays.copyOf(whole, length), Target.cubin(80), "cut", ""),
                    "kernel")).isEqualTo(ParameterBytes.UNKNOWN);
        }
    }

    @Test
    void assemblerRefusesNewerPtx() {
        byte[] newer = String.format(PTX, 40).replace(".version 8.0", ".version 9.0").getBytes();
        assertThatThrownBy(() -> PtxAssembler.assemble(newer, Target.cubin(80)))
                .isInstanceOf(KernelCompilationException.class)
                .hasMessageContaining("NVPTXCOMPILE_ERROR_UNSUPPORTED_PTX_VERSION");
    }

    @ParameterizedTest
    @CsvSource({"16,sm_75", "20,sm_80", "40,sm_90", "412,sm_90", "4000,sm_80", "412,sm_100", "412,compute_80"})
    void ofNvcc(int bytes, String target) {
        check(NvccCompiler.find(), bytes, Target.parse(target));
    }

    @ParameterizedTest
    @CsvSource({"16,sm_75", "20,sm_80", "40,sm_90", "412,sm_90", "4000,sm_80", "412,sm_100", "412,compute_80"})
    void ofNvrtc(int bytes, String target) {
        check(NvrtcLibrary.compiler(), bytes, Target.parse(target));
    }

    /** A struct's size is a multiple of its alignment, here 8. */
    private static void check(CompileLadder.Rung rung, int bytes, Target target) {
        Need.present(rung.name(), rung.cause());
        KernelImage image = rung.compiler().compile(Kernels.withStruct(bytes), target);
        assertThat(ParameterBytes.of(image, "small_" + bytes)).isEqualTo((bytes + 7) / 8 * 8);
    }

    /** What compilers write now claims ISA 8.8 or 9.0; small kernels use nothing that 8.0 lacks. */
    @ParameterizedTest
    @CsvSource({"nvcc", "nvrtc"})
    void compilersPtxIsAssembled(String name) {
        CompileLadder.Rung rung = name.equals("nvcc") ? NvccCompiler.find() : NvrtcLibrary.compiler();
        Need.present(name, rung.cause());
        KernelImage image = rung.compiler().compile(Kernels.withStruct(40), Target.ptx(80));
        KernelImage cubin = PtxAssembler.assemble(PtxAssembler.older(image.bytes()), Target.cubin(90));
        assertThat(ParameterBytes.of(cubin, "small_40")).isEqualTo(40);
    }
}
