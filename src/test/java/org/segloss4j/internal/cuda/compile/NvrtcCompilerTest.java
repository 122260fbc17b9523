package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;
import org.segloss4j.Need;
import org.segloss4j.internal.cuda.Kernels;

/** Compiles for real with {@code -Pnvrtc}, or where a CUDA toolkit is installed. */
class NvrtcCompilerTest {

    static final CompileLadder.Rung FOUND = NvrtcLibrary.compiler();

    KernelCompiler nvrtc() {
        Need.present("nvrtc", FOUND.cause());
        return FOUND.compiler();
    }

    @Test
    void makesMachineCode() {
        KernelImage image = nvrtc().compile(Kernels.withStruct(40), Target.cubin(90));
        assertThat(new String(image.bytes(), 1, 3, StandardCharsets.US_ASCII)).isEqualTo("ELF");
        assertThat(image.log()).contains("small_40", "sm_90", "0 bytes stack frame");
        assertThat(image.origin()).matches("nvrtc 1[23]\\.\\d+");
    }

    @Test
    void makesPtx() {
        KernelImage image = nvrtc().compile(Kernels.withStruct(40), Target.ptx(75));
        assertThat(new String(image.bytes(), StandardCharsets.US_ASCII)).contains(".target sm_75", ".entry small_40(")
                .doesNotContain("\0");
    }

    @Test
    void errorsCarryTheLogWithTheLinesOfTheSource() {
        KernelCompiler nvrtc = nvrtc();
        assertThatThrownBy(() -> nvrtc.compile(Kernels.broken(), Target.cubin(80)))
                .isInstanceOf(KernelCompilationException.class)
                .hasMessageStartingWith("cannot compile broken for sm_80 with nvrtc 1")
                .hasMessageContaining("NVRTC_ERROR_COMPILATION")
                .hasMessageContaining("broken.cu(7): error: identifier \"no_such_name\" is undefined");
    }

    @Test
    void unknownDevicesGetTheNewestPtxThatTheyRun() {
        KernelCompiler nvrtc = nvrtc();
        assertThat(nvrtc.target(80)).isEqualTo(Target.cubin(80));
        assertThat(nvrtc.target(81)).isEqualTo(Target.ptx(80));
    }

    /** In a process that cannot have it: neither on the class path nor in a toolkit. */
    @Test
    void missingLibraryIsOneLine() throws Exception {
        // One of a toolkit, or of the system, cannot be left out.
        Need.present("a machine without NVRTC", FOUND.compiler() == null
                || FOUND.compiler().toString().contains("class path") ? null : FOUND.compiler().toString());
        String said = new ForkedJvm(Map.of(), ForkedJvm.without("cuda-redist"), Finder.class).result();
        String cause = ": cannot open shared object file: No such file or directory";
        // JCuda knows no other version.
        String line = "libnvrtc.so.12" + cause + (ForeignBinding.isHere() ? "; libnvrtc.so.13" + cause : "") + "\n";
        assertThat(said).isEqualTo("0\n" + line.repeat(2));
    }

    /** JCuda knows no other version, so what is found is named, or tried without JCuda: here it is an empty file. */
    @Test
    void newerVersionThatJCudaCannotCallIsNamed(@TempDir Path home) throws Exception {
        Need.present("a machine without NVRTC", FOUND.compiler() == null
                || FOUND.compiler().toString().contains("class path") ? null : FOUND.compiler().toString());
        Path library = Files.createDirectory(home.resolve("lib64")).resolve("libnvrtc.so.13");
        Files.createFile(library);
        String missing = "0\nlibnvrtc.so.12: cannot open shared object file: No such file or directory; ";
        String unknown = "libnvrtc.so.13 is here, but JCuda cannot call it, ";
        assertThat(withoutRedist(home, "jcuda")).startsWith(missing + unknown + "forced by -D");
        if (ForeignBinding.isHere()) {
            // The JVM has a word to say on such a file, too.
            assertThat(withoutRedist(home, "auto")).contains("; libnvrtc.so.13: cannot open shared object file: No such"
                    + " file or directory; " + library + " cannot be loaded: ", "file too short");
        } else {
            assertThat(withoutRedist(home, "auto")).startsWith(missing + unknown + "and java.lang.foreign, which");
        }
    }

    private static String withoutRedist(Path home, String binding) throws Exception {
        List<String> options = new ArrayList<>(ForkedJvm.without("cuda-redist"));
        options.add("-Dsegloss4j.cuda.binding=" + binding);
        return new ForkedJvm(Map.of("CUDA_HOME", home.toString()), options, Finder.class).result();
    }

    /** Asks twice: the second error of a class that failed to load is another one. */
    static final class Finder {

        private Finder() {
        }

        public static void main(String[] args) {
            System.out.println(NvrtcLibrary.compiler().cause());
            System.out.println(NvrtcLibrary.compiler().cause());
        }
    }
}
