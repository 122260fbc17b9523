package org.segloss4j.internal.png;

import java.nio.ByteBuffer;
import org.segloss4j.internal.files.FileFault;

/**
 * What a file says of its pixels.
 *
 * @param width      in pixels, at least 1
 * @param height     in pixels, at least 1
 * @param bits       of a sample: 1, 2, 4, 8 or 16
 * @param colour     what the samples are
 * @param interlaced whether the rows are stored in the seven passes of Adam7
 */
public record PngHeader(int width, int height, int bits, PngColour colour, boolean interlaced) {

    /** Bytes of the chunk. */
    static final int BYTES = 13;

    /** Deflate makes nothing smaller than by this factor. */
    private static final long BEST_COMPRESSION = 1032;

    static PngHeader of(byte... content) throws FileFault {
        if (content.length != BYTES) {
            throw new FileFault("is damaged: its header has " + content.length + " bytes, not " + BYTES);
        }
        ByteBuffer fields = ByteBuffer.wrap(content);
        int width = fields.getInt();
        int height = fields.getInt();
        int bits = fields.get() & 0xFF;
        int code = fields.get() & 0xFF;
        if (width < 1 || height < 1) {
            throw new FileFault("is damaged: its header says " + (width & 0xFFFFFFFFL) + "x" + (height & 0xFFFFFFFFL)
                    + " pixels");
        }
        PngColour colour = PngColour.of(code, bits);
        if (colour == null) {
            throw new FileFault("is damaged: its header says " + bits + " bits of colour type " + code
                    + ", which PNG does not have");
        }
        require(fields.get(), 0, "compression method");
        require(fields.get(), 0, "filter method");
        int interlace = require(fields.get(), 1, "interlace method");
        return new PngHeader(width, height, bits, colour, interlace == 1);
    }

    private static int require(byte value, int largest, String what) throws FileFault {
        if ((value & 0xFF) > largest) {
            throw new FileFault("is damaged: its header says " + what + " " + (value & 0xFF)
                    + ", which PNG does not have");
        }
        return value;
    }

    /** Refuses a size that no file of this length holds, before memory is spent on it. */
    void fits(long fileBytes) throws FileFault {
        if (rowBytes(width) * (double) height > BEST_COMPRESSION * (double) fileBytes) {
            throw new FileFault("ends early: " + fileBytes + " bytes are too few for the " + width + "x" + height
                    + " pixels that its header says");
        }
    }

    /** Bytes of a row of some pixels, without the one that names its filter. */
    long rowBytes(int pixels) {
        return ((long) pixels * colour.channels() * bits + 7) / 8;
    }

    /** How far the sample is, in bytes, that a filter takes for the left neighbour. */
    int filterDistance() {
        return Math.max(1, colour.channels() * bits / 8);
    }

    /** Samples of a row. */
    public long rowSamples() {
        return (long) width * colour.channels();
    }

    /** The size in words, for messages. */
    public String words() {
        return "is " + width + "x" + height + " pixels";
    }
}
