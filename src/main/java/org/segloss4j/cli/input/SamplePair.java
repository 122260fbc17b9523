package org.segloss4j.cli.input;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.RgbImage;
import org.segloss4j.data.SegmentationSample;

/**
 * An image and the mask of the same file name, endings aside.
 *
 * @param image file of the image
 * @param mask  file of its labels
 */
public record SamplePair(Path image, Path mask) {

    /**
     * What pairs give.
     *
     * @param samples  in order; none of a pair with problems
     * @param problems one line each, naming the file
     */
    public record Outcome(List<SegmentationSample> samples, List<String> problems) {
    }

    /**
     * Pairs files by name.
     *
     * @param images   files of images
     * @param masks    files of masks
     * @param problems receives one line per file that has no partner or has two
     * @return the pairs, in the order of the images
     */
    public static List<SamplePair> of(List<Path> images, List<Path> masks, List<String> problems) {
        Map<String, Path> imageByName = byName("image", images, problems);
        Map<String, Path> maskByName = byName("mask", masks, problems);
        List<SamplePair> pairs = new ArrayList<>();
        imageByName.forEach((name, image) -> {
            Path mask = maskByName.get(name);
            if (mask == null) {
                problems.add("image " + image + " has no mask " + name + ".png");
            } else {
                pairs.add(new SamplePair(image, mask));
            }
        });
        maskByName.forEach((name, mask) -> {
            if (!imageByName.containsKey(name)) {
                problems.add("mask " + mask + " has no image of that name");
            }
        });
        return pairs;
    }

    private static Map<String, Path> byName(String kind, List<Path> files, List<String> problems) {
        Map<String, Path> byName = new LinkedHashMap<>();
        for (Path file : files) {
            String full = file.getFileName().toString();
            Path earlier = byName.putIfAbsent(full.substring(0, full.lastIndexOf('.')), file);
            if (earlier != null) {
                problems.add(kind + " " + file + " has the same name as " + earlier.getFileName());
            }
        }
        return byName;
    }

    /** Reads pairs in parallel, at the size of the network. */
    public static Outcome read(List<SamplePair> pairs, ImageSize size, LabelMap map) {
        List<Outcome> each = pairs.parallelStream().map(pair -> pair.read(size, map)).toList();
        return new Outcome(each.stream().flatMap(o -> o.samples.stream()).toList(),
                each.stream().flatMap(o -> o.problems.stream()).toList());
    }

    private Outcome read(ImageSize size, LabelMap map) {
        List<String> problems = new ArrayList<>();
        RgbImage picture = null;
        MaskImage labels = null;
        try {
            picture = RgbImage.read(image);
        } catch (IOException e) {
            problems.add(e.getMessage());
        }
        try {
            labels = MaskImage.read(mask, map);
        } catch (IOException e) {
            problems.add(e.getMessage());
        }
        if (picture != null && labels != null) {
            if (!labels.size().equals(picture.size())) {
                problems.add("mask " + mask + " is " + labels.size() + ", but its image is " + picture.size());
            }
        }
        return new Outcome(!problems.isEmpty() ? List.of()
                : List.of(new SegmentationSample(image.getFileName().toString(),
                picture.resized(size), labels.resized(size.width(), size.height()))), problems);
    }
}
