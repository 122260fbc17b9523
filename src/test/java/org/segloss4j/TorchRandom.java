package org.segloss4j;

import java.util.Arrays;
import java.util.function.LongSupplier;
import org.apache.commons.math3.random.MersenneTwister;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The numbers that torch draws on the CPU after {@code torch.manual_seed}, so that values which other libraries state
 * for random tensors can be checked.
 */
public final class TorchRandom {

    /** How many normal numbers are made at once, eight from the angles of eight others. */
    private static final int BLOCK = 16;

    private final LongSupplier bits;

    /**
     * Starts a sequence.
     *
     * @param seed as torch takes it
     */
    public TorchRandom(int seed) {
        MersenneTwister twister = new MersenneTwister(seed);
        bits = () -> twister.nextInt() & 0xFFFF_FFFFL;
    }

    /**
     * {@code torch.randint}.
     *
     * @param low   the least
     * @param high  what is not reached
     * @param shape the shape
     * @return INT32
     */
    public INDArray randint(int low, int high, long... shape) {
        int[] drawn = new int[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        Arrays.setAll(drawn, k -> low + (int) (bits.getAsLong() % (high - low)));
        return Nd4j.createFromArray(drawn).reshape('c', shape);
    }

    /**
     * {@code torch.randn} of 16 numbers or more.
     *
     * @param shape the shape
     * @return DOUBLE, with the digits of a float
     */
    public INDArray randn(long... shape) {
        double[] drawn = new double[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        Arrays.setAll(drawn, k -> uniform());
        for (int from = 0; from + BLOCK <= drawn.length; from += BLOCK) {
            makeNormal(drawn, from);
        }
        if (drawn.length % BLOCK > 0) {
            // The last ones are drawn anew as a whole block.
            int from = drawn.length - BLOCK;
            for (int k = from; k < drawn.length; k++) {
                drawn[k] = uniform();
            }
            makeNormal(drawn, from);
        }
        return Nd4j.createFromArray(drawn).castTo(DataType.FLOAT).castTo(DataType.DOUBLE).reshape('c', shape);
    }

    private double uniform() {
        return (bits.getAsLong() & 0xFF_FFFF) / (double) (1 << 24);
    }

    private static void makeNormal(double[] drawn, int from) {
        for (int k = from; k < from + BLOCK / 2; k++) {
            double radius = Math.sqrt(-2 * Math.log(1 - drawn[k]));
            double angle = 2 * Math.PI * drawn[k + BLOCK / 2];
            drawn[k] = radius * Math.cos(angle);
            drawn[k + BLOCK / 2] = radius * Math.sin(angle);
        }
    }
}
