package org.segloss4j.data;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Samples made of their numbers: sample k is red k and of the label k modulo classes. One number may be broken, and it
 * counts what is being read.
 */
public final class MemorySource implements SegmentationSource {

    private final int size;
    private final ImageSize pixels;
    private final LabelMap labels;
    final AtomicInteger reads = new AtomicInteger();
    volatile int broken = -1;
    volatile long delay;

    public MemorySource(int size, ImageSize pixels, LabelMap labels) {
        this.size = size;
        this.pixels = pixels;
        this.labels = labels;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public LabelMap labels() {
        return labels;
    }

    @Override
    public SegmentationSample read(int index) throws IOException {
        if (delay > 0) {
            try {
                Thread.sleep(delay);
            } catch (InterruptedException e) {
                throw new IOException("reading must not be interrupted", e);
            }
        }
        reads.incrementAndGet();
        if (index == broken) {
            throw new IOException("image " + index + ".png cannot be read: the file ends too early");
        }
        byte[] values = new byte[3 * (int) pixels.pixels()];
        for (int p = 0; p < values.length; p += 3) {
            values[p] = (byte) index;
            values[p + 2] = (byte) (p / 3);
        }
        int[] all = new int[(int) pixels.pixels()];
        Arrays.fill(all, index % labels.classes());
        if (labels.ignoreIndex() != null) {
            all[0] = labels.ignoreIndex();
        }
        return new SegmentationSample(index + ".png", RgbImage.of(pixels, values),
                MaskImage.of(pixels.width(), pixels.height(), all));
    }
}
