package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;
import org.segloss4j.internal.cuda.compile.DiskCache;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.Target;

/** Two processes that write and read the same files all the time see whole ones only. */
class ConcurrentCacheTest {

    private static final int KERNELS = 5;
    private static final int ROUNDS = 400;

    @Test
    void processesNeverSeeParts(@TempDir Path folder) throws IOException, InterruptedException {
        List<ForkedJvm> forks = List.of(fork(folder), fork(folder));
        for (ForkedJvm fork : forks) {
            assertThat(fork.result()).isEqualTo("0\n" + KERNELS * ROUNDS + " read\n");
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).hasSize(KERNELS).allMatch(file -> !file.getFileName().toString().startsWith("."));
        }
    }

    private static ForkedJvm fork(Path folder) throws IOException {
        return new ForkedJvm(Map.of(), List.of(), Writer.class, folder.toString());
    }

    /** Replaces every file again and again, and reads it: from the first round on it is always there. */
    static final class Writer {

        private Writer() {
        }

        public static void main(String[] args) {
            CountingCompiler compiler = new CountingCompiler("maker", "1");
            DiskCache cache = new DiskCache(Path.of(args[0]));
            int read = 0;
            for (int round = 0; round < ROUNDS; round++) {
                for (int k = 0; k < KERNELS; k++) {
                    KernelText kernel = new KernelText("text", List.of("K=" + k), "kernel" + k);
                    cache.write(kernel, compiler.compile(kernel, Target.cubin(80)), compiler);
                    byte[] bytes = cache.read(kernel, Target.cubin(80), compiler).orElseThrow().bytes();
                    read += Arrays.equals(bytes, compiler.code(kernel, Target.cubin(80))) ? 1 : 0;
                }
            }
            System.out.println(read + " read");
        }
    }
}
