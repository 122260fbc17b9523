package org.segloss4j.data;

import org.segloss4j.internal.nd4j.LabelImages;

/**
 * A sample as a network takes it, but for its preprocessing.
 *
 * @param name     for messages
 * @param size     of image and mask
 * @param features red, green and blue, 0 to 255; [3, H, W], or [H, W, 3]
 * @param mask     its labels
 * @param maps     what follows the labels, [channels of the maps, H, W], or null
 */
record ReadySample(String name, ImageSize size, float[] features, MaskImage mask, float[] maps) {

    static ReadySample of(SegmentationSample sample, Integer ignoreIndex, boolean channelsLast, PixelMaps maps) {
        byte[] pixels = sample.image().values();
        float[] features = new float[pixels.length];
        int area = pixels.length / RgbImage.CHANNELS;
        for (int p = 0, k = 0; p < area; p++) {
            for (int c = 0; c < RgbImage.CHANNELS; c++, k++) {
                features[channelsLast ? k : c * area + p] = pixels[k] & 0xFF;
            }
        }
        return new ReadySample(sample.name(), sample.size(), features, sample.mask(),
                maps == null ? null : maps(sample.mask(), ignoreIndex, maps));
    }

    private static float[] maps(MaskImage mask, Integer ignoreIndex, PixelMaps maps) {
        int[] labels = mask.values().clone();
        for (int p = 0; p < labels.length; p++) {
            labels[p] = ignoreIndex != null && labels[p] == ignoreIndex ? LabelImages.VOID : labels[p];
        }
        return maps.ofImage(labels, new int[] {mask.size().height(), mask.size().width()});
    }
}
