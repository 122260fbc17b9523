package org.segloss4j.internal.math;

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

    /**
     * What class sums of this loss are made of: the ignored label, the threshold, and per pixel term all but its
     * coefficient. Region terms play no part, since they share the same sums.
     *
     * @return readable text; what begins with it holds the same sums, and perhaps further pixel terms
     */
    public String signature() {
        StringBuilder text = new StringBuilder("ignoreIndex " + ignoreIndex + ", threshold " + threshold + ";");
        pixels.forEach(term -> text.append(' ').append(term.signature()).append(';'));
        return text.toString();
    }

    /**
     * Checks that sums hold all that this loss needs; they may hold more, such as rows per image or further pixel
     * terms after its own.
     *
     * @param sums sums of this or another loss
     * @throws IllegalArgumentException with both sides if something is missing or was summed otherwise
     */
    public void check(ClassSums sums) {
        if (needsSumsPerImage() && !sums.perImage()) {
            throw new IllegalArgumentException("a loss per image needs the sums of each image, but there is only "
                    + sums);
        }
        if (!sums.signature().startsWith(signature())) {
            throw new IllegalArgumentException("sums of (" + sums.signature() + ") do not serve a loss of ("
                    + signature() + ")");
        }
    }
}
