package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.ForkedJvm;

class CompileCommandTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "--arch=volta | --arch: volta is no architecture like sm_80",
            "--arch=sm_80,compute_80 | --arch: compute_80 is no architecture like sm_80",
            "--arch=sm_80 --ptx | --ptx needs --out: the cache holds what GPUs here load, which is machine code",
            "--arch=sm_80 --types=float,quad | --types: quad is none of float, double, half and bfloat16",
            "--arch=sm_80 --types=int32 | predictions cannot be INT32",
            "--arch=sm_80 --classes=-3 | number of classes is -3, but must be at least 0"})
    void errorsAreOneLine(String arguments, String complaint) {
        CommandRun run = CommandRun.of((Object[]) ("compile " + arguments).split(" "));
        assertThat(run.complaints()).containsExactly("segloss4j: " + complaint);
        assertThat(run.code()).isEqualTo(2);
    }

    @Test
    void architectureIsNeeded() {
        CommandRun run = CommandRun.of("compile");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.complaints()).containsExactly("segloss4j: Missing required option: '--arch=ARCH'"
                + " (see: segloss4j compile --help)");
    }

    /** Before minutes of work whose result would be thrown away. */
    @Test
    void aCacheThatOthersMayWriteToIsRefused(@TempDir Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        List<String> said = ForkedJvm.run(Compilation.class, Map.of(), "-Dsegloss4j.cache=" + folder);
        // Before it, a warning that NVRTC's part of JCuda is not kept there, either.
        assertThat(said).endsWith("segloss4j: the kernel cache " + folder + " is not used: others may write to"
                + " it (chmod go-w " + folder + "); set -Dsegloss4j.cache", "1");
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    /** Compiles to the cache. */
    static final class Compilation {

        private Compilation() {
        }

        public static void main(String[] args) {
            System.out.println(Main.run("compile", "--arch=sm_80"));
        }
    }

    @Test
    void progressIsSaidAtOnceThenByTime() {
        StringWriter said = new StringWriter();
        AtomicLong seconds = new AtomicLong();
        CompileProgress progress = new CompileProgress(100, new PrintWriter(said),
                () -> seconds.get() * 1_000_000_000L);
        progress.start();
        for (int k = 0; k < 100; k++) {
            seconds.incrementAndGet();
            progress.done();
        }
        assertThat(said.toString().lines()).startsWith("compiling 100 kernels", "compiled 1 of 100, 1 s",
                "compiled 6 of 100, 6 s").endsWith("compiled 96 of 100, 96 s", "compiled 100 of 100, 100 s")
                .hasSize(22);
    }
}
