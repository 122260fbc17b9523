package org.segloss4j.cli.input;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.segloss4j.data.FilePairing;
import org.segloss4j.internal.files.FileNames;
import org.segloss4j.internal.files.ImageEndings;

/** The masks of a folder, which one line tells apart from what else lies there. */
public final class MaskFiles {

    private MaskFiles() {
    }

    /**
     * Finds masks as training does. What else somebody put there is named in one line; hidden files and those that
     * systems put there, such as Thumbs.db, are not worth one.
     *
     * @param option    the command's option, for messages
     * @param folder    the folder
     * @param pairing   suffix, list and sub-folders
     * @param recursive whether the pairing looks at sub-folders
     * @param err       receives the line
     * @return at least one file
     * @throws UserException if there is no such folder or no mask in it
     */
    public static List<Path> of(String option, Path folder, FilePairing pairing, boolean recursive, PrintWriter err) {
        try {
            List<Path> masks = pairing.masks(folder);
            List<Path> others = others(folder, recursive);
            if (!others.isEmpty()) {
                err.println("segloss4j: left out of " + FileNames.shown(folder) + ": " + others.size()
                        + (others.size() == 1 ? " entry that is no PNG file, "
                        : " entries that are no PNG files, such as ")
                        + FileNames.shown(folder.relativize(others.get(0))));
                err.flush();
            }
            return masks;
        } catch (IOException e) {
            throw new UserException(option + ": " + e.getMessage(), e);
        }
    }

    private static List<Path> others(Path folder, boolean recursive) throws IOException {
        try (Stream<Path> entries = recursive ? Files.walk(folder, FileVisitOption.FOLLOW_LINKS)
                : Files.list(folder)) {
            return entries.filter(entry -> !entry.equals(folder) && !isOfTheSystem(folder.relativize(entry)))
                    .filter(entry -> Files.isDirectory(entry) ? !recursive : !isPng(entry)).sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Whatever lies in a hidden folder is hidden, too. */
    private static boolean isOfTheSystem(Path below) {
        return StreamSupport.stream(below.spliterator(), false).anyMatch(ImageEndings::isOfTheSystem);
    }

    private static boolean isPng(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".png");
    }
}
