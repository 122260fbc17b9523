package org.segloss4j.backend;

import java.util.Arrays;
import java.util.Random;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;

/** A batch and a loss drawn from a seed: every layout, type, label kind, mask, activation and setting may occur. */
final class RandomCase {

    private final Random random;
    private final StringBuilder description = new StringBuilder();
    private final int examples;
    private final int channels;
    private final long[] spatial;
    private DataType type;
    private final boolean channelsLast;
    private final Integer ignore;
    private final Activation activation;
    private boolean saturated = true;
    private INDArray predictions;

    RandomCase(long seed) {
        this(seed, 0, 0, 0);
    }

    /** Fixes what is not 0. */
    RandomCase(long seed, int examples, int channels, int pixels) {
        random = new Random(seed);
        this.examples = examples > 0 ? examples : 1 + random.nextInt(3);
        this.channels = channels > 0 ? channels : pick(1, 1, 2, 3, 5, 8);
        spatial = pixels > 0 ? new long[] {pixels} : pick(new long[] {7}, new long[] {5, 13}, new long[] {1, 33},
                new long[] {3, 4, 5});
        type = pick(DataType.FLOAT, DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16, DataType.BFLOAT16);
        channelsLast = random.nextBoolean();
        ignore = random.nextInt(3) == 0 ? pick(255, this.channels - 1, -1) : null;
        activation = pick(Activation.SOFTMAX, Activation.SOFTMAX, Activation.SIGMOID, Activation.IDENTITY);
        describe("type", type);
        describe("channelsLast", channelsLast);
        describe("activation", activation);
    }

    DataType type() {
        return type;
    }

    @Override
    public String toString() {
        return "N=" + examples + " C=" + channels + " spatial=" + Arrays.toString(spatial) + description;
    }

    /** The batch in a given type, without the few logits that saturate: there slopes change within a step. */
    SegmentationBatch batchOf(DataType wanted) {
        type = wanted;
        saturated = false;
        return batch();
    }

    /** The array that the batch reads. */
    INDArray array() {
        return predictions;
    }

    SegmentationBatch batch() {
        predictions = layOut(drawPredictions());
        SegmentationBatch batch = SegmentationBatch.of(labels(), predictions).activation(activation).mask(mask());
        return channelsLast ? batch.channelsLast() : batch;
    }

    private INDArray drawPredictions() {
        INDArray z = Nd4j.createUninitialized(DataType.DOUBLE, shape(channels));
        for (long k = 0; k < z.length(); k++) {
            double value = activation == Activation.IDENTITY ? 0.01 + 0.98 * random.nextDouble()
                    : random.nextGaussian() * (saturated ? 3 : 1);
            boolean extreme = saturated && random.nextInt(50) == 0;
            z.putScalar(k, !extreme ? value : activation == Activation.IDENTITY ? random.nextInt(2) : 30 * value);
        }
        return z.castTo(type);
    }

    /** The same numbers in another order in memory, or as a view into a larger array. */
    private INDArray layOut(INDArray array) {
        int kind = random.nextInt(4);
        describe("order", kind);
        return switch (kind) {
            case 1 -> array.dup('f');
            case 2 -> {
                long[] larger = array.shape();
                larger[larger.length - 1] += 2;
                INDArray whole = Nd4j.create(array.dataType(), larger);
                org.nd4j.linalg.indexing.INDArrayIndex[] part = new org.nd4j.linalg.indexing.INDArrayIndex[
                        larger.length];
                Arrays.fill(part, NDArrayIndex.all());
                part[part.length - 1] = NDArrayIndex.interval(1, larger[larger.length - 1] - 1);
                INDArray view = whole.get(part);
                view.assign(array);
                yield view;
            }
            case 3 -> {
                // As a ConvolutionLayer leaves it: channels outermost in memory.
                int[] swap = new int[array.rank()];
                for (int k = 0; k < swap.length; k++) {
                    swap[k] = k < 2 ? 1 - k : k;
                }
                yield array.permute(swap).dup('c').permute(swap);
            }
            default -> array;
        };
    }

