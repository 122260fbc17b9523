package org.segloss4j.evaluation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;

/** The true and predicted segments of one image, and how many pixels each pair of them has in common. */
final class PanopticImage {

    /**
     * A segment.
     *
     * @param kind     the position of its class
     * @param instance its instance; 0 for stuff
     */
    private record Segment(int kind, long instance) {
    }

    /**
     * A predicted and a true segment.
     *
     * @param predicted the predicted one, or null for void
     * @param truth     the true one, or null for void
     */
    private record Pair(Segment predicted, Segment truth) {
    }

    /** What is added to the sums of an evaluation. */
    interface Sums {

        void matched(int kind, double iou);

        void missed(int kind);

        void invented(int kind);
    }

    private static final double HALF = 0.5;

    private final Map<Pair, Long> common = new HashMap<>();
    private final Map<Segment, Long> trueAreas = new HashMap<>();
    private final Map<Segment, Long> predictedAreas = new HashMap<>();

    /**
     * Counts the pixels of an image.
     *
     * @param kinds     gives the position of a class, or null for void
     * @param firstStuff the position of the first class that is stuff
     */
    PanopticImage(long[] trueClasses, long[] trueInstances, long[] predictedClasses, long[] predictedInstances,
                  LongFunction<Integer> kinds, int firstStuff) {
        Segment truth = null;
        Segment predicted = null;
        Pair pair = null;
        long run = 0;
        for (int s = 0; s < trueClasses.length; s++) {
            // Neighbours mostly are of the same segments, which then need not be looked up.
            boolean isSame = s > 0 && trueClasses[s] == trueClasses[s - 1]
                    && trueInstances[s] == trueInstances[s - 1] && predictedClasses[s] == predictedClasses[s - 1]
                    && predictedInstances[s] == predictedInstances[s - 1];
            if (!isSame) {
                count(pair, run);
                truth = segment(kinds.apply(trueClasses[s]), trueInstances[s], firstStuff);
                predicted = segment(kinds.apply(predictedClasses[s]), predictedInstances[s], firstStuff);
                pair = new Pair(predicted, truth);
                run = 0;
            }
            run++;
        }
        count(pair, run);
    }

    private static Segment segment(Integer kind, long instance, int firstStuff) {
        return kind == null ? null : new Segment(kind, kind < firstStuff ? instance : 0);
    }

    private void count(Pair pair, long pixels) {
        if (pixels > 0) {
            common.merge(pair, pixels, Long::sum);
            if (pair.truth != null) {
                trueAreas.merge(pair.truth, pixels, Long::sum);
            }
            if (pair.predicted != null) {
                predictedAreas.merge(pair.predicted, pixels, Long::sum);
            }
        }
    }

    private long inVoid(Segment predicted, Segment truth) {
        return common.getOrDefault(new Pair(predicted, truth), 0L);
    }

    /** Matches segments of one class whose IoU, without void pixels, is above one half; there is at most one each. */
    void addTo(Sums sums) {
        Set<Segment> matchedTruth = new HashSet<>();
        Set<Segment> matchedPrediction = new HashSet<>();
        common.forEach((pair, pixels) -> {
            Segment truth = pair.truth;
            Segment predicted = pair.predicted;
            if (truth != null && predicted != null && truth.kind == predicted.kind) {
                long union = predictedAreas.get(predicted) - inVoid(predicted, null) + trueAreas.get(truth)
                        - inVoid(null, truth) - pixels;
                double iou = (double) pixels / union;
                if (iou > HALF) {
                    matchedTruth.add(truth);
                    matchedPrediction.add(predicted);
                    sums.matched(truth.kind, iou);
                }
            }
        });
        trueAreas.forEach((truth, area) -> {
            if (!matchedTruth.contains(truth) && inVoid(null, truth) <= HALF * area) {
                sums.missed(truth.kind);
            }
        });
        predictedAreas.forEach((predicted, area) -> {
            if (!matchedPrediction.contains(predicted) && inVoid(predicted, null) <= HALF * area) {
                sums.invented(predicted.kind);
            }
        });
    }
}
