package org.segloss4j.internal.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;

/** Arrays in every order of memory are read as the numbers that ND4J itself finds in them. */
class NdBatchesTest {

    private final Random random = new Random();
    private int examples;
    private int channels;
    private long[] spatial;
    private boolean channelsLast;

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void readsWhatNd4jReads(long seed) {
        random.setSeed(seed);
        examples = 1 + random.nextInt(3);
        channels = pick(2, 3, 5, 8);
        spatial = pick(new long[] {7}, new long[] {5, 13}, new long[] {1, 33}, new long[] {3, 4, 5});
        channelsLast = random.nextBoolean();
        INDArray predictions = draw(channels, pick(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16,
                DataType.BFLOAT16));
        int labelChannels = pick(0, 1, channels);
        INDArray labels = draw(labelChannels, labelChannels == channels ? pick(DataType.FLOAT, DataType.UINT8,
                DataType.BOOL, DataType.DOUBLE) : pick(DataType.UINT8, DataType.INT32, DataType.INT64, DataType.INT16));
        int maskKind = random.nextInt(5);
        INDArray mask = switch (maskKind) {
            case 0 -> null;
            case 1 -> random.nextBoolean() ? Nd4j.rand(DataType.FLOAT, examples)
                    : Nd4j.rand(DataType.FLOAT, examples, 1);
            case 2 -> draw(0, DataType.FLOAT);
            case 3 -> draw(1, DataType.UINT8);
            default -> draw(channels, DataType.DOUBLE);
        };
        Batch batch = HostBatches.of(labels, predictions, channelsLast ? spatial.length + 1 : 1, Activation.SOFTMAX,
                mask, RowOrder.EXAMPLES);
        assertThat(TestTensors.values(batch.predictions())).isEqualTo(expected(predictions, channels));
        assertThat(batch.labels().kind()).isEqualTo(labelChannels == channels ? Labels.Kind.DENSE : Labels.Kind.INDEX);
        assertThat(TestTensors.values(batch.labels().tensor())).isEqualTo(expected(labels, labelChannels));
        if (mask == null) {
            assertThat(batch.mask()).isNull();
        } else if (maskKind == 1) {
            Tensor weights = batch.mask();
            double[] each = new double[Math.toIntExact(examples * weights.pixels())];
            Arrays.setAll(each, k -> mask.getDouble(k / weights.pixels()));
            assertThat(TestTensors.values(weights)).isEqualTo(each);
        } else {
            assertThat(TestTensors.values(batch.mask())).isEqualTo(expected(mask, maskKind == 2 ? 0 : maskKind == 3 ? 1
                    : channels));
        }
    }

    /** The numbers in the order [N, C, S], by ND4J's own indexing. */
    private double[] expected(INDArray array, int count) {
        long pixels = Arrays.stream(spatial).reduce(1, (a, b) -> a * b);
        double[] values = new double[Math.toIntExact(examples * Math.max(1, count) * pixels)];
        for (int k = 0; k < values.length; k++) {
            long[] at = new long[array.rank()];
            long s = k % pixels;
            int first = count == 0 || channelsLast ? 1 : 2;
            for (int axis = spatial.length - 1; axis >= 0; axis--) {
                at[first + axis] = s % spatial[axis];
                s /= spatial[axis];
            }
            at[0] = k / pixels / Math.max(1, count);
            if (count > 0) {
                at[channelsLast ? array.rank() - 1 : 1] = k / pixels % count;
            }
            values[k] = array.getDouble(at);
        }
        return values;
    }

    /** An array [N, count, *] or [N, *, count], without the channel axis for 0, in any order of memory. */
    private INDArray draw(int count, DataType type) {
        long[] shape = new long[spatial.length + (count == 0 ? 1 : 2)];
        shape[0] = examples;
        System.arraycopy(spatial, 0, shape, count > 0 && !channelsLast ? 2 : 1, spatial.length);
        if (count > 0) {
            shape[channelsLast ? shape.length - 1 : 1] = count;
        }
        INDArray array = Nd4j.rand(DataType.FLOAT, shape).muli(100).castTo(type);
        return switch (random.nextInt(4)) {
            case 1 -> array.dup('f');
            case 2 -> {
                long[] larger = shape.clone();
                larger[larger.length - 1] += 2;
                INDArrayIndex[] part = new INDArrayIndex[larger.length];
                Arrays.fill(part, NDArrayIndex.all());
                part[part.length - 1] = NDArrayIndex.interval(1, larger[larger.length - 1] - 1);
                INDArray view = Nd4j.create(type, larger).get(part);
                view.assign(array);
                yield view;
            }
            case 3 -> {
                // As a ConvolutionLayer leaves it: channels outermost in memory.
                int[] swap = new int[array.rank()];
                Arrays.setAll(swap, k -> k < 2 ? 1 - k : k);
                yield array.permute(swap).dup('c').permute(swap);
            }
            default -> array;
        };
    }

    @SafeVarargs
    private <T> T pick(T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
