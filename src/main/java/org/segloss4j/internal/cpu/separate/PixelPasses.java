package org.segloss4j.internal.cpu.separate;

import java.util.Arrays;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.sweep.Pixel;

/** The passes of a separate term over the pixels of a job that are not void. */
final class PixelPasses {

    private final Job job;
    private final Batch batch;
    private final Spreading spread;

    PixelPasses(Job job, Spreading spread) {
        this.job = job;
        this.spread = spread;
        batch = job.batch();
    }

    /** What to do with a pixel whose probabilities are known. */
    interface Reader {
        void read(Pixel pixel, long n, long s);
    }

    /** Fills dp with dL/dp and dz with what does not pass through the probabilities; both are 0 before. */
    interface Writer {
        void write(Pixel pixel, long n, long s, double[] dp, double[] dz);
    }

    /**
     * Reads the pixels of examples [from, to).
     *
     * @throws IllegalArgumentException if a label or a weight is none
     */
    void read(long from, long to, Reader reader) {
        job.check(find(from, to, (n, s) -> true, reader));
    }

    /** Reads some pixels. Returns what was found bad. */
    BadInput find(long from, long to, Choice choice, Reader reader) {
        return spread.pixels(to - from, batch.predictions().pixels(), this::pixel,
                (pixel, found, n, first, end) -> {
                    for (long s = first; s < end; s++) {
                        if (!choice.holds(from + n, s)) {
                            continue;
                        }
                        pixel.load(from + n, s, found);
                        if (!pixel.isVoid()) {
                            pixel.activate();
                            reader.read(pixel, from + n, s);
                        }
                    }
                });
    }

    private Pixel pixel() {
        return new Pixel(batch, job.spec().ignoreIndex());
    }

    private record Slopes(Pixel pixel, double[] dp, double[] dz) {
    }

    /** Which pixels are meant. */
    interface Choice {
        boolean holds(long n, long s);
    }

    /** Adds scale · dL/dz to the gradient of examples [from, to), if there is one. */
    void write(long from, long to, Writer writer) {
        write(from, to, (n, s) -> true, writer);
    }

    /** The same for some pixels; the predictions of others are not looked at. */
    void write(long from, long to, Choice choice, Writer writer) {
        Tensor out = job.gradient();
        if (out == null) {
            return;
        }
        int channels = job.channels();
        // What is bad was reported when it was read.
        spread.pixels(to - from, batch.predictions().pixels(),
                () -> new Slopes(pixel(), new double[channels], new double[channels]),
                (own, found, n, first, end) -> {
                    for (long s = first; s < end; s++) {
                        if (!choice.holds(from + n, s)) {
                            continue;
                        }
                        own.pixel.load(from + n, s, found);
                        if (!own.pixel.isVoid()) {
                            own.pixel.activate();
                            write(own, from + n, s, writer);
                        }
                    }
                });
    }

    private void write(Slopes own, long n, long s, Writer writer) {
        Arrays.fill(own.dp, 0);
        Arrays.fill(own.dz, 0);
        writer.write(own.pixel, n, s, own.dp, own.dz);
        own.pixel.backward(own.dp, own.dz);
        Tensor out = job.gradient();
        for (int c = 0; c < own.dz.length; c++) {
            if (own.dz[c] != 0) {
                Elements.put(out, n, c, s, Elements.get(out, n, c, s) + job.scale() * own.dz[c]);
            }
        }
    }

    /**
     * How many numbers there are in some examples, as the length of an array.
     *
     * @throws IllegalArgumentException if no array is so long
     */
    int length(long examples, int each, String title) {
        long length = Math.multiplyExact(examples * batch.predictions().pixels(), each);
        if (length > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(title + " ranks at most " + (Integer.MAX_VALUE - 8)
                    + " outputs together, but the batch has " + length + "; compute fewer images at a time");
        }
        return (int) length;
    }
}
