package org.segloss4j.cli.input;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Finds mask and image files. */
public final class MaskFolder {

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
    public static List<Path> files(String option, Path folder) {
        return files(option, folder, "PNG", ".png");
    }

    /**
     * The image files directly in a folder, hidden ones aside.
     *
     * @param option the command's option, for messages
     * @param folder the folder
     * @return at least one PNG or JPEG file, in the order of their names
     * @throws UserException if there is no such folder or none in it
     */
    public static List<Path> images(String option, Path folder) {
        return files(option, folder, "PNG or JPEG", ".png", ".jpg", ".jpeg");
    }

    private static List<Path> files(String option, Path folder, String kind, String... endings) {
        if (!Files.isDirectory(folder)) {
            throw new UserException(option + ": " + folder + (Files.exists(folder) ? " is not a folder"
                    : " does not exist"));
        }
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(f -> ends(f, endings)).sorted().toList();
            if (files.isEmpty()) {
                throw new UserException(option + ": there is no " + kind + " file in " + folder);
            }
            return files;
        } catch (IOException e) {
            throw new UserException(option + ": " + folder + " cannot be listed: " + e.getMessage(), e);
        }
    }

    private static boolean ends(Path file, String... endings) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return !name.startsWith(".") && Stream.of(endings).anyMatch(name::endsWith) && !Files.isDirectory(file);
    }
}
