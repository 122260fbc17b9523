package org.segloss4j.data;

import java.util.Arrays;

/**
 * A rectangle of an image and its mask, which may reach beyond them.
 *
 * @param x    column of the image at its left side; may be negative
 * @param y    row of the image at its top; may be negative
 * @param size of the rectangle
 */
record Window(int x, int y, ImageSize size) {

    /** Most preprocessing brings it near 0, as convolutions pad with. */
    private static final byte GREY = (byte) 128;

    boolean isInside(ImageSize image) {
        return x >= 0 && y >= 0 && (long) x + size.width() <= image.width()
                && (long) y + size.height() <= image.height();
    }

    private boolean isAll(ImageSize image) {
        return x == 0 && y == 0 && size.equals(image);
    }

    /** The part of an image, mid-grey beyond it. */
    RgbImage of(RgbImage image) {
        if (isAll(image.size())) {
            return image;
        }
        byte[] part = new byte[Math.toIntExact(RgbImage.CHANNELS * size.pixels())];
        Arrays.fill(part, GREY);
        copy(image.values(), part, image.size(), RgbImage.CHANNELS);
        return new RgbImage(size, part);
    }

    /**
     * The part of a mask.
     *
     * @param beyond the label of pixels beyond it, or null if there are none
     */
    MaskImage of(MaskImage mask, Integer beyond) {
        if (isAll(mask.size())) {
            return mask;
        }
        int[] part = new int[Math.toIntExact(size.pixels())];
        if (beyond != null) {
            Arrays.fill(part, beyond);
        }
        copy(mask.values(), part, mask.size(), 1);
        return MaskImage.of(size.width(), size.height(), part);
    }

    /** Copies what lies within the image, row by row; both arrays are of one type. */
    private void copy(Object from, Object to, ImageSize image, int channels) {
        int left = Math.max(0, x);
        int right = Math.min(image.width(), x + size.width());
        for (int row = Math.max(0, y); row < Math.min(image.height(), y + size.height()); row++) {
            System.arraycopy(from, (row * image.width() + left) * channels,
                    to, ((row - y) * size.width() + left - x) * channels, Math.max(0, right - left) * channels);
        }
    }

    /** An image with left and right, or top and bottom swapped. */
    static RgbImage flipped(RgbImage image, boolean horizontally, boolean vertically) {
        if (!horizontally && !vertically) {
            return image;
        }
        ImageSize size = image.size();
        byte[] flipped = new byte[image.values().length];
        for (int p = 0; p < size.pixels(); p++) {
            System.arraycopy(image.values(), RgbImage.CHANNELS * source(p, size, horizontally, vertically),
                    flipped, RgbImage.CHANNELS * p, RgbImage.CHANNELS);
        }
        return new RgbImage(size, flipped);
    }

    /** A mask with left and right, or top and bottom swapped. */
    static MaskImage flipped(MaskImage mask, boolean horizontally, boolean vertically) {
        if (!horizontally && !vertically) {
            return mask;
        }
        ImageSize size = mask.size();
        int[] flipped = new int[mask.values().length];
        Arrays.setAll(flipped, p -> mask.values()[source(p, size, horizontally, vertically)]);
        return MaskImage.of(size.width(), size.height(), flipped);
    }

    private static int source(int p, ImageSize size, boolean horizontally, boolean vertically) {
        int column = p % size.width();
        int row = p / size.width();
        return (vertically ? size.height() - 1 - row : row) * size.width()
                + (horizontally ? size.width() - 1 - column : column);
    }
}
