package org.segloss4j.internal.math;

import java.util.List;

/**
 * What a backend computes: a weighted sum of terms over the same predictions. Region and pixel terms share one sweep
 * for the sums and one for the gradient, and pixel terms alone need one for both. Each separate term adds passes of its
 * own.
 *
 * @param regions     the region terms
 * @param pixels      the pixel terms
 * @param separate    the terms that need passes of their own
 * @param ignoreIndex the label of void pixels, or null if there is none
 * @param threshold   for metrics: probabilities above it count as 1 and others as 0; null keeps them as they are
 */
public record LossSpec(List<RegionTerm> regions, List<PixelTerm> pixels, List<SeparateTerm> separate,
                       Integer ignoreIndex, Double threshold) {

    /**
     * Copies the lists.
     *
     * @param regions     the region terms
     * @param pixels      the pixel terms
     * @param separate    the terms that need passes of their own
     * @param ignoreIndex the label of void pixels, or null if there is none
     * @param threshold   for metrics: probabilities above it count as 1 and others as 0; null keeps them as they are
     */
    public LossSpec {
        regions = List.copyOf(regions);
        pixels = List.copyOf(pixels);
        separate = List.copyOf(separate);
    }

    /**
     * A loss whose terms share their sweeps.
     *
     * @param regions     the region terms
     * @param pixels      the pixel terms
     * @param ignoreIndex the label of void pixels, or null if there is none
     * @param threshold   for metrics: probabilities above it count as 1 and others as 0; null keeps them as they are
     */
    public LossSpec(List<RegionTerm> regions, List<PixelTerm> pixels, Integer ignoreIndex, Double threshold) {
        this(regions, pixels, List.of(), ignoreIndex, threshold);
    }

    /**
     * No loss at all, for what only counts pixels.
     *
     * @param ignoreIndex the label of void pixels, or null
     * @return a loss without terms
     */
    public static LossSpec countsOnly(Integer ignoreIndex) {
        return new LossSpec(List.of(), List.of(), ignoreIndex, null);
    }

    /**
     * The columns of the sums of this loss.
     *
     * @param channels C
     * @return their layout
     */
    public SumsLayout layout(int channels) {
        return new SumsLayout(channels, statistics(), pixels.size());
    }

    /**
     * What is summed beside the sums of every loss.
     *
     * @return what any of the terms needs
     */
    public Statistics statistics() {
        Statistics all = Statistics.NONE;
        for (RegionTerm term : regions) {
            all = all.and(term.score().statistics());
        }
        for (PixelTerm term : pixels) {
            boolean counts = term.normaliser() == Normaliser.ALL_OUTPUTS
                    || term.normaliser() == Normaliser.ALL_PIXELS;
            all = counts ? all.and(Statistics.PIXELS) : all;
        }
        return all;
    }

    /**
     * The same loss where labels are class indices and predictions become probabilities: without the distances, which
     * follow from the sums of every loss.
     *
     * @return this, if it has none
     */
    public LossSpec ofIndexLabels() {
        return !statistics().distances() ? this
                : new LossSpec(regions.stream().map(LossSpec::ofIndexLabels).toList(), pixels, separate, ignoreIndex,
                        threshold);
    }

    /**
     * The same loss where labels are 0 or 1.
     *
     * @return this, if it makes no difference
     */
    public LossSpec ofHardLabels() {
        return pixels.stream().noneMatch(PixelTerm::joinsSides) ? this : new LossSpec(regions,
                pixels.stream().map(PixelTerm::ofHardLabels).toList(), separate, ignoreIndex, threshold);
    }

    private static RegionTerm ofIndexLabels(RegionTerm term) {
        return !term.score().statistics().distances() ? term
                : new RegionTerm(term.coefficient(), term.score().ofIndexLabels(), term.link(), term.aggregation(),
                        term.classes(), term.perImage(), term.absent(), term.reduction(), term.power());
    }

    /**
     * Whether the fast sweeps compute everything in it: no further statistics, and plain pixel terms.
     *
     * @return false if a sweep for any loss is needed
     */
    public boolean isPlain() {
        return pixels.stream().allMatch(PixelTerm::isPlain) && statistics().isNone();
    }

    /**
     * Whether some term needs the sums of each image on its own.
     *
     * @return true if a region term is per image, or a pixel term is summed over images
     */
    public boolean needsSumsPerImage() {
        return regions.stream().anyMatch(RegionTerm::perImage)
                || pixels.stream().anyMatch(term -> term.normaliser() == Normaliser.IMAGES);
    }

    /**
     * What class sums of this loss are made of: the ignored label, the threshold, and per pixel term all but its
     * coefficient. Region terms play no part, since they share the same sums; which further statistics there are stands
     * in the layout of the sums.
     *
     * @return readable text; what begins with it holds the same sums, and perhaps further pixel terms
     */
    public String signature() {
        StringBuilder text = new StringBuilder("ignoreIndex " + ignoreIndex + ", threshold " + threshold + ";");
        pixels.forEach(term -> text.append(' ').append(term.signature()).append(';'));
        return text.toString();
    }

    /**
     * Whether there are pixel terms and no others.
     *
     * @return true if the value is a sum of what pixels cost
     */
    public boolean hasPixelTermsOnly() {
        return !pixels.isEmpty() && regions.isEmpty() && separate.isEmpty();
    }

    /**
     * Whether value and gradient need the predictions only once, after the weights have been added up.
     *
     * @return true if there is no region term and no threshold, but a pixel term, and all are plain
     */
    public boolean isOfPixelTerms() {
        return regions.isEmpty() && !pixels.isEmpty() && threshold == null && isPlain();
    }

    /**
     * Whether the gradient depends on no sum of predictions, so that one walk over them computes it and the value, once
     * what the terms are divided by has been added up from labels and mask.
     *
     * @return true if there is no region term and no threshold, but a pixel term, and none is divided by sums of
     *     predictions or of each image
     */
    public boolean needsOneWalk() {
        return regions.isEmpty() && !pixels.isEmpty() && threshold == null && pixels.stream().noneMatch(
                term -> term.normaliser() == Normaliser.NEXT_TERM || term.normaliser() == Normaliser.IMAGES);
    }

    /**
     * Whether the kernels of plain losses compute value and coefficients from the sums, without the host.
     *
     * @return false if a region term is more than six numbers, or a pixel term is not plain
     */
    public boolean isFinalisedOnDevice() {
        return regions.stream().allMatch(RegionTerm::isRow) && isPlain();
    }

    /**
     * The terms that compare the predictions with other labels.
     *
     * @return in their order among the separate terms
     */
    public List<OtherLabelsTerm> ofOtherLabels() {
        return separate.stream().filter(OtherLabelsTerm.class::isInstance).map(OtherLabelsTerm.class::cast).toList();
    }

    /**
     * Whether class sums need a row for each image: those over the labels and those over other labels have the same
     * kind of rows.
     *
     * @return true if any term needs sums of each image on its own
     */
    public boolean needsRowsPerImage() {
        return needsSumsPerImage() || ofOtherLabels().stream().anyMatch(OtherLabelsTerm::perImage);
    }

    /**
     * Whether the loss is a function of sums over pixels.
     *
     * @return false if a term ranks pixels, or has statistics that do not add up
     */
    public boolean isOfSums() {
        return separate.stream().allMatch(OtherLabelsTerm.class::isInstance);
    }

    /**
     * Whether no term shares the sweeps, and a term that makes passes of its own checks labels and mask: what is left
     * for the sweeps is a gradient of 0. A term that reads other labels does not look at these.
     *
     * @return true if the passes of the terms are enough
     */
    public boolean needsNoSweeps() {
        return regions.isEmpty() && pixels.isEmpty() && !isOfSums();
    }

    /**
     * Refuses a loss that sums over pixels do not stand for.
     *
     * @throws UnsupportedOperationException if it is none of {@linkplain #isOfSums sums}; names the term
     */
    public void requireSums() {
        separate.stream().filter(term -> !(term instanceof OtherLabelsTerm)).findFirst().ifPresent(term -> {
            throw new UnsupportedOperationException("a loss with " + term.title()
                    + " is no function of sums over pixels, so a batch cannot be divided: compute it on the whole"
                    + " batch, or leave the term out");
        });
    }

    /**
     * Checks that sums hold all that this loss needs; they may hold more, such as rows per image or further pixel
     * terms after its own.
     *
     * @param perImage  whether they have a row per image
     * @param summed    the {@link #signature} of what they are sums of
     * @param described the sums, for the message
     * @throws IllegalArgumentException      with both sides if something is missing or was summed otherwise
     * @throws UnsupportedOperationException if the loss is no function of sums
     */
    public void check(boolean perImage, String summed, String described) {
        requireSums();
        if (needsRowsPerImage() && !perImage) {
            throw new IllegalArgumentException("a loss per image needs the sums of each image, but there is only "
                    + described);
        }
        if (!summed.startsWith(signature())) {
            throw new IllegalArgumentException("sums of (" + summed + ") do not serve a loss of (" + signature()
                    + ")");
        }
    }
}
