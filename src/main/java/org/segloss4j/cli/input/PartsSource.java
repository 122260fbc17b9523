package org.segloss4j.cli.input;

import java.io.IOException;
import org.segloss4j.data.Augmentation;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.data.SegmentationSource;

/**
 * Parts of images at their own scale, always the same ones, to judge a network that learns from random parts.
 *
 * @param images  whole images of any size
 * @param parts   how many parts of each
 * @param size    of the parts
 * @param seed    of where they lie
 */
record PartsSource(SegmentationSource images, int parts, ImageSize part, long seed) implements SegmentationSource {

    @Override
    public int size() {
        return Math.multiplyExact(images.size(), parts);
    }

    @Override
    public LabelMap labels() {
        return images.labels();
    }

    @Override
    public SegmentationSample read(int index) throws IOException {
        return Augmentation.none().crop(part).apply(images.read(index / parts), labels().ignoreIndex(), seed, 0, index);
    }
}
