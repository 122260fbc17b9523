package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import jcuda.JCudaVersion;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.Need;
import org.segloss4j.internal.cuda.compile.CompileLadder;
import org.segloss4j.internal.cuda.compile.KernelCompiler;
import org.segloss4j.internal.cuda.compile.KernelImage;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.NvccCompiler;
import org.segloss4j.internal.cuda.compile.NvrtcLibrary;
import org.segloss4j.internal.cuda.compile.ParameterBytes;
import org.segloss4j.internal.cuda.compile.Target;
import org.segloss4j.internal.cuda.plan.KernelVariant;

/**
 * Assembles the kernels' PTX, as NVRTC or else nvcc makes it, by the assembler that JCuda brings: a second opinion on
 * registers and local memory, and the proof that the PTX is one that drivers of CUDA 12.0 can take.
 */
class PtxAssemblyTest {

    private static KernelCompiler compiler() {
        CompileLadder.Rung nvrtc = NvrtcLibrary.compiler();
        CompileLadder.Rung nvcc = nvrtc.cause() == null ? nvrtc : NvccCompiler.find();
        Need.present("nvrtc or nvcc", nvcc.cause() == null ? null : nvrtc.cause() + "; " + nvcc.cause());
        return nvcc.compiler();
    }

    /** Reports of this compiler and assembler. */
    private static ReportMaker maker(KernelCompiler compiler, int capability) {
        return new ReportMaker("ptx-of-" + compiler.name() + "-" + capability, compiler.id() + " JCuda "
                + JCudaVersion.get(),
                variant -> assemble(compiler, variant, capability));
    }

    /** What the assembler says of a variant for a compute capability. */
    private static String assemble(KernelCompiler compiler, KernelVariant variant, int capability) {
        KernelImage ptx = compiler.compile(KernelText.of(variant), Target.ptx(capability));
        KernelImage cubin = PtxAssembler.assemble(PtxAssembler.older(ptx.bytes()), Target.cubin(capability));
        assertThat(cubin.bytes()).startsWith(0x7f, 'E', 'L', 'F');
        assertThat(ParameterBytes.of(cubin, variant.symbol())).isEqualTo(ParameterBytes.of(ptx, variant.symbol()))
                .isPositive();
        return cubin.log();
    }

    static Stream<KernelVariant> few() {
        return Stream.concat(NvccTest.few(), NvccTest.counters().limit(1));
    }

    /** Whether nothing lies in local memory, and as many blocks fit on a multiprocessor as the variant counts on. */
    private static boolean fits(KernelVariant variant, AssemblerReport report) {
        return !report.local() && report.registers() <= 65536 / 256 / Math.min(2, variant.resident());
    }

    @ParameterizedTest
    @MethodSource("few")
    void fewVariantsUseNoLocalMemory(KernelVariant variant) {
        AssemblerReport report = maker(compiler(), 90).report(variant);
        assertThat(fits(variant, report)).as(variant.symbol() + ": " + report).isTrue();
    }

    static Stream<KernelVariant> some() {
        return Stream.of(NvccTest.main(), NvccTest.counters(), KernelVariants.further(), KernelVariants.exactTerms())
                .flatMap(each -> each);
    }

    /** On all processors: nvcc takes a second for each, and hardly any class of slow tests comes after this one. */
    @Tag("slow")
    @Test
    void someVariantsUseNoLocalMemory() {
        ReportMaker maker = maker(compiler(), 90);
        Map<String, AssemblerReport> wrong = new ConcurrentSkipListMap<>();
        some().distinct().toList().parallelStream().forEach(variant -> {
            AssemblerReport report = maker.report(variant);
            if (!fits(variant, report)) {
                wrong.put(variant.symbol(), report);
            }
        });
        assertThat(wrong).isEmpty();
    }

    /** Not for 10.0, which this assembler does not know yet. */
    @Tag("exhaustive")
    @ParameterizedTest
    @ValueSource(ints = {90, 80, 75})
    void everyVariantUsesNoLocalMemory(int capability) {
        assertThat(VariantReports.unexpected(VariantReports.of(maker(compiler(), capability)))).isEmpty();
    }

    @Test
    void onlyNewerTextIsMadeOlder() {
        assertThat(older("//\n.version 9.0\n.target sm_90")).isEqualTo("//\n.version 8.0\n.target sm_90");
        assertThat(older("//\n.version 7.4\n.target sm_75")).isEqualTo("//\n.version 7.4\n.target sm_75");
    }

    private static String older(String ptx) {
        return new String(PtxAssembler.older(ptx.getBytes(StandardCharsets.US_ASCII)), StandardCharsets.US_ASCII);
    }
}
