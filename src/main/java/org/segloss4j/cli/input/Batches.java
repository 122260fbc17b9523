package org.segloss4j.cli.input;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Samples as arrays. */
public final class Batches {

    private Batches() {
    }

    /** Consecutive parts of a list; the last may be smaller. */
    public static List<List<Sample>> of(List<Sample> samples, int batch) {
        List<List<Sample>> batches = new ArrayList<>();
        for (int first = 0; first < samples.size(); first += batch) {
            batches.add(samples.subList(first, Math.min(samples.size(), first + batch)));
        }
        return batches;
    }

    /** The images [N, H, W, 3], FLOAT, between -1 and 1. */
    public static INDArray images(List<Sample> samples, ImageSize size) {
        float[] values = new float[samples.size() * size.pixels() * Sample.CHANNELS];
        int at = 0;
        for (Sample sample : samples) {
            for (byte value : sample.pixels()) {
                values[at++] = (value & 0xFF) / 127.5f - 1;
            }
        }
        return Nd4j.createFromArray(values).reshape(samples.size(), size.height(), size.width(), Sample.CHANNELS);
    }

    /** The labels [N, H, W], INT32. */
    public static INDArray labels(List<Sample> samples, ImageSize size) {
        int[] values = new int[samples.size() * size.pixels()];
        int at = 0;
        for (Sample sample : samples) {
            System.arraycopy(sample.labels(), 0, values, at, size.pixels());
            at += size.pixels();
        }
        return Nd4j.createFromArray(values).reshape(samples.size(), size.height(), size.width());
    }
}
