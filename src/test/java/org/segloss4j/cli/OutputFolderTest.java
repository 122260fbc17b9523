package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.ForkedJvm;
import org.segloss4j.cli.input.UserException;

class OutputFolderTest {

    private static final int LARGE = 1 << 20;

    @TempDir
    private Path folder;

    private static byte[] filled(int value, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void writesAndReplaces() throws IOException {
        OutputFolder out = new OutputFolder(folder.resolve("a/b"));
        out.write(Map.of("x", filled(1, 10), "y", filled(2, 10)));
        out.write(Map.of("x", filled(3, 5)));
        out.atomically("masks/z", stream -> stream.write(filled(4, 7)));
        assertThat(folder.resolve("a/b/x")).hasBinaryContent(filled(3, 5));
        assertThat(folder.resolve("a/b/y")).hasBinaryContent(filled(2, 10));
        assertThat(folder.resolve("a/b/masks/z")).hasBinaryContent(filled(4, 7));
        assertThat(names(folder.resolve("a/b"))).containsExactly("masks", "x", "y");
    }

    @Test
    void othersMayReadWhatTheyMayReadOfOtherFiles() throws IOException {
        Path plain = Files.write(folder.resolve("plain"), new byte[1]);
        new OutputFolder(folder).atomically("x", stream -> stream.write(1));
        assertThat(Files.getPosixFilePermissions(folder.resolve("x"))).isEqualTo(Files.getPosixFilePermissions(plain));
    }

    /** Neither at the file's own name nor at a name that can be foreseen. */
    @Test
    void linksAreReplacedAndNotFollowed() throws IOException {
        Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "precious");
        Path out = Files.createDirectory(folder.resolve("out"));
        Files.createSymbolicLink(out.resolve("x"), elsewhere);
        Files.createSymbolicLink(out.resolve(".x.part"), elsewhere);
        new OutputFolder(out).write(Map.of("x", filled(1, 3)));
        assertThat(elsewhere).hasContent("precious");
        assertThat(Files.isSymbolicLink(out.resolve("x"))).isFalse();
        assertThat(out.resolve("x")).hasBinaryContent(filled(1, 3));
    }

    @Test
    void contentThatFailsLeavesTheOldFileAndNothingElse() throws IOException {
        OutputFolder out = new OutputFolder(folder);
        out.write(Map.of("x", filled(1, 3)));
        assertThatThrownBy(() -> out.atomically("x", stream -> {
            stream.write(filled(2, LARGE));
            throw new IOException("no space left");
        })).isInstanceOf(UserException.class)
                .hasMessage("--out: " + folder + " cannot be written: no space left");
        assertThatThrownBy(() -> out.atomically("x", stream -> {
            throw new IllegalStateException("a bug");
        })).hasMessage("a bug");
        assertThat(folder.resolve("x")).hasBinaryContent(filled(1, 3));
        assertThat(names(folder)).containsExactly("x");
    }

    @Test
    void whatCannotBeWrittenIsNamedAndChangesNothing() throws IOException {
        Path file = Files.write(folder.resolve("file"), filled(1, 3));
        assertThatThrownBy(() -> new OutputFolder(file).check())
                .hasMessage("--out: " + file + " cannot be written: " + file + " is not a folder");
        assertThatThrownBy(() -> new OutputFolder(file).write(Map.of("x", filled(1, 3))))
                .hasMessage("--out: " + file + " cannot be written: " + file + " is not a folder");
        assertThatThrownBy(() -> new OutputFolder(file.resolve("below")).check())
                .hasMessage("--out: " + file.resolve("below") + " cannot be written: " + file + " is not a folder");
        Files.createDirectories(folder.resolve("out/x"));
        assertThatThrownBy(() -> new OutputFolder(folder.resolve("out")).write(Map.of("x", filled(1, 3))))
                .hasMessage("--out: " + folder.resolve("out/x") + " cannot be written: it is a folder");
        assertThat(names(folder.resolve("out"))).containsExactly("x");
        assertThatThrownBy(() -> new OutputFolder(folder.resolve("out")).atomically("../y", out -> out.write(1)))
                .hasMessageContaining("../y is outside of it");
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nothing"));
        assertThatThrownBy(() -> new OutputFolder(link).check())
                .hasMessage("--out: " + link + " cannot be written: " + link + " is not a folder");
        Path forged = Files.createFile(folder.resolve("a\nb"));
        assertThatThrownBy(() -> new OutputFolder(forged).check())
                .hasMessageNotContaining("\n").hasMessageContaining("a\\nb");
    }

