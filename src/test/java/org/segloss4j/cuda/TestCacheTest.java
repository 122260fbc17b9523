package org.segloss4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestCacheTest {

    @TempDir
    private Path folder;

    private Path file(String name, int bytes, Duration age) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[bytes]);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
        return file;
    }

    @Test
    void whatIsOldOrTooMuchIsDeleted() throws IOException {
        Path unused = file("a/unused", 1, Duration.ofDays(31));
        Path used = file("a/used", 1, Duration.ofDays(31));
        Path second = file("b/second", 60, Duration.ofDays(2));
        Path first = file("b/first", 60, Duration.ofDays(1));
        Path young = file("b/young", 1000, Duration.ofMinutes(1));
        assertThat(TestCache.use(used)).isTrue();
        TestCache.prune(folder, Duration.ofDays(30), 1100);
        assertThat(unused).doesNotExist();
        assertThat(second).doesNotExist();
        assertThat(used).exists();
        assertThat(first).exists();
        TestCache.prune(folder, Duration.ofDays(30), 10);
        assertThat(first).doesNotExist();
        assertThat(young).exists();
        assertThat(TestCache.use(first)).isFalse();
    }

    @Test
    void aTextIsMadeOnce() {
        Path file = folder.resolve("text");
        assertThat(TestCache.text(file, () -> "made")).isEqualTo("made");
        assertThat(TestCache.text(file, () -> "again")).isEqualTo("made");
        assertThat(folder).isDirectoryContaining("glob:**/text");
    }
}