    private INDArray labels() {
        int kind = random.nextInt(4);
        describe("labels", kind);
        if (kind == 3) {
            INDArray soft = Nd4j.rand(DataType.FLOAT, shape(channels));
            return channels == 1 ? soft : soft.div(soft.sum(true, channelAxis()));
        }
        INDArray indices = Nd4j.create(DataType.INT32, shape(0));
        boolean mayIgnore = ignore != null && (kind < 2 || ignore >= 0);
        for (long k = 0; k < indices.length(); k++) {
            boolean isVoid = mayIgnore && random.nextInt(4) == 0;
            indices.putScalar(k, isVoid ? ignore : random.nextInt(Math.max(2, channels)));
        }
        if (kind == 2) {
            return layOut(oneHot(indices));
        }
        DataType indexType = ignore != null && ignore < 0 ? DataType.INT32 : pick(DataType.UINT8, DataType.INT32,
                DataType.INT64);
        describe("index", indexType);
        INDArray cast = indices.castTo(indexType);
        return layOut(kind == 0 ? cast : cast.reshape(shape(1)));
    }

    private INDArray oneHot(INDArray indices) {
        DataType oneHotType = pick(DataType.FLOAT, DataType.UINT8, DataType.DOUBLE, DataType.BOOL);
        describe("oneHot", oneHotType);
        INDArray result = Nd4j.create(DataType.INT32, shape(channels));
        for (int c = 0; c < channels; c++) {
            int is = channels == 1 ? 1 : c;
            INDArray channel = indices.eq(is).castTo(DataType.INT32);
            org.nd4j.linalg.indexing.INDArrayIndex[] at = new org.nd4j.linalg.indexing.INDArrayIndex[result.rank()];
            Arrays.fill(at, NDArrayIndex.all());
            at[channelAxis()] = NDArrayIndex.point(c);
            result.put(at, channel);
        }
        return result.castTo(oneHotType);
    }

    private INDArray mask() {
        int kind = random.nextInt(8);
        describe("mask", kind);
        INDArray mask = switch (kind) {
            case 0 -> Nd4j.create(DataType.FLOAT, examples);
            case 1 -> Nd4j.create(DataType.FLOAT, examples, 1);
            case 2 -> Nd4j.create(DataType.FLOAT, shape(0));
            case 3 -> Nd4j.create(DataType.UINT8, shape(1));
            case 4 -> Nd4j.create(DataType.DOUBLE, shape(channels));
            default -> null;
        };
        if (mask == null) {
            return null;
        }
        for (long k = 0; k < mask.length(); k++) {
            mask.putScalar(k, mask.dataType() == DataType.UINT8 || kind < 2 ? random.nextInt(2)
                    : random.nextInt(3) / 2.0);
        }
        return mask;
    }

    SegmentationLoss loss() {
        SegmentationLoss loss = single();
        if (random.nextInt(3) == 0) {
            loss = loss.plus(single().times(0.5 + random.nextInt(3)));
        }
        loss = ignore == null ? loss : loss.ignoreIndex(ignore);
        describe("loss", loss);
        return loss;
    }

    private SegmentationLoss single() {
        int[] indexes = {random.nextInt(channels), random.nextInt(channels)};
        double[] weights = {0.5, 1.25};
        return switch (random.nextInt(9)) {
            case 0 -> Losses.jaccard();
            case 1 -> Losses.jaccard().classIndexes(indexes).classWeights(weights).perImage(true);
            case 2 -> Losses.dice().beta(2).smooth(1);
            case 3 -> Losses.dice().perImage(true).classWeights(0.75);
            case 4 -> Losses.binaryCrossEntropy();
            case 5 -> Losses.categoricalCrossEntropy();
            case 6 -> Losses.categoricalCrossEntropy().classIndexes(indexes).classWeights(weights);
            case 7 -> Losses.categoricalFocal().gamma(pick(0.5, 1.0, 2.0, 3.0)).classIndexes(indexes);
            default -> Losses.binaryFocal().alpha(0.75).gamma(pick(0.5, 2.0));
        };
    }

    private int channelAxis() {
        return channelsLast ? spatial.length + 1 : 1;
    }

    /** [N, count, *] or [N, *, count]; without the channel axis for 0. */
    private long[] shape(int count) {
        long[] shape = new long[spatial.length + (count == 0 ? 1 : 2)];
        shape[0] = examples;
        System.arraycopy(spatial, 0, shape, count > 0 && !channelsLast ? 2 : 1, spatial.length);
        if (count > 0) {
            shape[channelAxis()] = count;
        }
        return shape;
    }

    private void describe(String what, Object value) {
        description.append(' ').append(what).append('=').append(value);
    }

    @SafeVarargs
    private <T> T pick(T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
