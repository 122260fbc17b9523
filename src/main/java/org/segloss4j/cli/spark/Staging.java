package org.segloss4j.cli.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.internal.files.FileFault;

/**
 * Copies files and folders of Hadoop file systems to this machine, once for all tasks of a job that run on it: a file
 * that is there with the same size and time of modification is not copied again. Safe for use by several threads and
 * processes.
 */
final class Staging {

    private static final Object THIS_PROCESS = new Object();

    private final Configuration hadoop;
    private final Path scratch;
    private final Consumer<String> notes;
    private final Map<String, String> names = new LinkedHashMap<>();

    /**
     * Prepares copying.
     *
     * @param hadoop  the settings of the file systems
     * @param scratch where copies go
     * @param notes   receives a line about what was copied
     */
    Staging(Configuration hadoop, Path scratch, Consumer<String> notes) {
        this.hadoop = hadoop;
        this.scratch = scratch;
        this.notes = notes;
    }

    /**
     * Where a file or folder is on this machine.
     *
     * @param option    that names it, for messages
     * @param text      a path, which is left where it is, or a URI
     * @param recursive whether sub-folders are wanted, too
     * @return the path or that of the copy
     * @throws UserException if it cannot be copied
     */
    Path local(String option, String text, boolean recursive) {
        if (!Locations.isRemote(text)) {
            return Locations.local(text);
        }
        try {
            org.apache.hadoop.fs.Path remote = new org.apache.hadoop.fs.Path(text);
            Path folder = scratch.resolve(UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString());
            Files.createDirectories(folder);
            // Processes exclude each other by the file, threads of one process by the object.
            synchronized (THIS_PROCESS) {
                try (FileChannel channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
                    channel.lock();
                    Path copy = copied(remote, folder.resolve(remote.getName().isEmpty() ? "root"
                            : remote.getName()), recursive);
                    names.put(copy.toString(), text);
                    return copy;
                }
            }
        } catch (IOException | RuntimeException e) {
            throw new UserException(option + ": " + text + " cannot be read: " + reason(e), e);
        }
    }

    /** A text in which copies have the names by which people know them. */
    String shown(String output) {
        String shown = output;
        for (Map.Entry<String, String> name : names.entrySet()) {
            shown = shown.replace(name.getKey(), name.getValue());
        }
        return shown;
    }

    /** One line, without the class names that Hadoop puts before its messages. */
    static String reason(Exception e) {
        return e instanceof IOException io ? FileFault.oneLine(FileFault.words(io))
                : FileFault.oneLine(e.getMessage() == null ? e.toString() : e.getMessage());
    }

    private Path copied(org.apache.hadoop.fs.Path remote, Path target, boolean recursive) throws IOException {
        FileSystem system = remote.getFileSystem(hadoop);
        FileStatus root = system.getFileStatus(remote);
        Tally tally = new Tally();
        long begin = System.nanoTime();
        if (root.isFile()) {
            copy(system, root, target, tally);
        } else {
            Files.createDirectories(target);
            Set<Path> wanted = new HashSet<>();
            String base = root.getPath().toUri().getPath();
            RemoteIterator<LocatedFileStatus> files = system.listFiles(root.getPath(), recursive);
            while (files.hasNext()) {
                FileStatus file = files.next();
                String below = file.getPath().toUri().getPath().substring(base.endsWith("/") ? base.length()
                        : base.length() + 1);
                Path place = target.resolve(below).normalize();
                if (!place.startsWith(target)) {
                    throw new IOException("it holds a file with the name " + below);
                }
                wanted.add(place);
                Files.createDirectories(place.getParent());
                copy(system, file, place, tally);
            }
            removeOthers(target, wanted);
        }
        notes.accept(String.format(Locale.ROOT, "copied %,d bytes in %,d files from %s in %.1f s; %,d files were there",
                tally.bytes, tally.copied, remote, (System.nanoTime() - begin) / 1e9, tally.kept));
        return target;
    }

    private static final class Tally {
        private long bytes;
        private int copied;
        private int kept;
    }

    private static void copy(FileSystem system, FileStatus file, Path place, Tally tally) throws IOException {
        FileTime time = FileTime.fromMillis(file.getModificationTime());
        if (Files.exists(place) && Files.size(place) == file.getLen()
                && Files.getLastModifiedTime(place).toMillis() == time.toMillis()) {
            tally.kept++;
            return;
        }
        Path part = place.resolveSibling(".segloss4j-" + UUID.randomUUID() + ".part");
        try {
            try (InputStream in = system.open(file.getPath()); OutputStream out = Files.newOutputStream(part)) {
                in.transferTo(out);
            }
            if (Files.size(part) != file.getLen()) {
                throw new IOException(file.getPath() + " has " + file.getLen() + " bytes, but gave "
                        + Files.size(part));
            }
            Files.setLastModifiedTime(part, time);
            Files.move(part, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
        tally.bytes += file.getLen();
        tally.copied++;
    }

    /** What was copied once and is no longer there. */
    private static void removeOthers(Path target, Set<Path> wanted) throws IOException {
        List<Path> others;
        try (Stream<Path> files = Files.walk(target)) {
            others = files.filter(Files::isRegularFile).filter(file -> !wanted.contains(file)).toList();
        }
        for (Path other : others) {
            Files.delete(other);
        }
    }
}
