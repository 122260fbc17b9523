package org.segloss4j.internal.math;

/**
 * The average calibration error of each image and class: predictions are put into bins of equal width, and the mean
 * over the bins that are not empty is taken of {@code |mean p − mean g|}. The bins are constants of the gradient.
 *
 * @param coefficient factor of the term in the sum
 * @param bins        how many there are from 0 to 1
 * @param classes     the classes and their weights
 * @param onlyPresent whether a class that the labels of an image do not have counts as 0 there
 */
public record CalibrationTerm(double coefficient, int bins, ClassSelection classes, boolean onlyPresent)
        implements SeparateTerm {

    @Override
    public String title() {
        return "L1 average calibration error";
    }
}
