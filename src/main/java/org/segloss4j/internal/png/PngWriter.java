package org.segloss4j.internal.png;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes a PNG image row by row; memory is two rows and what the compressor needs. Only {@link #close} makes the file
 * a valid one, and only if it has all its rows. Not thread-safe.
 */
public final class PngWriter implements Closeable {

    private static final int CHUNK = 1 << 16;

    private final OutputStream out;
    private final PngHeader header;
    private final Deflater deflater = new Deflater();
    private final CRC32 crc = new CRC32();
    /** The filter's number, then the row. */
    private final byte[] filtered;
    private final byte[] compressed = new byte[CHUNK];
    private int filled;
    private int rows;

    private PngWriter(OutputStream out, PngHeader header) {
        this.out = out;
        this.header = header;
        filtered = new byte[Math.toIntExact(header.rowBytes(header.width()) + 1)];
    }

    /**
     * Starts an image of red, green and blue of 8 bits.
     *
     * @param out    receives the file; closed with the writer
     * @param width  in pixels, at least 1
     * @param height in pixels, at least 1
     * @return the writer of rows [W, 3]
     * @throws IOException if writing fails
     */
    public static PngWriter rgb(OutputStream out, int width, int height) throws IOException {
        return start(out, new PngHeader(width, height, 8, PngColour.RGB, false));
    }

    /**
     * Starts an image of grey values of 16 bits.
     *
     * @param out    receives the file; closed with the writer
     * @param width  in pixels, at least 1
     * @param height in pixels, at least 1
     * @return the writer of rows [W, 2], the higher byte of each value first
     * @throws IOException if writing fails
     */
    public static PngWriter grey16(OutputStream out, int width, int height) throws IOException {
        return start(out, new PngHeader(width, height, 16, PngColour.GREY, false));
    }

    /**
     * Starts an image of palette indices of 8 bits.
     *
     * @param out     receives the file; closed with the writer
     * @param width   in pixels, at least 1
     * @param height  in pixels, at least 1
     * @param palette 0xRRGGBB of each index that occurs, at most 256
     * @return the writer of rows [W]
     * @throws IOException if writing fails
     */
    public static PngWriter indexed(OutputStream out, int width, int height, int... palette) throws IOException {
        PngWriter writer = start(out, new PngHeader(width, height, 8, PngColour.PALETTE, false));
        byte[] colours = new byte[3 * palette.length];
        for (int k = 0; k < colours.length; k++) {
            colours[k] = (byte) (palette[k / 3] >> 8 * (2 - k % 3));
        }
        writer.chunk(PngChunks.PLTE, colours, colours.length);
        return writer;
    }

    private static PngWriter start(OutputStream out, PngHeader header) throws IOException {
        PngWriter writer = new PngWriter(out, header);
        out.write(PngChunks.signature());
        byte[] content = header.content();
        writer.chunk(PngChunks.IHDR, content, content.length);
        return writer;
    }

    /**
     * Writes the next row.
     *
     * @param row its bytes, as many as the image's kind and width need; more are left aside
     * @throws IOException           if writing fails
     * @throws IllegalStateException if the image has all its rows already
     */
    public void write(byte... row) throws IOException {
        if (rows == header.height()) {
            throw new IllegalStateException("the image has its " + rows + " rows already");
        }
        rows++;
        int bytes = filtered.length - 1;
        if (header.colour() == PngColour.PALETTE) {
            System.arraycopy(row, 0, filtered, 1, bytes);
        } else {
            // Differences to the left neighbour: photographs become about a third smaller.
            int distance = header.filterDistance();
            filtered[0] = 1;
            for (int k = 0; k < bytes; k++) {
                filtered[1 + k] = (byte) (k < distance ? row[k] : row[k] - row[k - distance]);
            }
        }
        deflater.setInput(filtered);
        while (!deflater.needsInput()) {
            deflate();
        }
    }

    private void deflate() throws IOException {
        filled += deflater.deflate(compressed, filled, compressed.length - filled);
        if (filled == compressed.length) {
            flush();
        }
    }

    private void flush() throws IOException {
        if (filled > 0) {
            chunk(PngChunks.IDAT, compressed, filled);
            filled = 0;
        }
    }

    private void chunk(int type, byte[] content, int length) throws IOException {
        byte[] start = ByteBuffer.allocate(8).putInt(length).putInt(type).array();
        crc.reset();
        crc.update(start, 4, 4);
        crc.update(content, 0, length);
        out.write(start);
        out.write(content, 0, length);
        out.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    /**
     * Ends the file and closes the stream.
     *
     * @throws IOException if writing fails or rows are missing; the file is no valid image then
     */
    @Override
    public void close() throws IOException {
        try (out) {
            if (rows < header.height()) {
                throw new IOException("only " + rows + " of " + header.height() + " rows have been written");
            }
            deflater.finish();
            while (!deflater.finished()) {
                deflate();
            }
            flush();
            chunk(PngChunks.IEND, compressed, 0);
        } finally {
            deflater.end();
        }
    }
}
