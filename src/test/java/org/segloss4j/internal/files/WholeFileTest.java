package org.segloss4j.internal.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;

class WholeFileTest {

    @TempDir
    private Path dir;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void write(WholeFile file, String text) throws IOException {
        file.out().write(text.getBytes(StandardCharsets.UTF_8));
        file.out().flush();
    }

    @Test
    void appearsWhenItIsFinished() throws IOException {
        Path place = dir.resolve("a.txt");
        try (WholeFile file = WholeFile.create(place)) {
            write(file, "whole");
            assertThat(place).doesNotExist();
            file.finish();
            assertThat(place).hasContent("whole");
        }
        assertThat(names()).containsExactly("a.txt");
    }

    @Test
    void theOlderOneStaysUntilThen() throws IOException {
        Path place = Files.writeString(dir.resolve("a.txt"), "older");
        try (WholeFile file = WholeFile.create(place)) {
            write(file, "half");
        }
        assertThat(place).hasContent("older");
        assertThat(names()).containsExactly("a.txt");
    }

    @Test
    void aLinkIsReplacedAndNotFollowed() throws IOException {
        Path target = Files.writeString(dir.resolve("target.txt"), "theirs");
        Path place = Files.createSymbolicLink(dir.resolve("a.txt"), target);
        try (WholeFile file = WholeFile.create(place)) {
            write(file, "ours");
            file.finish();
        }
        assertThat(target).hasContent("theirs");
        assertThat(place).hasContent("ours");
        assertThat(Files.isSymbolicLink(place)).isFalse();
    }

    @Test
    void twoWritersDoNotMix() throws IOException {
        Path place = dir.resolve("a.txt");
        try (WholeFile first = WholeFile.create(place); WholeFile second = WholeFile.create(place)) {
            write(first, "first");
            write(second, "second");
            first.finish();
            second.finish();
        }
        assertThat(place).hasContent("second");
        assertThat(names()).containsExactly("a.txt");
    }

    @Test
    void saysWhyItCannotBeWritten() throws IOException {
        Path none = dir.resolve("none/a.txt");
        assertThatExceptionOfType(UnwritableFileException.class).isThrownBy(() -> WholeFile.create(none))
                .withMessage(none + " cannot be written: its folder does not exist");
        Path folder = Files.createDirectories(dir.resolve("folder/inside")).getParent();
        try (WholeFile file = WholeFile.create(folder)) {
            assertThatExceptionOfType(UnwritableFileException.class).isThrownBy(file::finish)
                    .withMessageStartingWith(folder + " cannot be written: ");
        }
        assertThat(names()).containsExactly("folder");
    }

    @Test
    void saysThatTheDiskIsFull() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full));
        assertThat(new UnwritableFileException(full, failure(full))).hasMessage(
                "/dev/full cannot be written: No space left on device");
    }

    private static IOException failure(Path file) {
        try {
            Files.writeString(file, "text");
            throw new AssertionError("written");
        } catch (IOException e) {
            return e;
        }
    }

    /** Ends in the middle of a file. */
    public static final class Killed {

        private Killed() {
        }

        public static void main(String[] args) throws IOException {
            WholeFile file = WholeFile.create(Path.of(args[0]));
            write(file, "half");
            Runtime.getRuntime().halt(7);
        }
    }

    @Test
    void whatAKilledProcessLeavesIsRemoved() throws Exception {
        Path place = dir.resolve("a b.txt");
        Path hidden = Files.writeString(dir.resolve(".other.part"), "somebody's own");
        assertThat(new ForkedJvm(Map.of(), List.of(), Killed.class, place.toString()).result()).startsWith("7");
        assertThat(names()).hasSize(2).allMatch(name -> name.startsWith("."));
        try (WholeFile file = WholeFile.create(place)) {
            write(file, "whole");
            WholeFile.removeUnfinished(dir);
            // The other's is gone; this one, which is still written, is not.
            assertThat(names()).hasSize(2);
            file.finish();
        }
        assertThat(names()).containsExactly(hidden.getFileName().toString(), "a b.txt");
        assertThat(place).hasContent("whole");
    }
}
