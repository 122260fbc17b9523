package org.segloss4j.data;

import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Samples as ND4J's arrays.
 *
 * @param labels       the classes and the label of void pixels
 * @param channelsLast whether features, one-hot labels and maps are [N, H, W, *]
 * @param oneHot       whether labels are one-hot
 * @param maps         how many maps follow the labels
 */
record BatchArrays(LabelMap labels, boolean channelsLast, boolean oneHot, int maps) {

    BatchArrays(LabelMap labels, IteratorSettings settings) {
        this(labels, settings.channelsLast(), settings.oneHot(),
                settings.maps() == null ? 0 : settings.maps().channels());
    }

    /**
     * Samples as a batch whose arrays belong to no workspace, so that it may be kept.
     *
     * @param samples      at least one
     * @param preProcessor changes the batch, or null
     * @throws IllegalArgumentException if the samples differ in size
     */
    DataSet of(List<ReadySample> samples, DataSetPreProcessor preProcessor) {
        ImageSize size = samples.get(0).size();
        for (ReadySample sample : samples) {
            if (!sample.size().equals(size)) {
                throw new IllegalArgumentException(samples.get(0).name() + " is " + size + ", but " + sample.name()
                        + " is " + sample.size() + ": a batch needs images of one size; resize or crop them, or take"
                        + " batches of 1");
            }
        }
        int area = Math.toIntExact(size.pixels());
        int values = Math.multiplyExact(area * samples.size(), RgbImage.CHANNELS);
        float[] features = new float[values];
        int[] classes = new int[area * samples.size()];
        for (int n = 0; n < samples.size(); n++) {
            System.arraycopy(samples.get(n).features(), 0, features, n * area * RgbImage.CHANNELS,
                    area * RgbImage.CHANNELS);
            System.arraycopy(samples.get(n).mask().values(), 0, classes, n * area, area);
        }
        MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
        try {
            DataSet batch = new DataSet(array(features, samples.size(), RgbImage.CHANNELS, size),
                    oneHot || maps > 0 ? channels(classes, samples, size)
                            : indexes(classes, samples.size(), size), null,
                    mask(classes, samples.size(), size));
            batch.setExampleMetaData(samples.stream().map(sample -> (Serializable) sample.name()).toList());
            if (preProcessor != null) {
                preProcessor.preProcess(batch);
            }
            return batch;
        } finally {
            outside.close();
        }
    }

    private INDArray array(float[] values, int count, int channels, ImageSize size) {
        INDArray flat = Nd4j.createFromArray(values);
        return channelsLast ? flat.reshape(count, size.height(), size.width(), channels)
                : flat.reshape(count, channels, size.height(), size.width());
    }

    /** Void pixels get the class 0, which their mask hides: losses refuse a label that is no class, masked or not. */
    private INDArray indexes(int[] classes, int count, ImageSize size) {
        int[] indexes = IntStream.of(classes).map(label -> isVoid(label) ? 0 : label).toArray();
        return Nd4j.createFromArray(indexes).reshape(count, 1, size.height(), size.width());
    }

    /** Labels, one-hot or as one channel of indices, and the maps that follow them. */
    private INDArray channels(int[] classes, List<ReadySample> samples, ImageSize size) {
        int area = classes.length / samples.size();
        int own = oneHot ? labels.classes() : 1;
        int channels = own + maps;
        float[] values = new float[Math.multiplyExact(classes.length, channels)];
        for (int k = 0; k < classes.length; k++) {
            if (!isVoid(classes[k])) {
                values[at(k, oneHot ? classes[k] : 0, channels, area)] = oneHot ? 1 : classes[k];
            }
            for (int m = 0; m < maps; m++) {
                values[at(k, own + m, channels, area)] = samples.get(k / area).maps()[m * area + k % area];
            }
        }
        return array(values, samples.size(), channels, size);
    }

    /** Where the channel of a pixel stands; pixels of all samples are counted on. */
    private int at(int pixel, int channel, int channels, int area) {
        return channelsLast ? pixel * channels + channel
                : (pixel / area * channels + channel) * area + pixel % area;
    }

    /** 1 where a pixel counts, 0 where it is void; null if nothing can be void. */
    private INDArray mask(int[] classes, int count, ImageSize size) {
        if (labels.ignoreIndex() == null) {
            return null;
        }
        float[] weights = new float[classes.length];
        for (int k = 0; k < weights.length; k++) {
            weights[k] = isVoid(classes[k]) ? 0 : 1;
        }
        return Nd4j.createFromArray(weights).reshape(count, 1, size.height(), size.width());
    }

    private boolean isVoid(int label) {
        return labels.ignoreIndex() != null && label == labels.ignoreIndex();
    }
}
