package org.segloss4j.internal.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;
import org.segloss4j.internal.cuda.driver.JCudaDriverCalls;

/** In processes whose folders are their own; what they then miss is the driver, not a part of JCuda. */
class JCudaNativesTest {

    private static final String FILE = "libJCudaDriver-12.6.0-linux-x86_64.so";

    @TempDir
    private Path folder;
    @TempDir
    private Path temporary;

    private ForkedJvm fork() throws IOException {
        return new ForkedJvm(Map.of(), List.of("-Dsegloss4j.cache=" + folder, "-Djava.io.tmpdir=" + temporary),
                Loader.class);
    }

    private Path unpacked() {
        return folder.resolve("jcuda").resolve(FILE);
    }

    @Test
    void partThatAKilledProcessLeftIsReplaced() throws Exception {
        Files.createDirectory(folder.resolve("jcuda"), PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString("rwx------")));
        Files.write(unpacked(), new byte[1000]);
        assertThat(fork().result()).startsWith("0\n").doesNotContain(FILE);
        assertThat(Files.size(unpacked())).isGreaterThan(1_000_000);
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
        try (Stream<Path> files = Files.list(folder.resolve("jcuda"))) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactly(FILE);
        }
    }

    /** Anybody may put a file of this name there first. */
    @Test
    void whatLiesInTheTemporaryFolderIsNotLoaded() throws Exception {
        Files.write(temporary.resolve(FILE), new byte[1_500_000]);
        // The temporary folder's property is as it was.
        assertThat(fork().result()).startsWith("0\n").doesNotContain(FILE).endsWith(temporary + "\n");
        assertThat(unpacked()).exists();
        assertThat(Files.getPosixFilePermissions(unpacked().getParent()))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void whereTheCacheIsOpenToOthersAFolderOfNoNameIsUsed() throws Exception {
        Files.createDirectory(folder.resolve("jcuda"));
        Files.setPosixFilePermissions(folder.resolve("jcuda"), PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.write(unpacked(), new byte[1_500_000]);
        assertThat(fork().result()).startsWith("0\n").contains("jcuda is not used: others may write to it")
                .doesNotContain("UnsatisfiedLinkError");
        assertThat(Files.size(unpacked())).isEqualTo(1_500_000);
        try (Stream<Path> files = Files.list(temporary)) {
            assertThat(files).noneMatch(file -> file.getFileName().toString().startsWith("segloss4j"));
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
            System.out.println(System.getProperty("java.io.tmpdir"));
        }
    }
}
