package org.segloss4j.dl4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.preprocessor.DataNormalization;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.RgbImage;

/**
 * A trained network with everything that is needed to use it on an image: what its classes are called, how large its
 * images are and how they are brought to that size, and how their values are normalised.
 *
 * <p>The file is a zip file that DL4J's {@code ModelSerializer} reads, network and normaliser, with one more entry
 * {@code segloss4j.json}.
 *
 * <pre>{@code
 * SegmentationModel.of(network, LabelMap.values(0, 255), new ImageSize(256, 256))
 *         .normalization(new ImagePreProcessingScaler(-1, 1)).save(Path.of("model.zip"));
 *
 * SegmentationModel model = SegmentationModel.load(Path.of("model.zip"));
 * MaskImage mask = model.predict(RgbImage.read(Path.of("photo.jpg")));
 * }</pre>
 *
 * <p>The settings are immutable; each method that changes one returns a new model of the same network. The network is
 * not copied. One prediction runs at a time, so threads may share a model, but nothing else may use its network
 * meanwhile. Memory of a prediction: what the network needs for one image, and 4 bytes per channel of its output.
 *
 * @since 0.1.0
 */
public final class SegmentationModel {

    /**
     * How images are brought to the network's size.
     *
     * @since 0.1.0
     */
    public enum Scale {
        /** The whole image is resized, whatever its proportions. */
        RESIZED,
        /** Pixels stay as they are; the network sees parts of the image. */
        NATIVE
    }

    private static final double HALF = 0.5;

    private final Model network;
    private final LabelMap labels;
    private final ImageSize size;
    private final Scale scale;
    private final boolean channelsLast;
    private final DataNormalization normalization;
    /** Of the single sigmoid channel, or null for one channel per class. */
    private final Double threshold;
    private final Map<String, String> properties;

    private SegmentationModel(Model network, LabelMap labels, ImageSize size, Scale scale, boolean channelsLast,
                              DataNormalization normalization, Double threshold, Map<String, String> properties) {
        this.network = network;
        this.labels = labels;
        this.size = size;
        this.scale = scale;
        this.channelsLast = channelsLast;
        this.normalization = normalization;
        this.threshold = threshold;
        this.properties = Map.copyOf(properties);
    }

    /**
     * A model whose images are resized, with the channels first, values 0 to 255 as they are, and one channel of
     * probabilities per class.
     *
     * @param network images [N, 3, H, W] to probabilities [N, C, H, W]; one input and one output
     * @param labels  the classes
     * @param size    of the network's images
     * @return the model
     * @throws IllegalArgumentException if the network has several inputs or outputs
     */
    public static SegmentationModel of(ComputationGraph network, LabelMap labels, ImageSize size) {
        if (network.getNumInputArrays() != 1 || network.getNumOutputArrays() != 1) {
            throw new IllegalArgumentException("the network has " + network.getNumInputArrays() + " inputs and "
                    + network.getNumOutputArrays() + " outputs, but must have one of each");
        }
        return plain(network, labels, size);
    }

    /**
     * As {@link #of(ComputationGraph, LabelMap, ImageSize)} for a plain stack of layers.
     *
     * @param network images [N, 3, H, W] to probabilities [N, C, H, W]
     * @param labels  the classes
     * @param size    of the network's images
     * @return the model
     */
    public static SegmentationModel of(MultiLayerNetwork network, LabelMap labels, ImageSize size) {
        return plain(network, labels, size);
    }

    private static SegmentationModel plain(Model network, LabelMap labels, ImageSize size) {
        return new SegmentationModel(Objects.requireNonNull(network, "network"),
                Objects.requireNonNull(labels, "labels"), Objects.requireNonNull(size, "size"), Scale.RESIZED, false,
                null, null, Map.of());
    }

    /**
     * Reads a model.
     *
     * @param file as {@link #save} wrote it
     * @return the model, ready to predict or to be trained further
     * @throws IOException if there is no such file, it is damaged, was written by a later version, or is another kind
     *                     of file; the message is one line that names it
     */
    public static SegmentationModel load(Path file) throws IOException {
        return ModelFile.read(file);
    }

