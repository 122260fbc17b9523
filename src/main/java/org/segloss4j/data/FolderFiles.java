package org.segloss4j.data;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.segloss4j.internal.files.FileNames;

/**
 * The image or mask files of a folder by their keys: the path below the folder without suffix and ending. Hidden files
 * and folders are left out, and so are files of other endings, such as Thumbs.db. Neither the file system's order nor
 * its way to compose accents matters.
 */
final class FolderFiles {

    /** What files hold, by their endings. */
    enum Kind {
        IMAGE("image", "PNG, JPEG or TIFF", Set.of("png", "jpg", "jpeg", "tif", "tiff")),
        MASK("mask", "PNG", Set.of("png")),
        /** Images of all formats that people have, for messages about what there is. */
        ANY("image", "image", Set.of("png", "jpg", "jpeg", "tif", "tiff", "gif", "bmp", "webp", "jp2", "ppm", "pgm",
                "npy"));

        final String noun;
        private final String formats;
        private final Set<String> endings;

        Kind(String noun, String formats, Set<String> endings) {
            this.noun = noun;
            this.formats = formats;
            this.endings = endings;
        }
    }

    private final Path folder;
    private final Kind kind;
    private final String suffix;
    private final TreeMap<String, List<Path>> byKey = new TreeMap<>();

    private FolderFiles(Path folder, Kind kind, String suffix) {
        this.folder = folder;
        this.kind = kind;
        this.suffix = suffix;
    }

    /** Lists a folder; there may be no file of the kind. */
    static FolderFiles of(Path folder, Kind kind, String suffix, boolean recursive) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException(FileNames.shown(folder) + (Files.exists(folder) ? " is not a folder"
                    : " does not exist"));
        }
        FolderFiles files = new FolderFiles(folder, kind, suffix);
        try {
            Files.walkFileTree(folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS),
                    recursive ? Integer.MAX_VALUE : 1, files.new Visitor());
        } catch (FileSystemLoopException e) {
            throw new IOException("folder " + shown(e.getFile()) + " is a link to a folder that it lies in", e);
        } catch (AccessDeniedException e) {
            throw new IOException("folder " + shown(e.getFile()) + " cannot be listed: permission denied", e);
        } catch (IOException e) {
            throw new IOException("folder " + FileNames.shown(folder) + " cannot be listed: "
                    + FileNames.shown(String.valueOf(e.getMessage())), e);
        }
        files.byKey.values().forEach(Collections::sort);
        return files;
    }

    private static String shown(String file) {
        return FileNames.shown(file);
    }

    /**
     * The same, but at least one file.
     *
     * @throws UnpairedFilesException if there is none, with what there is instead
     */
    static FolderFiles some(Path folder, Kind kind, String suffix, boolean recursive) throws IOException {
        FolderFiles files = of(folder, kind, suffix, recursive);
        if (files.byKey.isEmpty()) {
            throw new UnpairedFilesException(List.of(files.nothing(recursive)));
        }
        return files;
    }

    private String nothing(boolean recursive) throws IOException {
        String missing = "there is no " + kind.formats + " file" + (suffix.isEmpty() ? "" : " of the " + kind.noun
                + " suffix " + FileNames.shown(suffix)) + " in " + FileNames.shown(folder);
        if (!recursive) {
            int below = of(folder, kind, suffix, true).byKey.size();
            if (below > 0) {
                return missing + " itself, but there " + (below == 1 ? "is one" : "are " + below)
                        + " in its sub-folders, which recursive pairing looks at";
            }
        }
        if (!suffix.isEmpty()) {
            FolderFiles all = of(folder, kind, "", recursive);
            if (!all.byKey.isEmpty()) {
                return missing + "; the files there have names such as " + all.exampleName();
            }
        }
        FolderFiles others = of(folder, Kind.ANY, "", recursive);
        if (others.byKey.isEmpty()) {
            return missing;
        }
        Map<String, Long> endings = others.byKey.values().stream().flatMap(List::stream)
                .collect(Collectors.groupingBy(file -> ending(file).toUpperCase(Locale.ROOT), TreeMap::new,
                        Collectors.counting()));
        return missing + ", but " + endings.entrySet().stream().map(entry -> entry.getValue() + " "
                + entry.getKey()).collect(Collectors.joining(" and "))
                + (kind == Kind.MASK ? "; labels are read from PNG alone, since most other formats change them" : "");
    }

    /** The keys in order, each with at least one file. */
    Map<String, List<Path>> byKey() {
        return byKey;
    }

    /** The files of a key; none if there is no such key. */
    List<Path> at(String key) {
        return byKey.getOrDefault(key, List.of());
    }

    /** Leaves out files that are something else, so that a folder may hold both images and masks. */
    void removeAll(FolderFiles others) {
        Set<Path> theirs = others.byKey.values().stream().flatMap(List::stream).map(FolderFiles::absolute)
                .collect(Collectors.toSet());
        byKey.values().forEach(files -> files.removeIf(file -> theirs.contains(absolute(file))));
        byKey.values().removeIf(List::isEmpty);
    }

    private static Path absolute(Path file) {
        return file.toAbsolutePath().normalize();
    }

    /** The name of the first file. */
    String exampleName() {
        return FileNames.shown(byKey.firstEntry().getValue().get(0).getFileName());
    }

    /** A file's path below the folder with / between folders, the same on every system. */
    String name(Path file) {
        return StreamSupport.stream(folder.relativize(file).spliterator(), false).map(Path::toString)
                .collect(Collectors.joining("/"));
    }

    /** The ending in small letters without its dot; empty if there is none. */
    private static String ending(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    /**
     * A name without an ending that image files have.
     *
     * @param name a file's name or path
     * @return the name without it, or as it is
     */
    static String withoutEnding(String name) {
        int dot = name.lastIndexOf('.');
        return dot >= 0 && Kind.IMAGE.endings.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT))
                ? name.substring(0, dot) : name;
    }

    /** Text in the one form in which accents are compared: some systems store them apart from their letters. */
    static String composed(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC);
    }

    private final class Visitor extends SimpleFileVisitor<Path> {

        @Override
        public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
            return visited.equals(folder) || !isHidden(visited) ? FileVisitResult.CONTINUE
                    : FileVisitResult.SKIP_SUBTREE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!attributes.isDirectory() && !isHidden(file) && kind.endings.contains(ending(file))) {
                String name = composed(name(file));
                String stem = name.substring(0, name.lastIndexOf('.'));
                if (stem.endsWith(composed(suffix))) {
                    byKey.computeIfAbsent(stem.substring(0, stem.length() - composed(suffix).length()),
                            key -> new ArrayList<>()).add(file);
                }
            }
            return FileVisitResult.CONTINUE;
        }

        private boolean isHidden(Path visited) {
            return visited.getFileName().toString().startsWith(".");
        }
    }
}
