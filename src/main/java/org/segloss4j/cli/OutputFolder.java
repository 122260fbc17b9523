package org.segloss4j.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.FileNames;

/**
 * The folder of {@code --out}. Each file appears whole or not at all, also if the process is killed: it is written
 * under a temporary name and then renamed. Several programs may write at once; each file is then the whole file of one
 * of them. Links in the place of files are replaced, never followed. Safe for use by several threads.
 */
final class OutputFolder {

    /** Writes the content of one file. */
    interface Content {

        /**
         * Writes everything.
         *
         * @param out is closed by the caller
         * @throws IOException if writing fails
         */
        void writeTo(OutputStream out) throws IOException;
    }

    private static final String PREFIX = ".segloss4j-";
    private static final String SUFFIX = ".part";
    /** A file that is younger may belong to a process that has not locked it yet. */
    private static final Duration YOUNG = Duration.ofMinutes(1);

    /** What this process writes: to open such a file and close it again would release its lock. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path folder;

    OutputFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * Checks that the folder can be written or made, before anybody works for it. Makes nothing.
     *
     * @throws UserException if not; names the folder
     */
    void check() {
        Path existing = folder.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        boolean isFolder = existing != null && Files.isDirectory(existing);
        if (!isFolder || !Files.isWritable(existing)) {
            throw new UserException("--out: " + FileNames.shown(folder) + " cannot be written: "
                    + FileNames.shown(existing) + (isFolder ? " is read-only" : " is not a folder"));
        }
    }

    /**
     * Writes all files, replacing those of the same names. The folder is made if needed. No name changes before all
     * files are complete.
     *
     * @param files content by name
     * @throws UserException if that fails; names the folder. Then none of the names has changed, unless a move of a
     *                       finished file failed.
     */
    void write(Map<String, byte[]> files) {
        check();
        List<Part> parts = new ArrayList<>();
        try {
            Files.createDirectories(folder);
            removeRemains();
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Part part = new Part(folder, target(file.getKey()));
                parts.add(part);
                part.write(out -> out.write(file.getValue()), false);
            }
            for (Part part : parts) {
                part.checkName();
            }
            for (Part part : parts) {
                part.appear();
            }
        } catch (IOException e) {
            throw failed(e);
        } finally {
            parts.forEach(Part::close);
        }
    }

    /**
     * Writes one file, which may be larger than memory. Its name has the old content until the new one is complete and
     * on the disk. The folder is made if needed.
     *
     * @param name    relative to the folder; folders in it are made
     * @param content what to write
     * @throws UserException if that fails; names the folder. Then the name has its old content.
     */
    void atomically(String name, Content content) {
        check();
        try {
            Files.createDirectories(folder);
            removeRemains();
            try (Part part = new Part(folder, target(name))) {
                part.write(content, true);
                part.checkName();
                part.appear();
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Path target(String name) throws IOException {
        Path target = folder.resolve(name).normalize();
        if (!target.startsWith(folder.normalize()) || target.equals(folder.normalize())) {
            throw new FileFault(FileNames.shown(name) + " is outside of it");
        }
        Files.createDirectories(target.toAbsolutePath().getParent());
        return target;
    }

    private UserException failed(IOException e) {
        String reason = e instanceof AccessDeniedException denied
                ? FileNames.shown(Path.of(denied.getFile())) + ": permission denied" : FileFault.words(e);
        return new UserException("--out: " + FileNames.shown(folder) + " cannot be written: " + reason, e);
    }

    /** Deletes what killed processes left. A part that is being written is locked by its process. */
    private void removeRemains() throws IOException {
        FileTime old = FileTime.from(Instant.now().minus(YOUNG));
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, PREFIX + "*" + SUFFIX)) {
            for (Path part : found) {
                if (Files.isRegularFile(part, LinkOption.NOFOLLOW_LINKS) && !OWN.contains(part.toAbsolutePath())) {
                    removeUnlessLocked(part, old);
                }
            }
        }
    }

    private static void removeUnlessLocked(Path part, FileTime old) {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock()) {
            if (lock != null && Files.getLastModifiedTime(part, LinkOption.NOFOLLOW_LINKS).compareTo(old) < 0) {
                Files.deleteIfExists(part);
            }
        } catch (OverlappingFileLockException | IOException e) {
            // It has got its name, another process was faster, or it is somebody else's.
        }
    }

    /** A file under its temporary name. */
    private static final class Part implements AutoCloseable {

        private final Path target;
        private final Path temporary;
        private final FileChannel channel;

        /** Makes the file, which must not exist, so that no link is followed. */
        Part(Path folder, Path target) throws IOException {
            this.target = target;
            // Not createTempFile, whose files nobody else may read.
            temporary = folder.resolve(PREFIX + UUID.randomUUID() + SUFFIX);
            OWN.add(temporary.toAbsolutePath());
            channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            try {
                channel.tryLock();
            } catch (IOException e) {
                // Some network file systems have no locks; there, what is old enough is taken for remains.
            }
        }

        void write(Content content, boolean toTheDisk) throws IOException {
            try (channel) {
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
                content.writeTo(out);
                out.flush();
                if (toTheDisk) {
                    channel.force(true);
                }
            }
        }

        /** A folder cannot be replaced by a file. */
        void checkName() throws IOException {
            if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileFault(FileNames.shown(target) + " is a folder");
            }
        }

        /** Gives the file its name. */
        void appear() throws IOException {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }

        /** Deletes the file if it has no name yet. */
        @Override
        public void close() {
            try {
                channel.close();
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                // The next run deletes it.
            } finally {
                OWN.remove(temporary.toAbsolutePath());
            }
        }
    }
}
