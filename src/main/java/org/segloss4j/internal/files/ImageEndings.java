package org.segloss4j.internal.files;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/**
 * Tells images from what else lies in their folders, by the names alone. Formats that cannot be read count as images,
 * so that they are refused by name instead of being left out unseen.
 */
public final class ImageEndings {

    private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "gif", "bmp",
            "webp", "jp2", "j2k", "ppm", "pgm", "pbm", "pnm", "tga", "exr", "heic", "avif", "npy", "npz");
    /** What systems put into folders of images without being asked, in small letters. */
    private static final Set<String> SYSTEM_FILES = Set.of("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r",
            "@eadir", "__macosx");

    private ImageEndings() {
    }

    /**
     * Whether a name is that of an image. Hidden files are none.
     *
     * @param file a file
     * @return true for the endings of images, in small or large letters
     */
    public static boolean isImage(Path file) {
        String name = name(file);
        return !name.startsWith(".") && ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1));
    }

    /**
     * Whether nobody put the file or folder there on purpose: it is hidden or the system's.
     *
     * @param file a file or folder
     * @return true for .DS_Store, Thumbs.db and such
     */
    public static boolean isOfTheSystem(Path file) {
        String name = name(file);
        return name.startsWith(".") || SYSTEM_FILES.contains(name);
    }

    private static String name(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT);
    }
}