    @Test
    void commandsSayItBeforeTheyWork() throws IOException {
        Path file = Files.write(folder.resolve("file"), filled(1, 3));
        CommandRun run = CommandRun.of("evaluate", "--classes", 2, "--truth", folder, "--pred", folder, "--out", file);
        assertThat(run.complaints()).containsExactly("segloss4j: --out: " + file + " cannot be written: " + file
                + " is not a folder");
        assertThat(run.code()).isEqualTo(1);
    }

    @Test
    void writersAtTheSameTimeDoNotMix() throws IOException {
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int k = 1; k <= 4; k++) {
            int value = k;
            writers.add(CompletableFuture.runAsync(() -> {
                for (int round = 0; round < 10; round++) {
                    new OutputFolder(folder).write(Map.of("x", filled(value, LARGE + value), "y", filled(value, 9)));
                    new OutputFolder(folder).atomically("z", out -> {
                        for (int part = 0; part < 64; part++) {
                            out.write(filled(value, 1000 + value));
                        }
                    });
                }
            }));
        }
        writers.forEach(CompletableFuture::join);
        for (String name : List.of("x", "y", "z")) {
            byte[] bytes = Files.readAllBytes(folder.resolve(name));
            assertThat(bytes).containsOnly(bytes[0]);
            assertThat(bytes).hasSize(name.equals("x") ? LARGE + bytes[0] : name.equals("y") ? 9
                    : 64 * (1000 + bytes[0]));
        }
        assertThat(names(folder)).containsExactly("x", "y", "z");
    }

    /** By SIGKILL: nothing can be tidied up, and nothing half-written may carry a name. */
    @Test
    void whatAKilledProcessLeavesIsWholeAndTheRestIsRemovedLater() throws Exception {
        for (int moment = 0; moment < 4; moment++) {
            ForkedJvm writer = new ForkedJvm(Map.of(), List.of(), Writer.class, folder.toString());
            long limit = System.nanoTime() + 30_000_000_000L;
            Path x = folder.resolve("x" + 0);
            Files.deleteIfExists(x);
            while (!Files.exists(x) && System.nanoTime() < limit) {
                Thread.sleep(1);
            }
            Thread.sleep(7L * moment);
            writer.kill();
            for (String name : names(folder)) {
                if (!name.startsWith(".")) {
                    byte[] bytes = Files.readAllBytes(folder.resolve(name));
                    assertThat(bytes).as(name).hasSize(LARGE).containsOnly(bytes[0]);
                }
            }
        }
        Files.write(folder.resolve(".segloss4j-1.part"), new byte[1]);
        Path link = Files.createSymbolicLink(folder.resolve(".segloss4j-2.part"), folder.resolve("x0"));
        new OutputFolder(folder).write(Map.of("y", filled(1, 3)));
        assertThat(names(folder)).contains("x0", "y", ".segloss4j-2.part")
                .filteredOn(name -> name.endsWith(".part")).containsExactly(link.getFileName().toString());
    }

    @Test
    void whatIsBeingWrittenIsNotTakenForRemains() throws IOException {
        new OutputFolder(folder).atomically("x", out -> {
            out.write(filled(1, LARGE));
            new OutputFolder(folder).write(Map.of("y", filled(2, 3)));
            out.write(filled(1, LARGE));
        });
        assertThat(folder.resolve("x")).hasBinaryContent(filled(1, 2 * LARGE));
    }

    @Test
    void readOnlyFoldersAreNamed() throws IOException {
        Path closed = Files.createDirectory(folder.resolve("closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
        // Root may write everywhere.
        if (!Files.isWritable(closed)) {
            assertThatThrownBy(() -> new OutputFolder(closed.resolve("new")).check())
                    .hasMessage("--out: " + closed.resolve("new") + " cannot be written: " + closed + " is read-only");
        }
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Writes until it is killed. */
    static final class Writer {

        private Writer() {
        }

        public static void main(String[] args) {
            OutputFolder out = new OutputFolder(Path.of(args[0]));
            for (int round = 0; ; round = (round + 1) % 100) {
                byte[] bytes = filled(round, LARGE);
                out.write(Map.of("x0", bytes, "x1", bytes));
                out.atomically("x2", stream -> {
                    for (int k = 0; k < 16; k++) {
                        stream.write(bytes, k * (LARGE / 16), LARGE / 16);
                    }
                });
            }
        }
    }
}
