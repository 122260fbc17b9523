package org.segloss4j.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.segloss4j.internal.files.FileNames;

/** Looks for the image and the mask of each key and collects what is wrong. */
final class PairSearch {

    private final FolderFiles images;
    private final FolderFiles masks;
    private final List<String> problems = new ArrayList<>();

    PairSearch(FolderFiles images, FolderFiles masks) {
        this.images = images;
        this.masks = masks;
    }

    /** One line for everything that is wrong so far; others add to it. */
    List<String> problems() {
        return problems;
    }

    /**
     * The pairs.
     *
     * @param keys      what is looked for, each with where it comes from: empty, or the line of a list
     * @param justMasks whether the keys are those of the masks, so that nothing else is amiss without an image
     */
    List<FilePair> pairs(Map<String, String> keys, boolean justMasks) {
        List<FilePair> pairs = new ArrayList<>();
        keys.forEach((key, from) -> {
            List<Path> image = images.at(key);
            List<Path> mask = masks.at(key);
            if (image.size() > 1) {
                problems.add("image " + ambiguous(image));
            }
            if (mask.size() > 1) {
                problems.add("mask " + ambiguous(mask));
            }
            if (image.isEmpty()) {
                problems.add((justMasks ? "" : from + "names ") + "mask " + FileNames.shown(mask.get(0))
                        + (justMasks ? " has no image" : ", which has no image"));
            } else if (mask.isEmpty()) {
                problems.add(from + "names image " + FileNames.shown(image.get(0)) + ", which has no mask");
            } else if (image.size() == 1 && mask.size() == 1) {
                pairs.add(new FilePair(images.name(image.get(0)), image.get(0), mask.get(0)));
            }
        });
        return pairs;
    }

    static String ambiguous(List<Path> files) {
        return files.stream().map(file -> FileNames.shown(files.get(0) == file ? file : file.getFileName()))
                .collect(Collectors.joining(" and ")) + " have one name, so it is not clear which is meant";
    }

    /** One line about images without masks, if there are any. */
    List<String> notes(Path folder) {
        List<String> surplus = images.byKey().keySet().stream().filter(key -> masks.at(key).isEmpty()).toList();
        if (surplus.isEmpty()) {
            return List.of();
        }
        int all = images.byKey().size();
        return List.of(surplus.size() + " of " + all + (all == 1 ? " image in " : " images in ")
                + FileNames.shown(folder) + (surplus.size() == 1 ? " has no mask and is left out: "
                : " have no mask and are left out, such as ")
                + FileNames.shown(images.name(images.at(surplus.get(0)).get(0))));
    }

    /** Whether no image has the key of a mask. */
    boolean nothingMatches() {
        return masks.byKey().keySet().stream().allMatch(key -> images.at(key).isEmpty());
    }

    /** What to do if no image has the key of a mask. */
    String nothingMatches(Path imageFolder, Path maskFolder) {
        return "no image in " + FileNames.shown(imageFolder) + " has a mask of its name in "
                + FileNames.shown(maskFolder) + ": the images have names such as " + images.exampleName()
                + ", the masks such as " + masks.exampleName() + advice();
    }

    /** The suffixes that would pair at least half of the images or of the masks, or else in general terms. */
    private String advice() {
        String image = images.byKey().keySet().iterator().next();
        String best = null;
        for (String mask : masks.byKey().keySet()) {
            if (best == null || common(image, mask) > common(image, best)) {
                best = mask;
            }
        }
        int same = common(image, best);
        // The sign between a name and its suffix is a part of the suffix.
        while (same > 0 && !Character.isLetterOrDigit(image.charAt(same - 1))) {
            same--;
        }
        String imageSuffix = image.substring(same);
        String maskSuffix = best.substring(same);
        Set<String> stems = stems(images, imageSuffix);
        Set<String> maskStems = stems(masks, maskSuffix);
        long pairs = stems.stream().filter(maskStems::contains).count();
        if (same == 0 || !isSuffix(imageSuffix) || !isSuffix(maskSuffix)
                || 2 * pairs < Math.min(images.byKey().size(), masks.byKey().size())) {
            return "; suffixes say what differs";
        }
        String named = (imageSuffix.isEmpty() ? "" : "the image suffix " + FileNames.shown(imageSuffix))
                + (imageSuffix.isEmpty() || maskSuffix.isEmpty() ? "" : " and ")
                + (maskSuffix.isEmpty() ? "" : "the mask suffix " + FileNames.shown(maskSuffix));
        return "; with " + named + " there " + (pairs == 1 ? "is 1 pair" : "are " + pairs + " pairs");
    }

    /** Not the end of a number, which tells samples apart. */
    private static boolean isSuffix(String text) {
        return text.isEmpty() || !text.contains("/") && !Character.isDigit(text.charAt(0));
    }

    private static Set<String> stems(FolderFiles files, String suffix) {
        return files.byKey().keySet().stream().filter(key -> key.endsWith(suffix))
                .map(key -> key.substring(0, key.length() - suffix.length())).collect(Collectors.toSet());
    }

    private static int common(String first, String second) {
        int same = 0;
        while (same < Math.min(first.length(), second.length()) && first.charAt(same) == second.charAt(same)) {
            same++;
        }
        return same;
    }
}
