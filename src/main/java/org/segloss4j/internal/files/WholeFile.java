package org.segloss4j.internal.files;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file that appears whole or not at all, whenever the process ends. It is written beside its place, under a hidden
 * name that nobody else has, and moved when it is complete. Not thread-safe.
 *
 * <p>What cannot be written is an {@link UnwritableFileException}.
 */
public final class WholeFile implements Closeable {

    private static final String PREFIX = ".segloss4j-";
    private static final String SUFFIX = ".part";
    /** What this process writes: to open such a file and close it again would release its lock. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final Path temporary;
    private final FileChannel channel;
    private final OutputStream out;
    private boolean finished;

    private WholeFile(Path file) throws IOException {
        this.file = file;
        Path made = null;
        FileChannel opened = null;
        while (made == null) {
            // Not createTempFile, whose files nobody else may read.
            made = file.toAbsolutePath().resolveSibling(PREFIX + UUID.randomUUID() + SUFFIX);
            OWN.add(made);
            opened = FileChannel.open(made, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (!locked(opened) || !Files.exists(made, LinkOption.NOFOLLOW_LINKS)) {
                // Somebody who removes what is abandoned came before the lock.
                opened.close();
                OWN.remove(made);
                made = null;
            }
        }
        temporary = made;
        channel = opened;
        out = new BufferedOutputStream(new Named(Channels.newOutputStream(channel)), 1 << 13);
    }

    /** Tells other processes that somebody still writes. */
    private static boolean locked(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException e) {
            // A file system without locks; nobody removes what cannot be locked.
            return true;
        }
    }

    /**
     * Starts a file in a folder that exists.
     *
     * @param file its place; an older one stays until the new one is finished
     * @return the file, to be closed
     * @throws UnwritableFileException if that fails
     */
    public static WholeFile create(Path file) throws UnwritableFileException {
        try {
            return new WholeFile(file);
        } catch (IOException e) {
            throw new UnwritableFileException(file, e);
        }
    }

    /**
     * Writes or replaces a file in one go, and makes its folder if needed.
     *
     * @param file    its place
     * @param content all of it; closed by the caller
     * @throws IOException if that fails; an older file is unchanged then
     */
    public static void write(Path file, InputStream content) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        try (WholeFile whole = create(file)) {
            content.transferTo(whole.out);
            whole.finish();
        }
    }

    /** Receives the content. Closing it is allowed and does not finish the file. */
    public OutputStream out() {
        return out;
    }

    /**
     * What was written so far, from its start. Nothing can be written after this.
     *
     * @return a stream that belongs to this file and is not to be closed
     * @throws UnwritableFileException if that fails
     */
    public InputStream written() throws UnwritableFileException {
        try {
            out.flush();
            // By the channel itself: to open the file a second time and close that would release its lock.
            channel.position(0);
            return Channels.newInputStream(channel);
        } catch (UnwritableFileException e) {
            throw e;
        } catch (IOException e) {
            throw new UnwritableFileException(file, e);
        }
    }

    /**
     * Puts the complete file into its place.
     *
     * @throws UnwritableFileException if that fails
     */
    public void finish() throws UnwritableFileException {
        checkPlace();
        try {
            out.flush();
            channel.force(false);
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            finished = true;
        } catch (UnwritableFileException e) {
            throw e;
        } catch (IOException e) {
            throw new UnwritableFileException(file, e);
        }
    }

    /**
     * Sees whether the file can have its place, before others of a set are put into theirs.
     *
     * @throws UnwritableFileException if a folder is there, which no file replaces
     */
    public void checkPlace() throws UnwritableFileException {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new UnwritableFileException(file, new FileFault("it is a folder"));
        }
    }

    /** Removes the file unless it is finished. If that fails, the next {@link #removeUnfinished} does it. */
    @Override
    public void close() {
        try {
            channel.close();
            if (!finished) {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            return;
        } finally {
            OWN.remove(temporary);
        }
    }

    /**
     * Removes what processes have left in a folder that ended before their files were finished. What somebody still
     * writes stays.
     *
     * @param folder a folder
     * @throws IOException if it cannot be listed
     */
    public static void removeUnfinished(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, PREFIX + "*" + SUFFIX)) {
            for (Path file : files) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && !OWN.contains(file.toAbsolutePath())) {
                    removeUnlessLocked(file);
                }
            }
        }
    }

    private static void removeUnlessLocked(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // Another thread or process was faster, or it is somebody else's.
            return;
        }
    }

    /** Names the file in what goes wrong. */
    private final class Named extends OutputStream {

        private final OutputStream to;

        Named(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            try {
                to.write(bytes, from, length);
            } catch (IOException e) {
                throw new UnwritableFileException(file, e);
            }
        }
    }
}
