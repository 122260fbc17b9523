package org.segloss4j.internal.png;

import java.io.Closeable;
import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.segloss4j.internal.files.FileFault;

/** The inflated content of all IDAT chunks. */
final class PngData implements Closeable {

    private final PngChunks chunks;
    private final Inflater inflater = new Inflater();
    private final byte[] input = new byte[1 << 16];

    /** Starts within the first IDAT chunk. */
    PngData(PngChunks chunks) {
        this.chunks = chunks;
    }

    /** Fills the first bytes of an array. */
    void read(byte[] bytes, int length) throws IOException {
        int at = 0;
        while (at < length) {
            int inflated = inflate(bytes, at, length - at);
            if (inflated == 0) {
                throw new FileFault("is damaged: its image data end before the last pixel that its header says");
            }
            at += inflated;
        }
    }

    /** Requires that nothing is left, and that the checksums over all that was read are right. */
    void end() throws IOException {
        if (inflate(new byte[1], 0, 1) != 0) {
            throw new FileFault("is damaged: its image data go on after the last pixel that its header says");
        }
        // Bytes behind the end of the compressed data are no pixels; some programs leave them there.
        while (chunks.read(input) > 0) {
            continue;
        }
    }

    /** Some bytes, or 0 at the end of the data. */
    private int inflate(byte[] bytes, int at, int most) throws IOException {
        try {
            while (true) {
                int inflated = inflater.inflate(bytes, at, most);
                if (inflated > 0 || inflater.finished()) {
                    return inflated;
                }
                if (inflater.needsDictionary()) {
                    throw new DataFormatException("a dictionary is asked for");
                }
                fill();
            }
        } catch (DataFormatException e) {
            throw new FileFault("is damaged: its image data cannot be inflated (" + e.getMessage() + ")", e);
        }
    }

    private void fill() throws IOException {
        int read = chunks.read(input);
        while (read == 0) {
            if (chunks.next() != PngChunks.IDAT) {
                throw new FileFault("is damaged: its image data end before the last pixel that its header says");
            }
            read = chunks.read(input);
        }
        inflater.setInput(input, 0, read);
    }

    @Override
    public void close() {
        inflater.end();
    }
}