    /**
     * Writes the model, with the state of the updater so that training can go on. The file appears whole or not at
     * all: an older one of that name is replaced when the new one is complete.
     *
     * @param file where to
     * @throws IOException if that fails; an older file is unchanged then
     */
    public void save(Path file) throws IOException {
        ModelFile.write(this, file);
    }

    /**
     * Says how images are brought to the network's size; {@link Scale#RESIZED} unless set.
     *
     * @param newScale resized or at their own scale
     * @return the new model
     */
    public SegmentationModel scale(Scale newScale) {
        return new SegmentationModel(network, labels, size, Objects.requireNonNull(newScale, "scale"), channelsLast,
                normalization, threshold, properties);
    }

    /**
     * Says where the network has its channels; first unless set.
     *
     * @param last true for images [N, H, W, 3] and probabilities [N, H, W, C]
     * @return the new model
     */
    public SegmentationModel channelsLast(boolean last) {
        return new SegmentationModel(network, labels, size, scale, last, normalization, threshold, properties);
    }

    /**
     * Says what is done to the values 0 to 255 of an image before the network sees them; nothing unless set.
     *
     * @param newNormalization as it was in training, or null for none; not copied
     * @return the new model
     */
    public SegmentationModel normalization(DataNormalization newNormalization) {
        return new SegmentationModel(network, labels, size, scale, channelsLast, newNormalization, threshold,
                properties);
    }

    /**
     * Says that the network has a single channel, the probability of class 1 of two, as a sigmoid gives it.
     *
     * @param newThreshold pixels above it are class 1, from 0 to 1; 0.5 is usual
     * @return the new model
     * @throws IllegalArgumentException if the threshold is out of range or there are not two classes
     */
    public SegmentationModel sigmoid(double newThreshold) {
        if (!(newThreshold >= 0 && newThreshold <= 1)) {
            throw new IllegalArgumentException("the threshold is " + newThreshold + ", but must be from 0 to 1");
        }
        if (labels.classes() != 2) {
            throw new IllegalArgumentException("one sigmoid channel tells 2 classes apart, but there are "
                    + labels.classes());
        }
        return new SegmentationModel(network, labels, size, scale, channelsLast, normalization, newThreshold,
                properties);
    }

    /**
     * Attaches texts that are saved with the model, such as how it was trained.
     *
     * @param newProperties any text by any name; replaces those that there were
     * @return the new model
     */
    public SegmentationModel properties(Map<String, String> newProperties) {
        return new SegmentationModel(network, labels, size, scale, channelsLast, normalization, threshold,
                newProperties);
    }

    /**
     * The network.
     *
     * @return a ComputationGraph or a MultiLayerNetwork, not a copy
     */
    public Model network() {
        return network;
    }

    /**
     * The classes, and what mask files store for them.
     *
     * @return the map
     */
    public LabelMap labels() {
        return labels;
    }

    /**
     * The size of the network's images.
     *
     * @return width and height
     */
    public ImageSize size() {
        return size;
    }

    /**
     * How images are brought to the network's size.
     *
     * @return resized or at their own scale
     */
    public Scale scale() {
        return scale;
    }

    /**
     * Where the network has its channels.
     *
     * @return true for [N, H, W, C]
     */
    public boolean channelsLast() {
        return channelsLast;
    }

    /**
     * What is done to the values of an image before the network sees them.
     *
     * @return the normalisation, or null for none
     */
    public DataNormalization normalization() {
        return normalization;
    }

    /**
     * Whether the network has a single channel, the probability of class 1.
     *
     * @return false for one channel per class
     */
    public boolean sigmoid() {
        return threshold != null;
    }

    /**
     * The probability above which a pixel is class 1 if there is a single channel.
     *
     * @return from 0 to 1
     */
    public double threshold() {
        return threshold == null ? HALF : threshold;
    }

