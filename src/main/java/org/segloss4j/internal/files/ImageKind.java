package org.segloss4j.internal.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the first bytes of a file say that it is. Names of files say nothing reliable. */
public enum ImageKind {

    /** Portable Network Graphics. */
    PNG("\u0089PNG"),
    /** JPEG. */
    JPEG("\u00ff\u00d8\u00ff"),
    /** TIFF, or BigTIFF, of either byte order. */
    TIFF("II*\0", "MM\0*", "II+\0", "MM\0+"),
    /** Any kind that is not read; {@link #fault} names it. */
    OTHER;

    /** Kinds that people have, but that are not read: the name, where its mark starts, and the mark. */
    private static final String[][] OTHERS = {
        {"a GIF image", "0", "GIF8"},
        {"a BMP image", "0", "BM"},
        {"a WebP image", "8", "WEBP"},
        {"a JPEG 2000 image", "4", "jP  "},
        {"a HEIF or AVIF image", "4", "ftyp"},
        {"a NumPy array", "0", "\u0093NUMPY"},
        {"a MATLAB file", "0", "MATLAB"},
        {"a PDF document", "0", "%PDF"},
        {"a ZIP archive", "0", "PK\u0003\u0004"},
        {"an HTML page", "0", "<!DOCTYPE html"},
        {"an XML text", "0", "<?xml"},
    };
    private static final int LONGEST = 40;
    private static final String LFS = "version https://git-lfs";

    private final String[] marks;

    ImageKind(String... marks) {
        this.marks = marks;
    }

    /**
     * Looks into a file.
     *
     * @param file a regular file
     * @return its kind
     * @throws IOException if it cannot be read, or is no regular file or empty
     */
    public static ImageKind of(Path file) throws IOException {
        String start = start(file);
        for (ImageKind kind : values()) {
            for (String mark : kind.marks) {
                if (start.startsWith(mark)) {
                    return kind;
                }
            }
        }
        return OTHER;
    }

    /**
     * The fault of a file that is none of the kinds that are read.
     *
     * @param file the file
     * @param read the kinds that are read, such as "PNG, JPEG or TIFF"
     * @return the fault
     * @throws IOException if the file cannot be read
     */
    public static FileFault fault(Path file, String read) throws IOException {
        String start = start(file);
        if (start.startsWith(LFS)) {
            return new FileFault("is not the image, but a note of Git LFS where it lies: run git lfs pull");
        }
        for (String[] other : OTHERS) {
            if (start.startsWith(other[2], Integer.parseInt(other[1]))) {
                return new FileFault("is " + other[0] + ", but must be " + read);
            }
        }
        return new FileFault("is not a " + read + " image");
    }

    private static String start(Path file) throws IOException {
        InputFile.size(file);
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST), StandardCharsets.ISO_8859_1);
        }
    }
}
