package org.segloss4j.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/** Puts PNG files of every kind together, sound and broken ones, straight from the words of the specification. */
public final class PngBuilder {

    private static final int[][] PASSES = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};

    private final int type;
    private final int bits;
    private final int width;
    private final int height;
    private final int[] samples;
    private final List<byte[]> before = new ArrayList<>();
    private final List<byte[]> between = new ArrayList<>();
    private boolean interlaced;
    private int[] filters = {0, 1, 2, 3, 4};
    private int pieces = Integer.MAX_VALUE;
    private byte[] extra = {};

    private PngBuilder(int type, int bits, int width, int height, int... samples) {
        this.type = type;
        this.bits = bits;
        this.width = width;
        this.height = height;
        this.samples = samples;
    }

    /** An image of colour type 0, 2, 3, 4 or 6 whose samples [H, W, channels] are given. */
    public static PngBuilder of(int type, int bits, int width, int height, int... samples) {
        PngBuilder png = new PngBuilder(type, bits, width, height, samples);
        return type == 3 ? png.before("PLTE", palette(1 << bits)) : png;
    }

    /** A palette whose colours say nothing about the index. */
    public static byte[] palette(int colours) {
        byte[] palette = new byte[3 * colours];
        for (int k = 0; k < colours; k++) {
            palette[3 * k] = (byte) (255 - 7 * k);
            palette[3 * k + 1] = (byte) (100 + 31 * k);
            palette[3 * k + 2] = (byte) (13 * k + 1);
        }
        return palette;
    }

    public static int channels(int type) {
        return switch (type) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
    }

    public PngBuilder interlaced(boolean yes) {
        interlaced = yes;
        return this;
    }

    /** The filters of rows, in turn. */
    public PngBuilder filters(int... numbers) {
        filters = numbers;
        return this;
    }

    /** A chunk in front of the image data. */
    public PngBuilder before(String name, byte... content) {
        before.add(chunk(name, content));
        return this;
    }

    /** Bytes in front of the image data, whatever they are. */
    public PngBuilder bytesBefore(byte... bytes) {
        before.add(bytes);
        return this;
    }

    public PngBuilder withoutPalette() {
        before.clear();
        return this;
    }

    /** Splits the image data into chunks of this length, with another chunk after each. */
    public PngBuilder pieces(int length, byte[]... chunks) {
        pieces = length;
        between.addAll(List.of(chunks));
        return this;
    }

    /** Further bytes at the end of the rows. */
    public PngBuilder extra(byte... bytes) {
        extra = bytes;
        return this;
    }

    public Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public byte[] bytes() {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
        png.writeBytes(chunk("IHDR", header(width, height, bits, type, 0, 0, interlaced ? 1 : 0)));
        before.forEach(png::writeBytes);
        byte[] data = deflated();
        for (int at = 0; at < data.length; at += Math.min(pieces, data.length)) {
            int end = (int) Math.min(data.length, (long) at + pieces);
            png.writeBytes(chunk("IDAT", Arrays.copyOfRange(data, at, end)));
            between.forEach(png::writeBytes);
        }
        png.writeBytes(chunk("IEND"));
        return png.toByteArray();
    }

    public static byte[] header(int width, int height, int... rest) {
        ByteBuffer header = ByteBuffer.allocate(8 + rest.length).putInt(width).putInt(height);
        for (int value : rest) {
            header.put((byte) value);
        }
        return header.array();
    }

    public static byte[] chunk(String name, byte... content) {
        ByteBuffer chunk = ByteBuffer.allocate(12 + content.length).putInt(content.length);
        chunk.put(name.getBytes(StandardCharsets.ISO_8859_1)).put(content);
        CRC32 crc = new CRC32();
        crc.update(chunk.array(), 4, 4 + content.length);
        return chunk.putInt((int) crc.getValue()).array();
    }

    private byte[] deflated() {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(data)) {
            if (interlaced) {
                for (int[] pass : PASSES) {
                    rows(deflater, pass[0], pass[1], pass[2], pass[3]);
                }
            } else {
                rows(deflater, 0, 0, 1, 1);
            }
            deflater.write(extra);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return data.toByteArray();
    }

    private void rows(DeflaterOutputStream out, int firstX, int firstY, int stepX, int stepY) throws IOException {
        int columns = (width - firstX + stepX - 1) / stepX;
        if (firstX >= width) {
            return;
        }
        int stride = (columns * channels(type) * bits + 7) / 8;
        byte[] above = new byte[stride];
        for (int y = firstY, n = 0; y < height; y += stepY, n++) {
            byte[] row = packed(y, firstX, stepX, columns, stride);
            int filter = filters[n % filters.length];
            out.write(filter);
            for (int k = 0; k < stride; k++) {
                out.write(row[k] - predicted(filter, row, above, k));
            }
            above = row;
        }
    }

    private byte[] packed(int y, int firstX, int stepX, int columns, int stride) {
        byte[] row = new byte[stride];
        int channels = channels(type);
        for (int k = 0; k < columns * channels; k++) {
            int sample = samples[(y * width + firstX + k / channels * stepX) * channels + k % channels];
            for (int b = 0; b < bits; b++) {
                int bit = k * bits + b;
                row[bit / 8] |= (byte) ((sample >> bits - 1 - b & 1) << 7 - bit % 8);
            }
        }
        return row;
    }

    private int predicted(int filter, byte[] row, byte[] above, int k) {
        int gap = Math.max(1, channels(type) * bits / 8);
        int a = k < gap ? 0 : row[k - gap] & 0xFF;
        int b = above[k] & 0xFF;
        int c = k < gap ? 0 : above[k - gap] & 0xFF;
        if (filter < 4) {
            return new int[] {0, a, b, (a + b) / 2}[filter];
        }
        int p = a + b - c;
        int nearest = Math.min(Math.abs(p - a), Math.min(Math.abs(p - b), Math.abs(p - c)));
        return Math.abs(p - a) == nearest ? a : Math.abs(p - b) == nearest ? b : c;
    }
}
