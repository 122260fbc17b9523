package org.segloss4j.replicas;

import java.nio.ByteBuffer;
import org.segloss4j.internal.backend.Storage;

/** As many numbers of a large array as a chunk has: what is summed so far. */
abstract class Numbers {

    static Numbers of(boolean wide) {
        return wide ? new Doubles() : new Floats();
    }

    /** Takes what another replica sent. */
    abstract void receive(ByteBuffer from, int bytes);

    /** Writes them for another replica. */
    abstract void send(ByteBuffer to, int bytes);

    /** Takes them from an array. */
    abstract void read(Storage array, long offset, int bytes);

    /** Adds those of an array. */
    abstract void add(Storage array, long offset, int bytes);

    /** Writes them into an array. */
    abstract void write(Storage array, long offset, int bytes);

    private static final class Floats extends Numbers {

        private final float[] sum = new float[Link.CHUNK_BYTES / Float.BYTES];
        private final float[] part = new float[sum.length];

        @Override
        void receive(ByteBuffer from, int bytes) {
            from.asFloatBuffer().get(sum, 0, bytes / Float.BYTES);
        }

        @Override
        void send(ByteBuffer to, int bytes) {
            to.asFloatBuffer().put(sum, 0, bytes / Float.BYTES);
        }

        @Override
        void read(Storage array, long offset, int bytes) {
            read(array, offset, bytes, sum);
        }

        private static void read(Storage array, long offset, int bytes, float[] into) {
            array.window(offset).asFloatBuffer()
                    .get(Storage.indexInWindow(offset) / Float.BYTES, into, 0, bytes / Float.BYTES);
        }

        @Override
        void add(Storage array, long offset, int bytes) {
            read(array, offset, bytes, part);
            for (int i = 0; i < bytes / Float.BYTES; i++) {
                sum[i] += part[i];
            }
        }

        @Override
        void write(Storage array, long offset, int bytes) {
            array.window(offset).asFloatBuffer()
                    .put(Storage.indexInWindow(offset) / Float.BYTES, sum, 0, bytes / Float.BYTES);
        }
    }

    private static final class Doubles extends Numbers {

        private final double[] sum = new double[Link.CHUNK_BYTES / Double.BYTES];
        private final double[] part = new double[sum.length];

        @Override
        void receive(ByteBuffer from, int bytes) {
            from.asDoubleBuffer().get(sum, 0, bytes / Double.BYTES);
        }

        @Override
        void send(ByteBuffer to, int bytes) {
            to.asDoubleBuffer().put(sum, 0, bytes / Double.BYTES);
        }

        @Override
        void read(Storage array, long offset, int bytes) {
            read(array, offset, bytes, sum);
        }

        private static void read(Storage array, long offset, int bytes, double[] into) {
            array.window(offset).asDoubleBuffer()
                    .get(Storage.indexInWindow(offset) / Double.BYTES, into, 0, bytes / Double.BYTES);
        }

        @Override
        void add(Storage array, long offset, int bytes) {
            read(array, offset, bytes, part);
            for (int i = 0; i < bytes / Double.BYTES; i++) {
                sum[i] += part[i];
            }
        }

        @Override
        void write(Storage array, long offset, int bytes) {
            array.window(offset).asDoubleBuffer()
                    .put(Storage.indexInWindow(offset) / Double.BYTES, sum, 0, bytes / Double.BYTES);
        }
    }
}
