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
 * @param groups            groups of classes that are measured in the place of classes, or none
 */
record SurfaceSettings(int classes, Integer ignoreIndex, boolean includeBackground, List<Double> spacing,
        List<Double> tolerances, double percentile, double boundaryRatio, double threshold, boolean channelsLast,
        boolean byArea, ClassGroups groups) {

    SurfaceSettings {
        Checks.numberOfClasses(classes);
        if (spacing != null) {
            spacing = List.copyOf(spacing);
            require(spacing.size() == 2 || spacing.size() == 3, "spacing " + spacing
                    + " needs two numbers for images or three for volumes");
            Grid.checkSpacing(array(spacing));
        }
        tolerances = List.copyOf(tolerances);
        int measured = groups.isNone() ? classes : groups.count();
        require(tolerances.size() == 1 || tolerances.size() == measured, tolerances.size() + " tolerances for "
                + measured + (groups.isNone() ? " classes" : " groups") + ": give one, or one for each");
        groups.requireBackground(includeBackground);
        groups.requireWithout(ignoreIndex);
        tolerances.forEach(MaskSurfaces::checkTolerance);
        MaskSurfaces.checkPercentile(percentile);
        MaskSurfaces.checkRatio(boundaryRatio);
        Checks.threshold(threshold);
    }

    static SurfaceSettings of(int classes) {
        return new SurfaceSettings(classes, null, true, null, List.of(1.0), 95, 0.02, 0.5, false, false,
                ClassGroups.NONE);
    }

    static double[] array(List<Double> numbers) {
        return numbers == null ? null : numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    static List<Double> list(double... numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }

    /** How many classes or, in their place, groups there are. */
    int measured() {
        return groups.isNone() ? classes : groups.count();
    }

    /** Which classes make up the mask of a class or group. */
    boolean[] members(int measured) {
        if (!groups.isNone()) {
            return groups.members(measured, classes);
        }
        boolean[] members = new boolean[classes];
        members[measured] = true;
        return members;
    }

    /** Whether a class or group has scores. */
    boolean isScored(int c) {
        return !groups.isNone() || (ignoreIndex == null || c != ignoreIndex) && (c > 0 || includeBackground);
    }

    double tolerance(int c) {
        return tolerances.get(tolerances.size() == 1 ? 0 : c);
    }

    SurfaceSettings ignoreIndex(int label) {
        return new SurfaceSettings(classes, label, includeBackground, spacing, tolerances, percentile, boundaryRatio,
                threshold, channelsLast, byArea, groups);
    }

    SurfaceSettings includeBackground(boolean included) {
        return new SurfaceSettings(classes, ignoreIndex, included, spacing, tolerances, percentile, boundaryRatio,
                threshold, channelsLast, byArea, groups);
    }

    SurfaceSettings spacing(double... steps) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, list(steps), tolerances, percentile,
                boundaryRatio, threshold, channelsLast, byArea, groups);
    }

    SurfaceSettings tolerances(double... most) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, list(most), percentile,
                boundaryRatio, threshold, channelsLast, byArea, groups);
    }

    SurfaceSettings percentile(double percent) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percent,
                boundaryRatio, threshold, channelsLast, byArea, groups);
    }

    SurfaceSettings boundaryRatio(double ratio) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percentile, ratio,
                threshold, channelsLast, byArea, groups);
    }

    SurfaceSettings threshold(double above) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percentile,
                boundaryRatio, above, channelsLast, byArea, groups);
    }

    SurfaceSettings channelsLast(boolean last) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percentile,
                boundaryRatio, threshold, last, byArea, groups);
    }

    SurfaceSettings groups(ClassGroups others) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percentile,
                boundaryRatio, threshold, channelsLast, byArea, others);
    }

    SurfaceSettings byArea(boolean areas) {
        return new SurfaceSettings(classes, ignoreIndex, includeBackground, spacing, tolerances, percentile,
                boundaryRatio, threshold, channelsLast, areas, groups);
    }

    @Override
    public String toString() {
        return "ignoreIndex " + ignoreIndex + ", includeBackground " + includeBackground + ", spacing " + spacing
                + ", tolerances " + tolerances + ", percentile " + percentile + ", boundaryRatio " + boundaryRatio
                + ", threshold " + threshold + ", channelsLast " + channelsLast
                + ", byArea " + byArea + (groups.isNone() ? "" : ", classGroups " + groups);
    }
}
