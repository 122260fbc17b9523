package org.segloss4j.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.FileNames;
import org.segloss4j.internal.files.UnwritableFileException;
import org.segloss4j.internal.files.WholeFile;

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
        while (existing != null && !Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
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
        List<WholeFile> parts = new ArrayList<>();
        try {
            Files.createDirectories(folder);
            WholeFile.removeUnfinished(folder);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                WholeFile part = WholeFile.create(target(file.getKey()));
                parts.add(part);
                part.out().write(file.getValue());
            }
            for (WholeFile part : parts) {
                part.checkPlace();
            }
            for (WholeFile part : parts) {
                part.finish();
            }
        } catch (IOException e) {
            throw failed(e);
        } finally {
            parts.forEach(WholeFile::close);
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
            Path target = target(name);
            WholeFile.removeUnfinished(target.getParent());
            try (WholeFile part = WholeFile.create(target)) {
                content.writeTo(part.out());
                part.finish();
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Path target(String name) throws IOException {
        Path inside = folder.toAbsolutePath().normalize();
        Path target = inside.resolve(name).normalize();
        if (!target.startsWith(inside) || target.equals(inside)) {
            throw new FileFault(FileNames.shown(name) + " is outside of it");
        }
        Files.createDirectories(target.getParent());
        return target;
    }

    private UserException failed(IOException e) {
        if (e instanceof UnwritableFileException) {
            return new UserException("--out: " + e.getMessage(), e);
        }
        String reason = e instanceof AccessDeniedException denied
                ? FileNames.shown(Path.of(denied.getFile())) + ": permission denied" : FileFault.words(e);
        return new UserException("--out: " + FileNames.shown(folder) + " cannot be written: " + reason, e);
    }
}
