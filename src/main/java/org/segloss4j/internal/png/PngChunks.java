package org.segloss4j.internal.png;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.segloss4j.internal.files.FileFault;

/** Walks through the chunks of a file. Those that are read must have the right checksum; others are skipped unread. */
final class PngChunks {

    static final int IHDR = 0x49484452;
    static final int PLTE = 0x504C5445;
    static final int IDAT = 0x49444154;
    static final int IEND = 0x49454E44;

    private static final int EXIF = 0x65584966;
    private static final int LONGEST_EXIF = 1 << 16;

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private final InputStream in;
    private final CRC32 crc = new CRC32();
    private int type;
    /** Bytes of the chunk that are not read yet, its checksum aside. */
    private int left;
    /** What the file says of the camera, or null. */
    private byte[] exif;

    /** Starts behind the signature, which is checked. */
    PngChunks(InputStream in) throws IOException {
        this.in = in;
        byte[] start = in.readNBytes(SIGNATURE.length);
        if (!Arrays.equals(start, SIGNATURE)) {
            throw new FileFault(isPng(start) ? "ends early or is damaged: its first bytes are those of a PNG image, "
                    + "but not all of them" : "is not a PNG image");
        }
    }

    /** Whether a file starts as a PNG image, perhaps a damaged one. */
    static boolean isPng(byte... start) {
        return start.length >= 4 && Arrays.equals(start, 0, 4, SIGNATURE, 0, 4);
    }

    /** Goes to the next chunk that matters, and gives its type. The one before must have been read to its end. */
    int next() throws IOException {
        while (true) {
            byte[] start = bytes(8);
            left = number(start, 0);
            type = number(start, 4);
            crc.reset();
            crc.update(start, 4, 4);
            if (!isName(start)) {
                throw new FileFault("is damaged: something else stands where a chunk should start");
            }
            if (left < 0) {
                throw new FileFault("is damaged: a " + name() + " chunk says it has " + (left & 0xFFFFFFFFL)
                        + " bytes");
            }
            if ((start[4] & 0x20) == 0) {
                return type;
            }
            if (type == EXIF && left <= LONGEST_EXIF) {
                byte[] content = bytes(left);
                crc.update(content);
                exif = number(bytes(4), 0) == (int) crc.getValue() ? content : exif;
            } else {
                skip();
            }
        }
    }

    /** The Exif data that have been passed, or null if there were none that are sound. */
    byte[] exif() {
        return exif;
    }

    private static boolean isName(byte... start) {
        for (int k = 4; k < 8; k++) {
            int letter = start[k] | 0x20;
            if (letter < 'a' || letter > 'z') {
                return false;
            }
        }
        return true;
    }

    /** The chunk's name. */
    String name() {
        return new String(new byte[] {(byte) (type >> 24), (byte) (type >> 16), (byte) (type >> 8), (byte) type},
                StandardCharsets.US_ASCII);
    }

    /** Leaves the chunk, of whatever length, without reading it. */
    void skip() throws IOException {
        try {
            in.skipNBytes(left + 4L);
        } catch (EOFException e) {
            throw endsEarly(e);
        }
    }

    /** The whole chunk, whose checksum must be right. */
    byte[] content(int longest) throws IOException {
        if (left > longest) {
            throw new FileFault("is damaged: its " + name() + " chunk has " + left + " bytes");
        }
        byte[] content = bytes(left);
        crc.update(content);
        left = 0;
        checkSum();
        return content;
    }

    /** The next part of the chunk, or 0 at its end, when the checksum is found right. */
    int read(byte... buffer) throws IOException {
        if (left == 0) {
            checkSum();
            return 0;
        }
        int read = in.read(buffer, 0, Math.min(left, buffer.length));
        if (read < 0) {
            throw endsEarly(null);
        }
        crc.update(buffer, 0, read);
        left -= read;
        return read;
    }

    private void checkSum() throws IOException {
        if (number(bytes(4), 0) != (int) crc.getValue()) {
            throw new FileFault("is damaged: the checksum of its " + name() + " chunk is wrong");
        }
    }

    private byte[] bytes(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw endsEarly(null);
        }
        return bytes;
    }

    private static FileFault endsEarly(Throwable cause) {
        return new FileFault("ends early: a part of the image is missing", cause);
    }

    private static int number(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 24 | (bytes[at + 1] & 0xFF) << 16 | (bytes[at + 2] & 0xFF) << 8
                | bytes[at + 3] & 0xFF;
    }
}
