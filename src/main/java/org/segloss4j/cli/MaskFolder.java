package org.segloss4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Finds mask files. */
final class MaskFolder {

    private MaskFolder() {
    }

    /**
     * The PNG files directly in a folder, hidden ones aside.
     *
     * @param option the command's option, for messages
     * @param folder the folder
     * @return at least one file, in the order of their names
     * @throws UserException if there is no such folder or no PNG in it
     */
    static List<Path> files(String option, Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UserException(option + ": " + folder + (Files.exists(folder) ? " is not a folder"
                    : " does not exist"));
        }
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(MaskFolder::isPng).sorted().toList();
            if (files.isEmpty()) {
                throw new UserException(option + ": there is no PNG file in " + folder);
            }
            return files;
        } catch (IOException e) {
            throw new UserException(option + ": " + folder + " cannot be listed: " + e.getMessage(), e);
        }
    }

    private static boolean isPng(Path file) {
        String name = file.getFileName().toString();
        return !name.startsWith(".") && name.toLowerCase(Locale.ROOT).endsWith(".png") && !Files.isDirectory(file);
    }
}