    /**
     * Texts that are saved with the model.
     *
     * @return unmodifiable
     */
    public Map<String, String> properties() {
        return properties;
    }

    /**
     * The number of channels of the probabilities.
     *
     * @return 1 for a sigmoid, else the number of classes
     */
    public int channels() {
        return sigmoid() ? 1 : labels.classes();
    }

    /**
     * The most probable class of each pixel, as {@link SegmentationPredictor} finds it.
     *
     * @param image of any size
     * @return a mask of the image's size; each label is a class
     * @throws IllegalStateException if the network does not suit this description of it, or gives NaN
     */
    public MaskImage predict(RgbImage image) {
        return SegmentationPredictor.of(this).predict(image);
    }

    /**
     * The probabilities of each pixel, as {@link SegmentationPredictor} finds them.
     *
     * @param image of any size
     * @return [H, W, channels], row by row
     * @throws IllegalStateException if the network does not suit this description of it, or gives NaN
     */
    public float[] probabilities(RgbImage image) {
        return SegmentationPredictor.of(this).probabilities(image);
    }

    /** The class that probabilities of a pixel choose: the largest, of equal ones the first. */
    int classOf(float[] probabilities, int first) {
        if (threshold != null) {
            return probabilities[first] > threshold.floatValue() ? 1 : 0;
        }
        int best = 0;
        for (int c = 1; c < channels(); c++) {
            if (probabilities[first + c] > probabilities[first + best]) {
                best = c;
            }
        }
        return best;
    }

    /**
     * What the network gives.
     *
     * @param images at least one, each of the network's size
     * @return [N, H, W, channels] probabilities
     */
    float[] forward(List<RgbImage> images) {
        int pixels = (int) size.pixels();
        float[] values = new float[images.size() * pixels * RgbImage.CHANNELS];
        int at = 0;
        for (RgbImage image : images) {
            if (!image.size().equals(size)) {
                throw new IllegalArgumentException("the image is " + image.size() + ", but the network takes " + size);
            }
            for (byte value : image.pixels()) {
                values[at++] = value & 0xFF;
            }
        }
        INDArray features = Nd4j.createFromArray(values).reshape(images.size(), size.height(), size.width(),
                RgbImage.CHANNELS);
        float[] probabilities;
        synchronized (network) {
            probabilities = output(channelsLast ? features : features.permute(0, 3, 1, 2).dup('c'));
        }
        for (float probability : probabilities) {
            if (!Float.isFinite(probability)) {
                throw new IllegalStateException("the network gives " + probability + " as a probability; its training"
                        + " diverged");
            }
        }
        return probabilities;
    }

    private float[] output(INDArray features) {
        if (normalization != null) {
            normalization.transform(features);
        }
        INDArray output = network instanceof ComputationGraph graph ? graph.outputSingle(features)
                : ((MultiLayerNetwork) network).output(features);
        long n = features.size(0);
        long[] expected = channelsLast ? new long[] {n, size.height(), size.width(), channels()}
                : new long[] {n, channels(), size.height(), size.width()};
        if (!Arrays.equals(output.shape(), expected)) {
            throw new IllegalStateException("the network gives " + Arrays.toString(output.shape())
                    + " for images of " + size + ", but a model of " + labels.classes() + " classes"
                    + (channels() == 1 ? " in one sigmoid channel" : "") + " needs " + Arrays.toString(expected));
        }
        INDArray last = channelsLast ? output : output.permute(0, 2, 3, 1);
        return last.castTo(DataType.FLOAT).dup('c').ravel().toFloatVector();
    }

    /** In one line: the classes, the size and what the network's images look like. */
    @Override
    public String toString() {
        return "model of " + labels.classes() + " classes for images " + (scale == Scale.RESIZED ? "resized to "
                : "in parts of ") + size + (channelsLast ? ", channels last" : ", channels first")
                + (sigmoid() ? ", threshold " + threshold : "");
    }
}
