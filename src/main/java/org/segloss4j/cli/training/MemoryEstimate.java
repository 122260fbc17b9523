package org.segloss4j.cli.training;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryUseMode;
import org.nd4j.linalg.api.buffer.DataType;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.PixelMaps;
import org.segloss4j.data.RgbImage;

/** The memory that training needs, so that what cannot work is said before any work. */
public final class MemoryEstimate {

    /** The virtual machine, ND4J and its libraries before they do anything. */
    private static final long START = 250L << 20;
    /**
     * What is measured for each byte of DL4J's own report, which leaves out work space of the convolutions: 1.53 to
     * 1.87 for U-Nets of 3 levels from 8 and 16 filters, 128x128 to 256x256 pixels and batches of 8 and 16.
     */
    private static final double MEASURED = 1.65;
    /** Bytes of a pixel that is read ahead: image and mask, and the arrays made of them, for three batches. */
    private static final long READ_AHEAD = 3 * (3 + 4 + 16);
    /** The same for each map: as it is read, and in the array of the labels. */
    private static final long MAP_AHEAD = 3 * (4 + 4);
    /** The part of all memory above which it is said that there is little left. */
    private static final double MUCH = 0.8;

    private final MemoryReport network;
    private final ImageSize size;
    private final int batch;
    private final PixelMaps maps;

    /**
     * Of a network that need not exist.
     *
     * @param network channels last
     * @param size    of its images
     * @param batch   images of a step
     * @param maps    what follows their labels, or null
     */
    public MemoryEstimate(ComputationGraphConfiguration network, ImageSize size, int batch, PixelMaps maps) {
        this.network = network.getMemoryReport(InputType.convolutional(size.height(), size.width(), RgbImage.CHANNELS,
                CNN2DFormat.NHWC));
        this.size = size;
        this.batch = batch;
        this.maps = maps;
    }

    /** Bytes of a step. */
    public double bytes() {
        return bytes(batch);
    }

    private double bytes(int images) {
        // The parts of the report are exact in 64 bits; their product with a large batch need not be.
        double one = network.getTotalMemoryBytes(1, MemoryUseMode.TRAINING, CacheMode.NONE, DataType.FLOAT);
        double fixed = 2 * one - network.getTotalMemoryBytes(2, MemoryUseMode.TRAINING, CacheMode.NONE,
                DataType.FLOAT);
        return START + MEASURED * (fixed + images * (one - fixed)) + ahead() * images * size.pixels();
    }

    private double ahead() {
        return READ_AHEAD + (maps == null ? 0 : MAP_AHEAD * maps.channels());
    }

    /** Bytes that there are: of the machine or container, or fewer if JavaCPP, on which ND4J stands, is told so. */
    static double limit() {
        double machine = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        long allowed = Pointer.maxPhysicalBytes();
        return allowed > 0 ? Math.min(machine, allowed) : machine;
    }

    /**
     * Refuses what does not fit into memory.
     *
     * @throws UserException if it does not; says what would
     */
    public void check() {
        check(limit());
    }

    void check(double limit) {
        if (bytes() <= limit) {
            return;
        }
        int fits = batch;
        while (fits > 0 && bytes(fits) > limit) {
            fits /= 2;
        }
        throw new UserException("a step of " + batch + (batch == 1 ? " image of " : " images of ") + size
                + " needs about " + gigabytes(bytes()) + " of memory, but there are " + gigabytes(limit) + "; use "
                + (fits > 0 ? "--batch " + fits + " or a smaller --size" : "a smaller --size, or --crop to learn from"
                + " parts of the images") + (Pointer.maxPhysicalBytes() == (long) limit
                ? " (a larger -Xmx or -Dorg.bytedeco.javacpp.maxphysicalbytes allows more)" : ""));
    }

    /** One line for people. */
    public String describe() {
        return "about " + gigabytes(bytes()) + " of " + gigabytes(limit())
                + (bytes() > MUCH * limit() ? ", which leaves little: use a smaller --batch if training is slow" : "");
    }

    private static String gigabytes(double bytes) {
        return String.format(Locale.ROOT, bytes < 9.95e9 ? "%.1f GB" : "%,.0f GB", bytes / 1e9);
    }
}
