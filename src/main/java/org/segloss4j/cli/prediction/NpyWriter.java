package org.segloss4j.cli.prediction;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.segloss4j.data.ImageSize;

/**
 * Writes an array [H, W, C] of 32-bit floats row by row, as a file that NumPy's {@code load} and ND4J's
 * {@code createFromNpyFile} read. ND4J's own writer needs the whole array in memory.
 */
final class NpyWriter implements RowOutput {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    /** The values start at a multiple of this. */
    private static final int ALIGNMENT = 64;

    private final OutputStream out;
    private final ByteBuffer row;

    NpyWriter(OutputStream out, ImageSize size, int channels) throws IOException {
        this.out = out;
        row = ByteBuffer.allocate(Math.multiplyExact(Float.BYTES * channels, size.width()))
                .order(ByteOrder.LITTLE_ENDIAN);
        StringBuilder text = new StringBuilder("{'descr': '<f4', 'fortran_order': False, 'shape': (" + size.height()
                + ", " + size.width() + ", " + channels + "), }");
        while ((MAGIC.length + 2 + text.length() + 1) % ALIGNMENT != 0) {
            text.append(' ');
        }
        byte[] header = text.append('\n').toString().getBytes(StandardCharsets.US_ASCII);
        out.write(MAGIC);
        out.write(ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort((short) header.length).array());
        out.write(header);
    }

    @Override
    public void row(int[] labels, float[] probabilities) throws IOException {
        row.asFloatBuffer().put(probabilities);
        out.write(row.array());
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
