package org.segloss4j.evaluation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The true and predicted segments of one image, and how many pixels each pair of them has in common. */
final class PanopticImage {

    /**
     * A segment.
     *
     * @param place    that of its class
     * @param instance its instance; 0 for stuff
     */
    private record Segment(int place, long instance) {
    }

    /**
     * A predicted and a true segment.
     *
     * @param predicted the predicted one, or null for void
     * @param truth     the true one, or null for void
     */
    private record Pair(Segment predicted, Segment truth) {
    }

    private static final double HALF = 0.5;

    private final PanopticClasses classes;
    private final Map<Pair, Long> common = new HashMap<>();
    private final Map<Segment, Long> trueAreas = new HashMap<>();
    private final Map<Segment, Long> predictedAreas = new HashMap<>();

    /** Counts the pixels of an image, all of whose classes are known. */
    PanopticImage(long[] trueClasses, long[] trueInstances, long[] predictedClasses, long[] predictedInstances,
                  PanopticClasses classes) {
        this.classes = classes;
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
                truth = segment(classes, trueClasses[s], trueInstances[s]);
                predicted = segment(classes, predictedClasses[s], predictedInstances[s]);
                pair = new Pair(predicted, truth);
                run = 0;
            }
            run++;
        }
        count(pair, run);
    }

    private static Segment segment(PanopticClasses classes, long label, long instance) {
        Integer place = classes.placeOrNull(label);
        return place == null ? null : new Segment(place, place < classes.things() ? instance : 0);
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

    /**
     * Matches segments of one class whose IoU, without void pixels, is above one half; there is at most one each. Those
     * of modified classes need not match.
     */
    void addTo(PanopticTally tally) {
        Set<Segment> matchedTruth = new HashSet<>();
        Set<Segment> matchedPrediction = new HashSet<>();
        common.forEach((pair, pixels) -> {
            Segment truth = pair.truth;
            Segment predicted = pair.predicted;
            if (truth != null && predicted != null && truth.place == predicted.place) {
                long union = predictedAreas.get(predicted) - inVoid(predicted, null) + trueAreas.get(truth)
                        - inVoid(null, truth) - pixels;
                double iou = (double) pixels / union;
                if (classes.isModified(truth.place)) {
                    tally.overlap(truth.place, iou);
                } else if (iou > HALF) {
                    matchedTruth.add(truth);
                    matchedPrediction.add(predicted);
                    tally.match(truth.place, iou);
                }
            }
        });
        trueAreas.forEach((truth, area) -> {
            if (classes.isModified(truth.place)) {
                tally.expect(truth.place);
            } else if (!matchedTruth.contains(truth) && inVoid(null, truth) <= HALF * area) {
                tally.miss(truth.place);
            }
        });
        predictedAreas.forEach((predicted, area) -> {
            if (!classes.isModified(predicted.place) && !matchedPrediction.contains(predicted)
                    && inVoid(predicted, null) <= HALF * area) {
                tally.invent(predicted.place);
            }
        });
    }
}
