package org.segloss4j.math;

import java.util.List;

/**
 * What a backend computes: a weighted sum of region and pixel terms over the same predictions and labels. Any
 * combination costs one sweep for the sums and one for the gradient.
 *
 * @param regions     the region terms
 * @param pixels      the pixel terms
 * @param ignoreIndex the label of void pixels, or null if there is none
 * @param threshold   for metrics: probabilities above it count as 1 and others as 0; null keeps them as they are
 */
public record LossSpec(List<RegionTerm> regions, List<PixelTerm> pixels, Integer ignoreIndex, Double threshold) {

    /**
     * Copies the lists.
     *
     * @param regions     the region terms
     * @param pixels      the pixel terms
     * @param ignoreIndex the label of void pixels, or null if there is none
     * @param threshold   for metrics: probabilities above it count as 1 and others as 0; null keeps them as they are
     */
    public LossSpec {
        regions = List.copyOf(regions);
        pixels = List.copyOf(pixels);
    }

    /**
     * Whether some term needs the sums of each image on its own.
     *
     * @return true if a region term is per image
     */
    public boolean needsSumsPerImage() {
        return regions.stream().anyMatch(RegionTerm::perImage);
    }
}
