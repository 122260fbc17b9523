package org.segloss4j.cli.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.segloss4j.cli.evaluation.PixelCounts.Outcome;
import org.segloss4j.cli.prediction.FileProgress;
import org.segloss4j.cli.report.Example;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.MaskReader;
import org.segloss4j.data.RgbImage;
import org.segloss4j.internal.files.FileNames;

/**
 * A true mask and the predicted one of the same name.
 *
 * @param name       of the prediction, which is that of the image, without the ending
 * @param truth      file of the true labels
 * @param prediction file of the predicted labels
 * @param image      file of the image, or null if it is not known
 */
public record MaskPair(String name, Path truth, Path prediction, Path image) implements Comparison {

    /**
     * Files of a folder.
     *
     * @param folder where they are, perhaps in sub-folders
     * @param files  the files
     * @param suffix what all their names have before the ending
     */
    public record Side(Path folder, List<Path> files, String suffix) {

        /** The path below the folder, with / between folders, without the ending. */
        private String name(Path file) {
            String name = StreamSupport.stream(folder.relativize(file).spliterator(), false).map(Path::toString)
                    .collect(Collectors.joining("/"));
            return name.substring(0, name.lastIndexOf('.'));
        }

        /** The name without the suffix. */
        private String key(Path file) {
            String name = name(file);
            return name.substring(0, name.length() - suffix.length());
        }
    }

    /**
     * Pairs files by name.
     *
     * @param truths      true labels
     * @param predictions predicted labels
     * @param images      the image of each truth that has one
     * @param problems    receives one line per file that has no partner
     * @return the pairs, in the order of the truths
     */
    public static List<MaskPair> of(Side truths, Side predictions, Map<Path, Path> images, List<String> problems) {
        Map<String, Path> byKey = new HashMap<>();
        predictions.files.forEach(file -> byKey.put(predictions.key(file), file));
        Set<String> trueKeys = new HashSet<>();
        List<MaskPair> pairs = new ArrayList<>();
        for (Path truth : truths.files) {
            String key = truths.key(truth);
            trueKeys.add(key);
            Path prediction = byKey.get(key);
            if (prediction == null) {
                problems.add("truth " + FileNames.shown(truth) + " has no prediction of that name");
            } else {
                pairs.add(new MaskPair(predictions.name(prediction), truth, prediction, images.get(truth)));
            }
        }
        for (Path prediction : predictions.files) {
            if (!trueKeys.contains(predictions.key(prediction))) {
                problems.add("prediction " + FileNames.shown(prediction) + " has no truth of that name");
            }
        }
        return pairs;
    }

    @Override
    public Outcome count(LabelMap labels, FileProgress progress) {
        List<String> problems = new ArrayList<>();
        PixelCounts counts = new PixelCounts(labels);
        try (MaskReader trueMask = opened(truth, labels, true, problems);
                MaskReader predictedMask = opened(prediction, labels, false, problems)) {
            if (trueMask != null && predictedMask != null) {
                count(trueMask, predictedMask, labels, counts, problems);
            }
        } catch (IOException e) {
            problems.add(e.getMessage());
        }
        return problems.isEmpty() ? counts.outcome() : Outcome.failed(problems);
    }

    private void count(MaskReader trueMask, MaskReader predictedMask, LabelMap labels, PixelCounts counts,
                       List<String> problems) throws IOException {
        ImageSize size = trueMask.size();
        if (!size.equals(predictedMask.size())) {
            problems.add("prediction " + FileNames.shown(prediction) + " is " + predictedMask.size()
                    + ", but its truth is " + size);
            return;
        }
        int[] truths = new int[size.width()];
        int[] predictions = new int[size.width()];
        for (int y = 0; trueMask.next(truths) && predictedMask.next(predictions); y++) {
            counts.add(y, truths, predictions);
        }
        if (counts.bad() > 0) {
            problems.add(noClass(labels, counts));
        }
    }

    /** Names the values that are unknown or, if there are none, says that the prediction is void. */
    private String noClass(LabelMap labels, PixelCounts counts) {
        try (MaskReader again = MaskReader.openPrediction(prediction, labels)) {
            int[] row = new int[again.size().width()];
            boolean more = true;
            while (more) {
                more = again.next(row);
            }
            return "prediction " + FileNames.shown(prediction) + " is void at " + counts.bad()
                    + (counts.bad() == 1 ? " pixel" : " pixels") + " where the truth is a class; the first is at "
                    + counts.firstBad();
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private static MaskReader opened(Path file, LabelMap labels, boolean checked, List<String> problems) {
        try {
            return checked ? MaskReader.open(file, labels) : MaskReader.openUnchecked(file, labels);
        } catch (IOException e) {
            problems.add(e.getMessage());
            return null;
        }
    }

    @Override
    public Example example(LabelMap labels, int side) throws IOException {
        try (MaskReader predicted = MaskReader.openUnchecked(prediction, labels)) {
            ImageSize small = SmallMask.within(side, predicted.size());
            SmallMask mask = new SmallMask(predicted.size(), small, labels);
            int[] row = new int[predicted.size().width()];
            for (int y = 0; predicted.next(row); y++) {
                mask.row(y, row);
            }
            return new Example(image == null ? null : RgbImage.read(image, small),
                    MaskImage.read(truth, labels, small), mask.mask());
        }
    }
}
