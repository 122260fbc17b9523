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
import org.segloss4j.internal.files.FileNames;
import org.segloss4j.internal.files.ImageEndings;

/** Finds mask and image files. */
public final class MaskFolder {

    private static final String[] MASKS = {".png", ".tif", ".tiff"};

    private MaskFolder() {
    }

    /**
     * What a folder holds.
     *
     * @param folder  the folder
     * @param files   the masks, at least one, in the order of their names
     * @param skipped what else somebody put there
     */
    public record Masks(Path folder, List<Path> files, List<Path> skipped) {

        /** Says in one line what was left out, if anything was. */
        public void tellSkipped(PrintWriter to) {
            if (!skipped.isEmpty()) {
                to.println("segloss4j: left out of " + FileNames.shown(folder) + ": " + skipped.size()
                        + (skipped.size() == 1 ? " entry that is no PNG or TIFF file, "
                        : " entries that are no PNG or TIFF files, such as ")
                        + FileNames.shown(folder.relativize(skipped.get(0))));
                to.flush();
            }
        }
    }

    /**
     * The masks of a folder. Hidden files and those that systems put there, such as Thumbs.db, are left out unseen.
     *
     * @param option    the command's option, for messages
     * @param folder    the folder
     * @param suffix    what their names have before the ending; others are no masks. Empty for none.
     * @param recursive whether sub-folders are looked at, too
     * @return the masks
     * @throws UserException if there is no such folder or no mask in it
     */
    public static Masks masks(String option, Path folder, String suffix, boolean recursive) {
        List<Path> all = entries(option, folder, recursive);
        List<Path> masks = all.stream().filter(f -> ends(f, MASKS) && stem(f).endsWith(suffix)).toList();
        if (masks.isEmpty()) {
            throw new UserException(option + ": there is no PNG or TIFF file" + (suffix.isEmpty() ? ""
                    : " of the suffix " + FileNames.shown(suffix)) + " in " + FileNames.shown(folder)
                    + instead(option, folder, all, recursive));
        }
        List<Path> skipped = all.stream().filter(f -> !ends(f, MASKS)
                && !(recursive && Files.isDirectory(f))).toList();
        return new Masks(folder, masks, skipped);
    }

    /** What could have been meant. */
    private static String instead(String option, Path folder, List<Path> all, boolean recursive) {
        List<Path> others = all.stream().filter(f -> ImageEndings.isImage(f) && !Files.isDirectory(f)).toList();
        if (!others.isEmpty()) {
            return ", but " + others.size() + (others.size() == 1 ? " other image, " : " other images such as ")
                    + FileNames.shown(others.get(0).getFileName());
        }
        long below = recursive ? 0 : entries(option, folder, true).stream().filter(f -> ends(f, MASKS)).count();
        return below == 0 ? "" : " itself, but there " + (below == 1 ? "is one" : "are " + below)
                + " in its sub-folders";
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
        List<Path> files = entries(option, folder, false).stream().filter(f -> ends(f, endings)).toList();
        if (files.isEmpty()) {
            throw new UserException(option + ": there is no " + kind + " file in " + FileNames.shown(folder));
        }
        return files;
    }

    /** Files and folders that somebody put there, in the order of their names. */
    private static List<Path> entries(String option, Path folder, boolean recursive) {
        if (!Files.isDirectory(folder)) {
            throw new UserException(option + ": " + FileNames.shown(folder)
                    + (Files.exists(folder) ? " is not a folder" : " does not exist"));
        }
        try (Stream<Path> entries = recursive ? Files.walk(folder, FileVisitOption.FOLLOW_LINKS)
                : Files.list(folder)) {
            return entries.filter(f -> !f.equals(folder) && !isOfTheSystem(folder, f)).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw new UserException(option + ": " + FileNames.shown(folder) + " cannot be listed: "
                    + FileNames.shown(String.valueOf(e.getMessage())), e);
        }
    }

    private static boolean isOfTheSystem(Path folder, Path entry) {
        for (Path part : folder.relativize(entry)) {
            if (ImageEndings.isOfTheSystem(part)) {
                return true;
            }
        }
        return false;
    }

    /** The name without its ending. */
    private static String stem(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    private static boolean ends(Path file, String... endings) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return Stream.of(endings).anyMatch(name::endsWith) && !Files.isDirectory(file);
    }
}
