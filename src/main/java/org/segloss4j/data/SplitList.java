package org.segloss4j.data;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.segloss4j.internal.files.FileNames;

/**
 * A text file that names the samples of a split, one a line, as PASCAL VOC's train.txt does. Blank lines and those that
 * begin with # say nothing.
 */
final class SplitList {

    private final Path file;
    /** The number of the line that each name stands in. */
    private final Map<String, Integer> lines = new LinkedHashMap<>();

    private SplitList(Path file) {
        this.file = file;
    }

    static SplitList read(Path file, List<String> problems) throws IOException {
        SplitList list = new SplitList(file);
        String shown = FileNames.shown(file);
        List<String> text;
        try {
            text = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new IOException("list " + shown + " does not exist", e);
        } catch (CharacterCodingException e) {
            throw new IOException("list " + shown + " is not a text file in UTF-8", e);
        } catch (IOException e) {
            throw new IOException("list " + shown + " cannot be read: "
                    + (Files.isDirectory(file) ? "it is a folder" : FileNames.shown(String.valueOf(e.getMessage()))),
                    e);
        }
        for (int k = 0; k < text.size(); k++) {
            // Some editors begin a file with a mark of its byte order.
            String name = FolderFiles.composed(text.get(k).replace("\uFEFF", "").strip().replace('\\', '/'));
            if (!name.isEmpty() && !name.startsWith("#")) {
                Integer earlier = list.lines.putIfAbsent(name, k + 1);
                if (earlier != null) {
                    problems.add(list.line(k + 1) + "names " + FileNames.shown(name) + ", as line " + earlier
                            + " does");
                }
            }
        }
        if (list.lines.isEmpty()) {
            throw new UnpairedFilesException(List.of("list " + shown + " names nothing"));
        }
        return list;
    }

    /**
     * The keys that the names stand for: a name is a key, or one with suffix or ending.
     *
     * @param isKey    whether there is a file of a key
     * @param problems receives one line per name without a file, or that stands for the same key as another
     * @param suffixes of images and masks
     * @return the keys in the order of the list, and where each stands
     */
    Map<String, String> keys(Predicate<String> isKey, List<String> problems, String... suffixes) {
        Map<String, String> keys = new LinkedHashMap<>();
        lines.forEach((name, number) -> {
            String key = candidates(name, suffixes).filter(isKey).findFirst().orElse(null);
            if (key == null) {
                problems.add(line(number) + "names " + FileNames.shown(name)
                        + ", but there is neither an image nor a mask of that name");
            } else if (keys.putIfAbsent(key, line(number)) != null) {
                problems.add(line(number) + "names " + FileNames.shown(name) + ", which an earlier line names, too");
            }
        });
        return keys;
    }

    private static Stream<String> candidates(String name, String... suffixes) {
        String below = name.startsWith("./") ? name.substring(2) : name;
        String stem = FolderFiles.withoutEnding(below);
        return Stream.concat(Stream.of(below, stem), Stream.of(suffixes).map(FolderFiles::composed)
                .filter(suffix -> !suffix.isEmpty() && stem.endsWith(suffix))
                .map(suffix -> stem.substring(0, stem.length() - suffix.length())));
    }

    private String line(int number) {
        return "list " + FileNames.shown(file) + ", line " + number + " ";
    }
}
