package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.Need;
import org.segloss4j.internal.cuda.Kernels;

class NvccCompilerTest {

    @TempDir
    private Path folder;

    private static KernelCompiler nvcc() {
        CompileLadder.Rung rung = NvccCompiler.find();
        Need.present("nvcc", rung.cause());
        return rung.compiler();
    }

    @Test
    void makesMachineCode() {
        KernelImage image = nvcc().compile(Kernels.withStruct(40), Target.cubin(80));
        assertThat(new String(image.bytes(), 1, 3, StandardCharsets.US_ASCII)).isEqualTo("ELF");
        assertThat(image.log()).contains("small_40", "sm_80", "0 bytes stack frame");
        assertThat(image.origin()).startsWith("nvcc ");
    }

    @Test
    void makesPtx() {
        KernelImage image = nvcc().compile(Kernels.withStruct(40), Target.ptx(80));
        assertThat(new String(image.bytes(), StandardCharsets.US_ASCII)).contains(".target sm_80", ".entry small_40(");
        assertThat(image.forDriver()).endsWith(0).hasSize(image.bytes().length + 1);
    }

    @Test
    void errorsCarryTheLogWithTheLinesOfTheSource() {
        KernelCompiler nvcc = nvcc();
        assertThatThrownBy(() -> nvcc.compile(Kernels.broken(), Target.cubin(80)))
                .isInstanceOf(KernelCompilationException.class)
                .hasMessageStartingWith("cannot compile broken for sm_80 with nvcc ")
                .hasMessageContaining("exit code ")
                .hasMessageContaining("broken.cu(7): error: identifier \"no_such_name\" is undefined");
    }

    @Test
    void unknownDevicesGetTheNewestPtxThatTheyRun() {
        KernelCompiler nvcc = nvcc();
        assertThat(nvcc.target(80)).isEqualTo(Target.cubin(80));
        assertThat(nvcc.target(81)).isEqualTo(Target.ptx(80));
        assertThatThrownBy(() -> nvcc.target(20)).isInstanceOf(KernelCompilationException.class)
                .hasMessageMatching("nvcc [0-9.]+ makes no code for compute capability 2.0, only from \\d+\\.\\d on");
    }

    /** nvcc itself gives its definitions to a shell. */
    @ParameterizedTest
    @ValueSource(strings = {"A=$(touch made)", "A=`touch made`", "A=1;touch made", "A=1 B", "A", "=1", "A=\"x\"",
            "A=1\n"})
    void definitionsThatMeanSomethingToAShellAreRefused(String definition) {
        assertThatThrownBy(() -> new KernelText("text", List.of("FINE=-1.5e+3", definition), "kernel"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("definition " + definition + " is not a plain NAME=VALUE");
        assertThatThrownBy(() -> new KernelText("text", List.of(), "kernel;touch made"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("kernel name kernel;touch made is no identifier");
    }

    @Test
    void missingIsSaid() {
        assertThat(NvccCompiler.find(List.of(folder)))
                .isEqualTo(CompileLadder.Rung.missing("nvcc", "not in CUDA_HOME, CUDA_PATH or PATH"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit 3", "echo nonsense"})
    void programThatIsNoCompilerIsSaid(String body) throws IOException {
        Path program = program(body);
        CompileLadder.Rung rung = NvccCompiler.find(List.of(folder));
        assertThat(rung.compiler()).isNull();
        assertThat(rung.cause()).isEqualTo(body.startsWith("exit") ? program + " does not run: exit code 3\n"
                : program + " --version says no version: nonsense");
    }

    @Test
    void compilerThatDiesIsAnErrorWithItsLastWords() throws IOException {
        program("""
                case $1 in
                  --version) echo 'release 1.2, V1.2.3' ;;
                  --list-gpu-arch) echo compute_80 ;;
                  *) echo no licence >&2; exit 9 ;;
                esac""");
        KernelCompiler dying = NvccCompiler.find(List.of(folder)).compiler();
        assertThat(dying.id()).isEqualTo("nvcc 1.2.3");
        assertThatThrownBy(() -> dying.compile(Kernels.broken(), Target.cubin(80)))
                .isInstanceOf(KernelCompilationException.class).hasMessage("cannot compile broken for sm_80 with"
                        + " nvcc 1.2.3 (" + folder.resolve("nvcc") + "): exit code 9\nno licence");
    }

    /** What is found is kept for the life of the process; an interrupt is the caller's business. */
    @Test
    void interruptsNeitherHideTheCompilerNorGetLost() throws IOException {
        program("""
                case $1 in
                  --version) echo 'release 1.2, V1.2.3' ;;
                  --list-gpu-arch) echo compute_80 ;;
                  *) echo code > "kernel.cubin" ;;
                esac""");
        Thread.currentThread().interrupt();
        CompileLadder.Rung rung = NvccCompiler.find(List.of(folder));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(rung.compiler()).isNotNull();
        Thread.currentThread().interrupt();
        KernelImage image = rung.compiler().compile(Kernels.broken(), Target.cubin(80));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(new String(image.bytes(), StandardCharsets.US_ASCII)).isEqualTo("code\n");
    }

    /** As names of other characters are, under LC_ALL=C. */
    @Test
    void namesThatAreNoPathsArePassedOver() {
        assertThat(NvccCompiler.folders(Map.of("PATH", "/usr/bin" + File.pathSeparator + "\0" + File.pathSeparator
                + "/bin", "CUDA_HOME", "\0"))).containsExactly(Path.of("/usr/bin"), Path.of("/bin"));
    }

    @Test
    void programThatHangsIsEnded() throws InterruptedException {
        assertThatThrownBy(() -> NvccCompiler.run(List.of("sh", "-c", "sleep 123.25 & sleep 123.25"), null, 1))
                .isInstanceOf(IOException.class).hasMessage("not done after 1 s");
        // What was killed takes a moment to end.
        for (long end = System.nanoTime() + 10_000_000_000L; hanging() > 0 && System.nanoTime() < end;) {
            Thread.sleep(10);
        }
        assertThat(hanging()).isZero();
    }

    private static long hanging() {
        return ProcessHandle.current().descendants().map(each -> each.info().commandLine().orElse(""))
                .filter(line -> line.contains("123.25")).count();
    }

    private Path program(String body) throws IOException {
        Path program = folder.resolve("nvcc");
        Files.writeString(program, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return program;
    }
}
