package org.segloss4j.cli.input;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskReader;
import org.segloss4j.internal.files.FileNames;

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
                problems.add("truth " + FileNames.shown(truth) + " has no prediction of that name");
            } else {
                pairs.add(new MaskPair(truth, prediction));
            }
        }
        for (Path prediction : predictions) {
            if (!truthByName.containsKey(prediction.getFileName())) {
                problems.add("prediction " + FileNames.shown(prediction) + " has no truth of that name");
            }
        }
        return pairs;
    }

    private static Map<Path, Path> byName(List<Path> files) {
        return files.stream().collect(Collectors.toMap(Path::getFileName, Function.identity()));
    }

    /**
     * Counts (truth, prediction) pairs of labels, row by row. Where the truth is void the prediction may be anything.
     *
     * @param labels what both files store
     * @return the counts, or everything that is wrong with both files
     */
    public Outcome count(LabelMap labels) {
        List<String> problems = new ArrayList<>();
        long[] confusion = new long[labels.classes() * labels.classes()];
        try (MaskReader trueMask = opened(truth, labels, true, problems);
                MaskReader predictedMask = opened(prediction, labels, false, problems)) {
            if (trueMask != null && predictedMask != null) {
                count(trueMask, predictedMask, labels, confusion, problems);
            }
        } catch (IOException e) {
            problems.add(e.getMessage());
        }
        return new Outcome(problems.isEmpty() ? confusion : new long[confusion.length], problems);
    }

    private void count(MaskReader trueMask, MaskReader predictedMask, LabelMap labels, long[] confusion,
                       List<String> problems) throws IOException {
        ImageSize size = trueMask.size();
        if (!size.equals(predictedMask.size())) {
            problems.add("prediction " + FileNames.shown(prediction) + " is " + predictedMask.size()
                    + ", but its truth is " + size);
            return;
        }
        int classes = labels.classes();
        // A label below 0 for none, since labels are not negative.
        int ignore = labels.ignoreIndex() == null ? -1 : labels.ignoreIndex();
        int[] truths = new int[size.width()];
        int[] predictions = new int[size.width()];
        long bad = 0;
        String first = null;
        for (int y = 0; trueMask.next(truths) && predictedMask.next(predictions); y++) {
            for (int x = 0; x < truths.length; x++) {
                if (truths[x] == ignore) {
                    continue;
                }
                if (predictions[x] >= 0 && predictions[x] < classes) {
                    confusion[truths[x] * classes + predictions[x]]++;
                } else if (bad++ == 0) {
                    first = "(x " + x + ", y " + y + ")";
                }
            }
        }
        if (bad > 0) {
            problems.add(noClass(labels, bad, first));
        }
    }

    /** Names the values that are unknown or, if there are none, says that the prediction is void. */
    private String noClass(LabelMap labels, long bad, String first) {
        try (MaskReader again = MaskReader.open(prediction, labels)) {
            int[] row = new int[again.size().width()];
            boolean more = true;
            while (more) {
                more = again.next(row);
            }
            return "prediction " + FileNames.shown(prediction) + " is void at " + bad
                    + (bad == 1 ? " pixel" : " pixels") + " where the truth is a class; the first is at " + first;
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
}
