package org.segloss4j.data;

import java.util.Random;

/**
 * Random changes of an image's colours, each by a factor from 1 - x to 1 + x.
 *
 * @param brightness x of all values
 * @param contrast   x of their distance from the image's mean grey
 * @param saturation x of their distance from the pixel's grey
 */
record ColourJitter(double brightness, double contrast, double saturation) {

    /** How bright red, green and blue are to the eye, as television has weighted them since 1953 (ITU-R BT.601). */
    private static final float[] LUMA = {0.299f, 0.587f, 0.114f};

    ColourJitter {
        checked("brightness", brightness);
        checked("contrast", contrast);
        checked("saturation", saturation);
    }

    private static void checked(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("the jitter of " + name + " is " + value
                    + ", but must be from 0 to 1");
        }
    }

    boolean isNone() {
        return brightness == 0 && contrast == 0 && saturation == 0;
    }

    RgbImage apply(RgbImage image, Random random) {
        if (isNone()) {
            return image;
        }
        float bright = factor(brightness, random);
        float steep = factor(contrast, random);
        float colourful = factor(saturation, random);
        byte[] from = image.values();
        double sum = 0;
        for (int p = 0; p < from.length; p += RgbImage.CHANNELS) {
            sum += grey(from, p);
        }
        float mean = bright * (float) (sum / image.size().pixels());
        byte[] to = new byte[from.length];
        for (int p = 0; p < from.length; p += RgbImage.CHANNELS) {
            float grey = mean + steep * (bright * grey(from, p) - mean);
            for (int c = 0; c < RgbImage.CHANNELS; c++) {
                float value = mean + steep * (bright * (from[p + c] & 0xFF) - mean);
                float changed = grey + colourful * (value - grey);
                to[p + c] = (byte) Math.round(Math.max(0, Math.min(255, changed)));
            }
        }
        return new RgbImage(image.size(), to);
    }

    private static float factor(double most, Random random) {
        return (float) (1 + most * (2 * random.nextDouble() - 1));
    }

    private static float grey(byte[] values, int p) {
        float grey = 0;
        for (int c = 0; c < RgbImage.CHANNELS; c++) {
            grey += LUMA[c] * (values[p + c] & 0xFF);
        }
        return grey;
    }
}
