package org.segloss4j.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Random changes of samples during training, of the image and its mask together. Immutable.
 *
 * <pre>{@code
 * Augmentation augmentation = Augmentation.none().flipHorizontal().scale(0.75, 1.5).crop(new ImageSize(256, 256))
 *         .colourJitter(0.2, 0.2, 0.1);
 * SegmentationIterator training = SegmentationIterator.of(source).batch(8).shuffle(1).augment(augmentation, 1);
 * }</pre>
 *
 * <p>In whatever order they are asked for, a sample is scaled, cropped, flipped and then changes its colours. The
 * change depends on seed, epoch and number of the sample alone: not on threads, on other samples, or on which other
 * changes are made. Labels are never mixed: each pixel takes the label of the nearest one. What a crop or a smaller
 * scale leaves free around an image is void and mid-grey, for which the label map must ignore something.
 *
 * <p>{@link #toString} and {@link #of} are a text form, for settings and options. May be shared by threads.
 *
 * @since 0.1.0
 */
public final class Augmentation {

    private static final Augmentation NONE = new Augmentation(false, false, 1, 1, null, 0, 0, 0);
    private static final String NUMBER = "(\\d+(?:\\.\\d+)?(?:[eE]-?\\d+)?)";
    private static final Pattern SCALE = Pattern.compile("scale " + NUMBER + "\\.\\." + NUMBER);
    private static final Pattern JITTER = Pattern.compile("colour_jitter " + NUMBER + " " + NUMBER + " " + NUMBER);
    private static final Pattern CROP = Pattern.compile("crop (\\S+)");
    /** An example of each change that has numbers. */
    private static final List<String> FORMS = List.of("scale 0.5..2", "crop 256x256",
            "colour_jitter 0.2 0.2 0.1 (brightness, contrast, saturation)");
    private static final double LARGEST_SCALE = 100;

    private final boolean flipsHorizontally;
    private final boolean flipsVertically;
    private final double smallest;
    private final double largest;
    /** The size of crops, or null to keep that of the sample. */
    private final ImageSize crop;
    private final ColourJitter colours;

    private Augmentation(boolean flipsHorizontally, boolean flipsVertically, double smallest, double largest,
                         ImageSize crop, double brightness, double contrast, double saturation) {
        this.flipsHorizontally = flipsHorizontally;
        this.flipsVertically = flipsVertically;
        this.smallest = smallest;
        this.largest = largest;
        this.crop = crop;
        this.colours = new ColourJitter(brightness, contrast, saturation);
    }

    /**
     * No change.
     *
     * @return to which changes are added
     */
    public static Augmentation none() {
        return NONE;
    }

    /**
     * Reads the text form: changes with commas between them, such as
     * {@code flip_horizontal, flip_vertical, scale 0.5..2, crop 256x192, colour_jitter 0.2 0.2 0.1}, or {@code none}.
     *
     * @param text in any case, each change at most once
     * @return the augmentation
     * @throws IllegalArgumentException if the text is none
     */
    public static Augmentation of(String text) {
        Augmentation all = NONE;
        String normal = text.strip().toLowerCase(Locale.ROOT);
        if (normal.equals("none")) {
            return all;
        }
        List<String> seen = new ArrayList<>();
        for (String part : normal.split(",", -1)) {
            String change = part.strip().replaceAll("\\s+", " ");
            String name = change.replaceAll(" .*", "");
            if (seen.contains(name)) {
                throw new IllegalArgumentException("augmentation " + name + " is asked for twice");
            }
            seen.add(name);
            all = all.with(change);
        }
        return all;
    }

    private Augmentation with(String change) {
        Matcher scale = SCALE.matcher(change);
        Matcher jitter = JITTER.matcher(change);
        Matcher cut = CROP.matcher(change);
        if (change.equals("flip_horizontal")) {
            return flipHorizontal();
        } else if (change.equals("flip_vertical")) {
            return flipVertical();
        } else if (scale.matches()) {
            return scale(Double.parseDouble(scale.group(1)), Double.parseDouble(scale.group(2)));
        } else if (jitter.matches()) {
            return colourJitter(Double.parseDouble(jitter.group(1)), Double.parseDouble(jitter.group(2)),
                    Double.parseDouble(jitter.group(3)));
        } else if (cut.matches()) {
            return crop(ImageSize.of(cut.group(1)));
        }
        for (String form : FORMS) {
            if (form.startsWith(change.replaceAll(" .*", "") + " ")) {
                throw new IllegalArgumentException("\"" + change + "\" should be such as " + form);
            }
        }
        throw new IllegalArgumentException("\"" + change + "\" is no augmentation; there are flip_horizontal,"
                + " flip_vertical, " + String.join(", ", FORMS));
    }

    /**
     * Swaps left and right of half of the samples.
     *
     * @return the new augmentation
     */
    public Augmentation flipHorizontal() {
        return new Augmentation(true, flipsVertically, smallest, largest, crop, colours.brightness(),
                colours.contrast(), colours.saturation());
    }

    /**
     * Swaps top and bottom of half of the samples.
     *
     * @return the new augmentation
     */
    public Augmentation flipVertical() {
        return new Augmentation(flipsHorizontally, true, smallest, largest, crop, colours.brightness(),
                colours.contrast(), colours.saturation());
    }

    /**
     * Enlarges or shrinks what a sample shows by a random factor; halving and doubling are equally likely. The size
     * of the sample stays, or is that of {@link #crop}: a random part, or something void around it.
     *
     * @param min smallest factor, above 0
     * @param max largest factor, at least {@code min}, at most 100
     * @return the new augmentation
     * @throws IllegalArgumentException if a factor is out of range
     */
    public Augmentation scale(double min, double max) {
        if (!(min > 0 && min <= max && max <= LARGEST_SCALE)) {
            throw new IllegalArgumentException("scale " + min + ".." + max
                    + " is not from a factor above 0 to one that is not smaller and at most " + (int) LARGEST_SCALE);
        }
        return new Augmentation(flipsHorizontally, flipsVertically, min, max, crop, colours.brightness(),
                colours.contrast(), colours.saturation());
    }

    /**
     * Cuts a random part out of each sample, for which images of different sizes make batches.
     *
     * @param size of all samples afterwards
     * @return the new augmentation
     */
    public Augmentation crop(ImageSize size) {
        return new Augmentation(flipsHorizontally, flipsVertically, smallest, largest, size, colours.brightness(),
                colours.contrast(), colours.saturation());
    }

    /**
     * Changes the colours of the image by random factors from 1 - x to 1 + x: of all values, of their distance from
     * the image's mean grey, and of their distance from the pixel's own grey.
     *
     * @param brightness x of the values, 0 to 1
     * @param contrast   x of the contrast, 0 to 1
     * @param saturation x of the saturation, 0 to 1
     * @return the new augmentation
     * @throws IllegalArgumentException if one is out of range
     */
    public Augmentation colourJitter(double brightness, double contrast, double saturation) {
        return new Augmentation(flipsHorizontally, flipsVertically, smallest, largest, crop, brightness, contrast,
                saturation);
    }

    /**
     * The size of samples afterwards.
     *
     * @return that of crops, or null if samples keep theirs
     */
    public ImageSize cropSize() {
        return crop;
    }

    /**
     * Changes a sample.
     *
     * @param sample    any sample
     * @param voidLabel the label of pixels beyond the image, {@link LabelMap#ignoreIndex}, or null if there is none
     * @param seed      of the training
     * @param epoch     how often the samples have been seen before
     * @param index     the sample's number
     * @return the changed sample; the same arguments give the same one
     * @throws IllegalArgumentException if pixels beyond the image are needed, but nothing is ignored
     */
    public SegmentationSample apply(SegmentationSample sample, Integer voidLabel, long seed, int epoch, int index) {
        Random random = SampleOrder.random(seed, epoch, index);
        // All are drawn, used or not, so that one change does not depend on another.
        double factor = smallest * StrictMath.pow(largest / smallest, random.nextDouble());
        double x = random.nextDouble();
        double y = random.nextDouble();
        boolean flipX = random.nextBoolean() && flipsHorizontally;
        boolean flipY = random.nextBoolean() && flipsVertically;
        ImageSize size = crop == null ? sample.size() : crop;
        ImageSize part = new ImageSize(scaled(size.width(), factor), scaled(size.height(), factor));
        Window window = new Window(position(x, part.width(), sample.size().width()),
                position(y, part.height(), sample.size().height()), part);
        if (voidLabel == null && !window.isInside(sample.size())) {
            throw new IllegalArgumentException(sample.name() + ": a part of " + part + " of an image of "
                    + sample.size() + " has pixels without a label; ignore a value in the label map, crop less"
                    + " or do not scale below 1");
        }
        RgbImage image = window.of(sample.image()).resized(size);
        MaskImage mask = window.of(sample.mask(), voidLabel).resized(size.width(), size.height());
        return new SegmentationSample(sample.name(), colours.apply(Window.flipped(image, flipX, flipY), random),
                Window.flipped(mask, flipX, flipY));
    }

    private static int scaled(int side, double factor) {
        return (int) Math.max(1, Math.round(side / factor));
    }

    /** Where a part begins: anywhere within the image, or around it if it is larger. */
    private static int position(double random, int part, int side) {
        int free = side - part;
        return free >= 0 ? (int) (random * (free + 1)) : -(int) (random * (1 - free));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Augmentation augmentation && toString().equals(augmentation.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /** The text form that {@link #of} reads. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        if (flipsHorizontally) {
            parts.add("flip_horizontal");
        }
        if (flipsVertically) {
            parts.add("flip_vertical");
        }
        if (smallest != 1 || largest != 1) {
            parts.add("scale " + smallest + ".." + largest);
        }
        if (crop != null) {
            parts.add("crop " + crop);
        }
        if (!colours.isNone()) {
            parts.add("colour_jitter " + colours.brightness() + " " + colours.contrast() + " "
                    + colours.saturation());
        }
        return parts.isEmpty() ? "none" : String.join(", ", parts);
    }
}
