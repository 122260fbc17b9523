package org.segloss4j.cli.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.segloss4j.cli.input.ImageFile;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.FilePairing;
import org.segloss4j.internal.files.FileNames;
import picocli.CommandLine.Option;

/** Which images a command works on, where there are no masks. */
public final class ImageOptions {

    @Option(names = "--images", required = true, arity = "1..*", paramLabel = "DIR|FILE",
            description = "Folders of images, or images: PNG, JPEG or TIFF.")
    private List<Path> images;

    @Option(names = "--image-suffix", defaultValue = "", paramLabel = "TEXT",
            description = "Take only images of folders whose names have this before their ending.")
    private String suffix;

    @Option(names = "--recursive", description = "Look at sub-folders, too; the results lie in the same ones.")
    private boolean recursive;

    @Option(names = "--list", paramLabel = "FILE",
            description = "Take only what this text file names, one name a line, such as PASCAL VOC's val.txt.")
    private Path list;

    /**
     * Finds the images. None is opened.
     *
     * @return at least one, each of another name
     * @throws UserException if a folder cannot be read or holds none, or two images have one name
     */
    public List<ImageFile> find() {
        FilePairing pairing = pairing();
        Map<String, ImageFile> byName = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        for (Path place : images) {
            for (ImageFile image : Files.isDirectory(place) ? in(place, pairing) : List.of(alone(place))) {
                ImageFile other = byName.putIfAbsent(image.name(), image);
                if (other != null) {
                    problems.add(FileNames.shown(image.file()) + " and " + FileNames.shown(other.file()));
                }
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException("--images: " + problems.get(0) + " would have results of the same name"
                    + (problems.size() == 1 ? "" : "; and " + (problems.size() - 1) + " more such pairs"));
        }
        return List.copyOf(byName.values());
    }

    private FilePairing pairing() {
        try {
            FilePairing pairing = FilePairing.byName().imageSuffix(suffix);
            pairing = recursive ? pairing.recursive() : pairing;
            return list == null ? pairing : pairing.list(list);
        } catch (IllegalArgumentException e) {
            throw new UserException("--image-suffix: " + e.getMessage(), e);
        }
    }

    private static List<ImageFile> in(Path folder, FilePairing pairing) {
        try {
            return pairing.images(folder).stream().map(file -> new ImageFile(file, name(folder.relativize(file))))
                    .toList();
        } catch (IOException e) {
            throw new UserException("--images: " + e.getMessage(), e);
        }
    }

    private ImageFile alone(Path file) {
        if (!Files.exists(file)) {
            throw new UserException("--images: " + FileNames.shown(file) + " does not exist");
        }
        if (list != null || !suffix.isEmpty()) {
            throw new UserException((list != null ? "--list" : "--image-suffix") + " chooses among the images of a"
                    + " folder, but --images has the file " + FileNames.shown(file));
        }
        return new ImageFile(file, name(file.getFileName()));
    }

    /** Without the ending, and with / between folders on every system. */
    private static String name(Path relative) {
        String name = StreamSupport.stream(relative.spliterator(), false).map(Path::toString)
                .collect(Collectors.joining("/"));
        int dot = name.lastIndexOf('.');
        return dot > name.lastIndexOf('/') + 1 ? name.substring(0, dot) : name;
    }
}
