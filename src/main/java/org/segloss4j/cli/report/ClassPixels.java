package org.segloss4j.cli.report;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** Pixels of the classes of an evaluation, and which classes to show where there is no room for all. */
record ClassPixels(SegmentationEvaluation evaluation) {

    /** All pixels of a class in the truth. */
    long truth(int c) {
        return IntStream.range(0, evaluation.classes()).mapToLong(p -> evaluation.count(c, p)).sum();
    }

    /** All pixels that were predicted as a class. */
    long predicted(int c) {
        return IntStream.range(0, evaluation.classes()).mapToLong(t -> evaluation.count(t, c)).sum();
    }

    /** In their own order, the classes that have most pixels in truth and prediction together. */
    List<Integer> largest(int most) {
        if (evaluation.classes() <= most) {
            return IntStream.range(0, evaluation.classes()).boxed().toList();
        }
        long[] pixels = IntStream.range(0, evaluation.classes()).mapToLong(c -> truth(c) + predicted(c)).toArray();
        return IntStream.range(0, evaluation.classes()).boxed()
                .sorted(Comparator.comparing((Integer c) -> -pixels[c])).limit(most).sorted().toList();
    }
}
