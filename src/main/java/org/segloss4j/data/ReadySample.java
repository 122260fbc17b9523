package org.segloss4j.data;

/**
 * A sample as a network takes it, but for its preprocessing.
 *
 * @param name     for messages
 * @param size     of image and mask
 * @param features red, green and blue, 0 to 255; [3, H, W], or [H, W, 3]
 * @param mask     its labels
 */
record ReadySample(String name, ImageSize size, float[] features, MaskImage mask) {

    static ReadySample of(SegmentationSample sample, boolean channelsLast) {
        byte[] pixels = sample.image().values();
        float[] features = new float[pixels.length];
        int area = pixels.length / RgbImage.CHANNELS;
        for (int p = 0, k = 0; p < area; p++) {
            for (int c = 0; c < RgbImage.CHANNELS; c++, k++) {
                features[channelsLast ? k : c * area + p] = pixels[k] & 0xFF;
            }
        }
        return new ReadySample(sample.name(), sample.size(), features, sample.mask());
    }
}
