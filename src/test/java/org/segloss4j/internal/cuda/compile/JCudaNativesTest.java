package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;
import org.segloss4j.internal.cuda.driver.JCudaDriverCalls;

/** In processes whose temporary folder is their own; what they then miss is the driver, not a part of JCuda. */
class JCudaNativesTest {

    private static final String FILE = "libJCudaDriver-12.6.0-linux-x86_64.so";

    @TempDir
    private Path folder;

    private ForkedJvm fork() throws IOException {
        return new ForkedJvm(Map.of(), List.of("-Djava.io.tmpdir=" + folder), Loader.class);
    }

    @Test
    void partThatAKilledProcessLeftIsReplaced() throws Exception {
        Files.write(folder.resolve(FILE), new byte[1000]);
        assertThat(fork().result()).startsWith("0\n").doesNotContain(FILE);
        assertThat(Files.size(folder.resolve(FILE))).isGreaterThan(1_000_000);
    }

    @Test
    void processesThatStartTogetherLoadTheWholeFile() throws Exception {
        List<ForkedJvm> forks = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
            forks.add(fork());
        }
        for (ForkedJvm fork : forks) {
            assertThat(fork.result()).startsWith("0\n").doesNotContain(FILE);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString())).contains(FILE)
                    .noneMatch(name -> name.endsWith(".part"));
        }
    }

    /** Loads JCuda; says what is missing. */
    static final class Loader {

        private Loader() {
        }

        public static void main(String[] args) {
            try {
                System.out.println("driver " + new JCudaDriverCalls().init());
            } catch (LinkageError e) {
                System.out.println(MissingLibrary.cause(e));
            }
        }
    }
}
