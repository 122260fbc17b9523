package org.segloss4j.cli.demo;

import java.awt.Color;
import java.awt.geom.Area;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.RgbImage;
import org.segloss4j.data.SegmentationSample;

/**
 * The built-in data: overlapping shapes on textured noise. Rings and stars are rare. Colours hint at the class, but
 * vary so much that neighbouring classes share some of them. The same seed and number give the same sample.
 */
public final class ShapeGenerator {

    private final ImageSize size;
    private final long seed;

    public ShapeGenerator(ImageSize size, long seed) {
        this.size = size;
        this.seed = seed;
    }

    /** All classes, the background first. */
    public static LabelMap labels() {
        return LabelMap.indexes(Shape.values().length + 1).named(Stream.concat(Stream.of("background"),
                Stream.of(Shape.values()).map(Shape::title)).toArray(String[]::new));
    }

    /** Samples of consecutive numbers. */
    public List<SegmentationSample> samples(int first, int count) {
        return IntStream.range(first, first + count).parallel().mapToObj(this::sample).toList();
    }

    /** The sample of a number. */
    SegmentationSample sample(int number) {
        // Two steps, because the seeds of consecutive numbers give Random almost the same first values.
        Random random = new Random(new Random(seed * 1_000_003 + number).nextLong());
        float[] pixels = new float[RgbImage.CHANNELS * (int) size.pixels()];
        int[] labels = new int[(int) size.pixels()];
        Color ground = Color.getHSBColor(random.nextFloat(), 0.15f + 0.3f * random.nextFloat(),
                0.25f + 0.4f * random.nextFloat());
        fill(pixels, ground, 70, new Noise(random, 5), null);
        int shapes = 2 + random.nextInt(4);
        double side = Math.min(size.width(), size.height());
        List<Area> placed = new ArrayList<>();
        for (int k = 0; k < shapes; k++) {
            Shape shape = Shape.at(random.nextDouble());
            Area area = shape.placed(random.nextDouble() * size.width(), random.nextDouble() * size.height(),
                    side * (0.13 + 0.12 * random.nextDouble()), random.nextDouble() * 2 * Math.PI);
            placed.add(area);
            float hue = shape.hue() + 0.05f * (float) random.nextGaussian();
            Color colour = Color.getHSBColor(hue - (float) Math.floor(hue), 0.45f + 0.45f * random.nextFloat(),
                    0.5f + 0.45f * random.nextFloat());
            boolean[] inside = inside(area);
            fill(pixels, colour, 45, new Noise(random, 3), inside);
            for (int p = 0; p < labels.length; p++) {
                labels[p] = inside[p] ? shape.label() : labels[p];
            }
        }
        return new SegmentationSample("shapes " + number, RgbImage.of(size, grained(pixels, random)),
                MaskImage.of(size.width(), size.height(), labels));
    }

    private boolean[] inside(Area area) {
        boolean[] inside = new boolean[(int) size.pixels()];
        for (int p = 0; p < inside.length; p++) {
            inside[p] = area.contains(p % size.width() + 0.5, p / size.width() + 0.5);
        }
        return inside;
    }

    /** Paints a colour with noise of an amplitude, everywhere or inside only. */
    private void fill(float[] pixels, Color colour, float amplitude, Noise noise, boolean[] inside) {
        float[] rgb = colour.getRGBColorComponents(null);
        for (int p = 0; p < size.pixels(); p++) {
            if (inside == null || inside[p]) {
                float light = amplitude * (float) noise.at(p % size.width(), p / size.width());
                for (int c = 0; c < RgbImage.CHANNELS; c++) {
                    pixels[p * RgbImage.CHANNELS + c] = 255 * rgb[c] + light;
                }
            }
        }
    }

    /** Each pixel by itself a little lighter or darker, like film. */
    private static byte[] grained(float[] pixels, Random random) {
        byte[] bytes = new byte[pixels.length];
        for (int k = 0; k < bytes.length; k++) {
            double value = pixels[k] + 12 * random.nextGaussian();
            bytes[k] = (byte) Math.max(0, Math.min(255, Math.round(value)));
        }
        return bytes;
    }
}
