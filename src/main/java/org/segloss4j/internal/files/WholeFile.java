package org.segloss4j.internal.files;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
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
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A file that appears whole or not at all, whenever the process ends. It is written beside its place, under a hidden
 * name that nobody else has, and moved when it is complete. Not thread-safe.
 *
 * <p>What cannot be written is an {@link UnwritableFileException}.
 */
public final class WholeFile implements Closeable {

    private static final Pattern UNFINISHED = Pattern.compile("\\..+\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.part");

    private final Path file;
    private final Path temporary;
    private final FileChannel channel;
    private final OutputStream out;
    private boolean finished;

    private WholeFile(Path file) throws IOException {
        this.file = file;
        temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".part");
        channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock(channel);
        out = new BufferedOutputStream(new Named(Channels.newOutputStream(channel)), 1 << 13);
    }

    /** Tells other processes that somebody still writes; not all file systems can. */
    private static void lock(FileChannel channel) {
        try {
            channel.tryLock();
        } catch (IOException e) {
            // Nobody removes what cannot be locked.
            return;
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

    /** Receives the content. Closing it is allowed and does not finish the file. */
    public OutputStream out() {
        return out;
    }

    /**
     * Puts the complete file into its place.
     *
     * @throws UnwritableFileException if that fails
     */
    public void finish() throws UnwritableFileException {
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

    /** Removes the file unless it is finished. */
    @Override
    public void close() throws IOException {
        channel.close();
        if (!finished) {
            Files.deleteIfExists(temporary);
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
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder,
                file -> UNFINISHED.matcher(file.getFileName().toString()).matches())) {
            for (Path file : files) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && abandoned(file)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static boolean abandoned(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (IOException | OverlappingFileLockException e) {
            return false;
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
