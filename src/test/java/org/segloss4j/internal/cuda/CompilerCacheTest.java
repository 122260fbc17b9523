package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompilerCacheTest {

    @TempDir
    private Path folder;

    private List<String> kept() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> !name.endsWith(".lock")).sorted()
                    .toList();
        }
    }

    private CompilerCache cache(long mostBytes) {
        return new CompilerCache(folder, mostBytes);
    }

    private void usedBefore(String name, int hours) throws IOException {
        Files.setLastModifiedTime(folder.resolve(name), FileTime.from(Instant.now().minusSeconds(3600L * hours)));
    }

    @Test
    void whatIsThereIsNotMadeAgain() throws IOException {
        cache(1 << 20).file("a", file -> Files.writeString(file, "first"));
        Path again = cache(1 << 20).file("a", file -> Files.writeString(file, "second"));
        assertThat(again).hasContent("first");
    }

    @Test
    void whatFailsLeavesNothing() throws IOException {
        assertThatThrownBy(() -> cache(1 << 20).file("a", file -> {
            Files.writeString(file, "half");
            throw new IOException("disk full");
        })).isInstanceOf(UncheckedIOException.class).hasRootCauseMessage("disk full");
        assertThat(kept()).isEmpty();
        assertThat(cache(1 << 20).file("a", file -> Files.writeString(file, "whole"))).hasContent("whole");
    }

    @Test
    void whatWasNotUsedForLongestGoesFirst() throws IOException {
        for (String name : List.of("a", "b", "c", "d")) {
            cache(1 << 20).file(name, file -> Files.write(file, new byte[100_000]));
        }
        usedBefore("a", 2);
        usedBefore("b", 4);
        usedBefore("c", 3);
        // Uses it again.
        cache(1 << 20).file("b", file -> { });
        cache(350_000);
        assertThat(kept()).containsExactly("a", "b", "d");
        // What may still be in use stays, however much it is.
        cache(1);
        assertThat(kept()).containsExactly("b", "d");
    }
}
