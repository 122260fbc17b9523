package org.segloss4j.internal.math;

/**
 * One region loss inside a sum: {@code coefficient · (1 − mean over classes of weight · score)}.
 *
 * @param coefficient factor of the term in the sum
 * @param score       the score of a class
 * @param classes     the gathered classes and their weights
 * @param perImage    true: score each image and average over the images; false: pool the sums of the batch
 */
public record RegionTerm(double coefficient, RegionScore score, ClassSelection classes, boolean perImage) {
}
