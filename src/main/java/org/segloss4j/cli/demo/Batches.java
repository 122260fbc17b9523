package org.segloss4j.cli.demo;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.RgbImage;
import org.segloss4j.data.SegmentationSample;

/** Samples as arrays. */
final class Batches {

    private Batches() {
    }

    /** Consecutive parts of a list; the last may be smaller. */
    static List<List<SegmentationSample>> of(List<SegmentationSample> samples, int batch) {
        List<List<SegmentationSample>> batches = new ArrayList<>();
        for (int first = 0; first < samples.size(); first += batch) {
            batches.add(samples.subList(first, Math.min(samples.size(), first + batch)));
        }
        return batches;
    }

    /** The images [N, H, W, 3], FLOAT, between -1 and 1. */
    static INDArray images(List<SegmentationSample> samples, ImageSize size) {
        float[] values = new float[samples.size() * (int) size.pixels() * RgbImage.CHANNELS];
        int at = 0;
        for (SegmentationSample sample : samples) {
            for (byte value : sample.image().pixels()) {
                values[at++] = (value & 0xFF) / 127.5f - 1;
            }
        }
        return Nd4j.createFromArray(values).reshape(samples.size(), size.height(), size.width(), RgbImage.CHANNELS);
    }

    /** The labels [N, H, W], INT32. */
    static INDArray labels(List<SegmentationSample> samples, ImageSize size) {
        int[] values = new int[samples.size() * (int) size.pixels()];
        int at = 0;
        for (SegmentationSample sample : samples) {
            System.arraycopy(sample.mask().labels(), 0, values, at, (int) size.pixels());
            at += (int) size.pixels();
        }
        return Nd4j.createFromArray(values).reshape(samples.size(), size.height(), size.width());
    }
}
