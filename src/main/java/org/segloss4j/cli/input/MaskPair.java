package org.segloss4j.cli.input;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.segloss4j.data.MaskImage;

/**
 * A true mask and the predicted one of the same file name.
 *
 * @param truth      file of the true labels
 * @param prediction file of the predicted labels
 */
public record MaskPair(Path truth, Path prediction) {

    /**
     * What pairs give.
     *
     * @param confusion [K·K] counts, row = truth, column = prediction; of a pair with problems all 0
     * @param problems  one line each, naming the file
     */
    public record Outcome(long[] confusion, List<String> problems) {

        /** Both together; neither changes. */
        public Outcome merge(Outcome later) {
            long[] sum = confusion.clone();
            Arrays.setAll(sum, k -> sum[k] + later.confusion[k]);
            return new Outcome(sum, Problems.both(problems, later.problems));
        }
    }

    /**
     * Pairs files by name.
     *
     * @param truths      files of true labels
     * @param predictions files of predicted labels
     * @param problems    receives one line per file that has no partner
     * @return the pairs, in the order of the truths
     */
    public static List<MaskPair> of(List<Path> truths, List<Path> predictions, List<String> problems) {
        Map<Path, Path> byName = byName(predictions);
        Map<Path, Path> truthByName = byName(truths);
        List<MaskPair> pairs = new ArrayList<>();
        for (Path truth : truths) {
            Path prediction = byName.get(truth.getFileName());
            if (prediction == null) {
                problems.add("truth " + truth + " has no prediction of that name");
            } else {
                pairs.add(new MaskPair(truth, prediction));
            }
        }
        for (Path prediction : predictions) {
            if (!truthByName.containsKey(prediction.getFileName())) {
                problems.add("prediction " + prediction + " has no truth of that name");
            }
        }
        return pairs;
    }

    private static Map<Path, Path> byName(List<Path> files) {
        return files.stream().collect(Collectors.toMap(Path::getFileName, Function.identity()));
    }

    /**
     * Counts (truth, prediction) pairs of labels. Where the truth is void the prediction may be anything.
     *
     * @param classes K
     * @param ignore  the label of void pixels in the truth, or null
     * @return the counts, or everything that is wrong with both files
     */
    public Outcome count(int classes, Integer ignore) {
        List<String> problems = new ArrayList<>();
        MaskImage trueMask = read(truth, problems);
        MaskImage predictedMask = read(prediction, problems);
        if (trueMask != null && predictedMask != null
                && (trueMask.width() != predictedMask.width() || trueMask.height() != predictedMask.height())) {
            problems.add("prediction " + prediction + " is " + size(predictedMask) + ", but its truth is "
                    + size(trueMask));
        }
        if (!problems.isEmpty()) {
            return new Outcome(new long[classes * classes], problems);
        }
        BadPixels badTruth = new BadPixels();
        BadPixels badPrediction = new BadPixels();
        long[] confusion = new long[classes * classes];
        for (int y = 0; y < trueMask.height(); y++) {
            for (int x = 0; x < trueMask.width(); x++) {
                int g = trueMask.at(x, y);
                int p = predictedMask.at(x, y);
                if (ignore != null && g == ignore) {
                    continue;
                }
                if (g < classes && p < classes) {
                    confusion[g * classes + p]++;
                    continue;
                }
                badTruth.add(g, x, y, classes);
                badPrediction.add(p, x, y, classes);
            }
        }
        badTruth.report("truth " + truth, classes, ignore, problems);
        badPrediction.report("prediction " + prediction, classes, null, problems);
        return new Outcome(problems.isEmpty() ? confusion : new long[confusion.length], problems);
    }

    private static MaskImage read(Path file, List<String> problems) {
        try {
            return MaskImage.read(file);
        } catch (IOException e) {
            problems.add(e.getMessage());
            return null;
        }
    }

    private static String size(MaskImage mask) {
        return mask.width() + "x" + mask.height();
    }

    /** Labels of one mask that are beyond the classes. */
    private static final class BadPixels {
        private long count;
        private String first;

        void add(int label, int x, int y, int classes) {
            if (label >= classes && count++ == 0) {
                first = label + " at (x " + x + ", y " + y + ")";
            }
        }

        void report(String mask, int classes, Integer ignore, List<String> problems) {
            if (count > 0) {
                problems.add(mask + ": " + count + (count == 1 ? " label is" : " labels are") + " outside 0.."
                        + (classes - 1) + (ignore == null ? "" : " and not the ignored " + ignore)
                        + "; the first is " + first);
            }
        }
    }
}
