package org.segloss4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.segloss4j.cli.input.UserException;

/** Writes files that are complete in memory: each appears whole or not at all. */
final class OutputFolder {

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
        if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
            throw new UserException("--out: " + folder + " cannot be written: " + existing
                    + (existing == null || Files.isDirectory(existing) ? " is read-only" : " is not a folder"));
        }
    }

    /**
     * Writes all files, replacing those of the same names. The folder is made if needed.
     *
     * @param files content by name
     * @throws UserException if that fails; names the folder. Then none of the names has changed, unless a move of a
     *                       finished file failed.
     */
    void write(Map<String, byte[]> files) {
        Map<Path, Path> finished = new LinkedHashMap<>();
        try {
            Files.createDirectories(folder);
            try {
                for (Map.Entry<String, byte[]> file : files.entrySet()) {
                    // Not createTempFile, whose files nobody else may read.
                    Path temporary = folder.resolve("." + file.getKey() + ".part");
                    finished.put(temporary, folder.resolve(file.getKey()));
                    Files.write(temporary, file.getValue());
                }
                for (Map.Entry<Path, Path> file : finished.entrySet()) {
                    Files.move(file.getKey(), file.getValue(), StandardCopyOption.REPLACE_EXISTING,
                            StandardCopyOption.ATOMIC_MOVE);
                }
            } finally {
                for (Path temporary : finished.keySet()) {
                    Files.deleteIfExists(temporary);
                }
            }
        } catch (IOException e) {
            throw new UserException("--out: " + folder + " cannot be written: " + e, e);
        }
    }
}
