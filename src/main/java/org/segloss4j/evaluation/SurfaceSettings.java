package org.segloss4j.evaluation;

import static org.segloss4j.evaluation.Checks.require;

import java.util.Arrays;
import java.util.List;
import org.segloss4j.internal.morphology.Grid;

/**
 * What surfaces are measured by.
 *
 * @param classes           number of classes
 * @param ignoreIndex       the label of void pixels, or null
 * @param includeBackground whether class 0 has scores
 * @param spacing           along each axis, or null for 1
 * @param tolerances        of surface Dice; one for all classes, or one for each
 * @param percentile        of the Hausdorff distance
 * @param boundaryRatio     of boundary width and diagonal
 * @param threshold         from which probability on one channel is class 1
 * @param channelsLast      whether channels are the last axis of the predictions
 * @param byArea            whether surface elements count by their area, instead of each edge pixel once
 */
record SurfaceSettings(int classes, Integer ignoreIndex, boolean includeBackground, List<Double> spacing,
        List<Double> tolerances, double percentile, double boundaryRatio, double threshold, boolean channelsLast,
        boolean byArea) {

    SurfaceSettings {
        Checks.numberOfClasses(classes);
        if (spacing != null) {
            spacing = List.copyOf(spacing);
            require(spacing.size() == 2 || spacing.size() == 3, "spacing " + spacing
                    + " needs two numbers for images or three for volumes");
            Grid.checkSpacing(array(spacing));
        }
        tolerances = List.copyOf(tolerances);
        require(tolerances.size() == 1 || tolerances.size() == classes, tolerances.size()
                + " tolerances for " + classes + " classes: give one, or one for each");
        tolerances.forEach(MaskSurfaces::checkTolerance);
        MaskSurfaces.checkPercentile(percentile);
        MaskSurfaces.checkRatio(boundaryRatio);
        Checks.threshold(threshold);
    }

    static SurfaceSettings of(int classes) {
        return new SurfaceSettings(classes, null, true, null, List.of(1.0), 95, 0.02, 0.5, false, false);
    }

    static double[] array(List<Double> numbers) {
        return numbers == null ? null : numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    static List<Double> list(double... numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }

    /** Whether a class has scores. */
    boolean isScored(int c) {
        return (ignoreIndex == null || c != ignoreIndex) && (c > 0 || includeBackground);
    }

    double tolerance(int c) {
        return tolerances.get(tolerances.size() == 1 ? 0 : c);
    }

    SurfaceSettings ignoreIndex(int label) {
        return new SurfaceSettings(classes, label, includeBackground, spacing, tolerances, percentile, boundaryRatio,
                threshold, channelsLast, byArea);
    }

    SurfaceSettings includeBackground(boolean included) {
        return new SurfaceSettings(classes, ignoreIndex, included, spacing, tolerances, percentile, boundaryRatio,
                threshold, channelsLast, byArea);
    }

    SurfaceSettings spacing(double... steps) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, list(steps), tolerances, percentile,
                boundaryRatio, threshold, channelsLast, byArea);
    }

    SurfaceSettings tolerances(double... most) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, list(most), percentile,
                boundaryRatio, threshold, channelsLast, byArea);
    }

    SurfaceSettings percentile(double percent) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percent,
                boundaryRatio, threshold, channelsLast, byArea);
    }

    SurfaceSettings boundaryRatio(double ratio) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percentile, ratio,
                threshold, channelsLast, byArea);
    }

    SurfaceSettings threshold(double above) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percentile,
                boundaryRatio, above, channelsLast, byArea);
    }

    SurfaceSettings channelsLast(boolean last) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percentile,
                boundaryRatio, threshold, last, byArea);
    }

    SurfaceSettings byArea(boolean areas) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percentile,
                boundaryRatio, threshold, channelsLast, areas);
    }

    @Override
    public String toString() {
        return "ignoreIndex " + ignoreIndex + ", includeBackground " + includeBackground + ", spacing " + spacing
                + ", tolerances " + tolerances + ", percentile " + percentile + ", boundaryRatio " + boundaryRatio
                + ", threshold " + threshold + ", channelsLast " + channelsLast
                + ", byArea " + byArea;
    }
}
