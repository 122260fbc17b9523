package org.segloss4j.cuda;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What compilers made for tests, kept between runs, also by several processes at once. It lies in {@code tests/} of the
 * folder for compiled kernels, or where {@code -Dsegloss4j.test.cache} says. A file's name must tell everything that
 * it was made of. Files that were not used for long are deleted, and more of them if all together are large.
 */
final class TestCache {

    static final String PROPERTY = "segloss4j.test.cache";
    private static final Duration KEPT = Duration.ofDays(30);
    private static final long BYTES = 1L << 30;
    /** Younger files may be in use by another process. */
    private static final Duration YOUNG = Duration.ofHours(2);
    private static final Path FOLDER = open();

    private TestCache() {
    }

    private static Path open() {
        String set = System.getProperty(PROPERTY);
        Path folder = set != null && !set.isBlank() ? Path.of(set).toAbsolutePath()
                : CacheFolder.configured().resolve("tests");
        try {
            Files.createDirectories(folder);
            prune(folder, KEPT, BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException("set -D" + PROPERTY + " to a folder that can be written", e);
        }
        return folder;
    }

    /** Where files of a kind are, which is a name of a folder. */
    static Path folder(String kind) {
        try {
            return Files.createDirectories(FOLDER.resolve(kind));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a file is there; if so, it counts as used now. */
    static boolean use(Path file) {
        try {
            Instant now = Instant.now();
            if (Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(YOUNG.dividedBy(2)))) {
                Files.setLastModifiedTime(file, FileTime.from(now));
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The text of a file, which is made and kept if it is not there. */
    static String text(Path file, Supplier<String> maker) {
        try {
            if (use(file)) {
                return Files.readString(file);
            }
            String made = maker.get();
            WholeFile.write(file, new ByteArrayInputStream(made.getBytes(StandardCharsets.UTF_8)));
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes what was not used for some time, and then the oldest files until the others are not larger than that. */
    static void prune(Path folder, Duration kept, long bytes) throws IOException {
        record Entry(Path file, Instant used, long size) {
        }
        List<Entry> entries = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                entries.add(new Entry(file, Files.getLastModifiedTime(file).toInstant(), Files.size(file)));
            }
        } catch (UncheckedIOException | java.nio.file.NoSuchFileException e) {
            // Another process deletes at the same time.
            return;
        }
        entries.sort(Comparator.comparing(Entry::used).reversed());
        Instant now = Instant.now();
        long sum = 0;
        for (Entry entry : entries) {
            sum += entry.size();
            Duration age = Duration.between(entry.used(), now);
            if (age.compareTo(YOUNG) > 0 && (age.compareTo(kept) > 0 || sum > bytes)) {
                Files.deleteIfExists(entry.file());
            }
        }
    }
}
