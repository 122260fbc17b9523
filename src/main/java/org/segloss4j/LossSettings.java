package org.segloss4j;

/**
 * The settings of a {@link SegmentationLoss}, in three groups: {@link ClassSettings}, {@link RegionSettings} and
 * {@link PixelSettings}. Each loss has some of them, with the defaults that {@link Losses} tells. A method for a
 * setting that the loss does not have throws {@link UnsupportedOperationException} and names the losses that have it;
 * so does each method on a sum, where settings belong to the losses that are added.
 *
 * @since 0.1.0
 */
public sealed interface LossSettings permits ClassSettings, RegionSettings, PixelSettings {

    /**
     * Sets what a name says, for settings that come from a file or a command line. The method of that name does the
     * same.
     *
     * @param setting name of one of the methods, as in Java ({@code perImage}) or in Python ({@code per_image})
     * @param value   a number, a boolean, a word, or a list or array of numbers or of such lists, as the method takes
     *                it; null for the default
     * @return the new loss
     * @throws IllegalArgumentException      if there is no such setting, or the value does not fit it
     * @throws UnsupportedOperationException if the loss does not have it; names the losses that do
     */
    SegmentationLoss set(String setting, Object value);
}
