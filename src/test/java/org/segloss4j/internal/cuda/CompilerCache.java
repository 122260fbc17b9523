package org.segloss4j.internal.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.segloss4j.internal.cuda.compile.CacheFolder;
import org.segloss4j.internal.files.WholeFile;

/**
 * What compilers made for tests, kept between runs and shared by the JVMs that run them: {@code tests} in the user's
 * cache folder, or {@code -Dsegloss4j.test.cache}. A name holds a hash of everything that makes the content, so a file
 * is never out of date. What was not used for longest is deleted when there is too much of it.
 */
final class CompilerCache {

    static final String PROPERTY = "segloss4j.test.cache";
    static final CompilerCache SHARED = new CompilerCache(System.getProperty(PROPERTY) == null
            ? CacheFolder.configured().resolve("tests") : Path.of(System.getProperty(PROPERTY)).toAbsolutePath(),
            1L << 30);

    private final Path folder;
    private final Map<String, Path> found = new ConcurrentHashMap<>();

    /** Makes files. */
    interface Maker {

        /** Makes a file, and may put others into its folder, which is deleted afterwards. */
        void make(Path file) throws IOException;
    }

    /** A cache in a folder, of which no more than some bytes are left over from earlier runs. */
    CompilerCache(Path folder, long mostBytes) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            prune(mostBytes);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be used; set -D" + PROPERTY, e);
        }
    }

    /** Whether a file is here already. */
    boolean has(String name) {
        return Files.exists(folder.resolve(name));
    }

    /** A file that is here, or else is made. Only one thread of all processes makes it while the others wait. */
    Path file(String name, Maker maker) {
        return found.computeIfAbsent(name, key -> {
            Path file = folder.resolve(key);
            try (FileChannel channel = FileChannel.open(folder.resolve(key + ".lock"), StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE)) {
                // Until the channel is closed.
                channel.lock();
                if (Files.exists(file)) {
                    Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
                } else {
                    make(file, maker);
                }
                return file;
            } catch (IOException e) {
                throw new UncheckedIOException(file + " cannot be made", e);
            }
        });
    }

    private static void make(Path file, Maker maker) throws IOException {
        Path work = Files.createTempDirectory("segloss4j-test");
        try {
            Path made = work.resolve(file.getFileName());
            maker.make(made);
            try (InputStream content = Files.newInputStream(made)) {
                WholeFile.write(file, content);
            }
        } finally {
            try (Stream<Path> left = Files.list(work)) {
                for (Path each : left.toList()) {
                    Files.delete(each);
                }
            }
            Files.delete(work);
        }
    }

    private record Kept(Path file, long bytes, Instant used) {
    }

    private void prune(long mostBytes) throws IOException {
        List<Kept> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                // A block of the disk is the least that a file takes.
                all.add(new Kept(file, attributes.size() + 4096, attributes.lastModifiedTime().toInstant()));
            }
        } catch (NoSuchFileException e) {
            // Another process is at it.
            return;
        }
        all.sort(Comparator.comparing(Kept::used).reversed());
        Instant running = Instant.now().minusSeconds(3600);
        long bytes = 0;
        for (Kept each : all) {
            bytes += each.bytes();
            // Files of the last hour may be those of a run that goes on.
            if (bytes > mostBytes && each.used().isBefore(running)) {
                Files.deleteIfExists(each.file());
            }
        }
    }
}
