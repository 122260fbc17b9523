package org.segloss4j.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Puts uncompressed TIFF files together, as the specification says, so that any tag can be set. */
final class TiffBuilder {

    private static final int SHORT = 3;
    private static final int LONG = 4;

    private final SortedMap<Integer, long[]> tags = new TreeMap<>();
    private final byte[] data;
    private int copies = 1;

    private TiffBuilder(byte... data) {
        this.data = data;
    }

    /** Chunky samples of 8 or 16 bits (big endian), or packed ones; photometric 0 or 1 grey, 2 RGB, 3 palette. */
    static TiffBuilder of(int photometric, int bits, int channels, int width, int height, int... samples) {
        int stride = (width * channels * bits + 7) / 8;
        byte[] data = new byte[stride * height];
        for (int k = 0; k < samples.length; k++) {
            int first = k / (width * channels) * stride * 8 + k % (width * channels) * bits;
            for (int b = 0; b < bits; b++) {
                int bit = first + b;
                data[bit / 8] |= (byte) ((samples[k] >> bits - 1 - b & 1) << 7 - bit % 8);
            }
        }
        long[] depth = new long[channels];
        Arrays.fill(depth, bits);
        TiffBuilder tiff = new TiffBuilder(data).tag(256, width).tag(257, height).tag(258, depth).tag(259, 1)
                .tag(262, photometric).tag(277, channels);
        int rows = Math.max(1, height / 3);
        int strips = (height + rows - 1) / rows;
        long[] counts = new long[strips];
        for (int s = 0; s < strips; s++) {
            counts[s] = (long) stride * Math.min(rows, height - s * rows);
        }
        tiff.tag(278, rows).tag(279, counts).tag(273, new long[strips]);
        if (photometric == 3) {
            long[] colours = new long[3 << bits];
            byte[] palette = PngBuilder.palette(1 << bits);
            for (int k = 0; k < palette.length; k++) {
                colours[(k % 3 << bits) + k / 3] = (palette[k] & 0xFF) * 257L;
            }
            tiff.tag(320, colours);
        }
        return tiff;
    }

    TiffBuilder tag(int number, long... values) {
        tags.put(number, values);
        return this;
    }

    TiffBuilder copies(int count) {
        copies = count;
        return this;
    }

    byte[] bytes() {
        ByteBuffer out = ByteBuffer.allocate(1 << 16).order(ByteOrder.BIG_ENDIAN);
        out.put((byte) 'M').put((byte) 'M').putShort((short) 42);
        int next = out.position();
        out.putInt(0);
        int first = out.position();
        out.put(data);
        long[] offsets = tags.get(273);
        long at = first;
        for (int s = 0; s < offsets.length; s++) {
            offsets[s] = at;
            at += tags.get(279)[s];
        }
        for (int copy = 0; copy < copies; copy++) {
            List<Integer> places = new ArrayList<>();
            for (long[] values : tags.values()) {
                places.add(out.position());
                for (int k = 0; values.length > 1 && k < values.length; k++) {
                    if (isShort(values)) {
                        out.putShort((short) values[k]);
                    } else {
                        out.putInt((int) values[k]);
                    }
                }
            }
            out.position(out.position() + out.position() % 2);
            out.putInt(next, out.position());
            out.putShort((short) tags.size());
            int k = 0;
            for (int tag : tags.keySet()) {
                entry(out, tag, tags.get(tag), places.get(k++));
            }
            next = out.position();
            out.putInt(0);
        }
        byte[] bytes = new byte[out.position()];
        out.get(0, bytes);
        return bytes;
    }

    private static void entry(ByteBuffer out, int tag, long[] values, int place) {
        boolean isShort = isShort(values);
        out.putShort((short) tag).putShort((short) (isShort ? SHORT : LONG)).putInt(values.length);
        if (values.length == 2 && isShort) {
            out.putShort((short) values[0]).putShort((short) values[1]);
        } else if (values.length > 1) {
            out.putInt(place);
        } else if (isShort) {
            out.putShort((short) values[0]).putShort((short) 0);
        } else {
            out.putInt((int) values[0]);
        }
    }

    private static boolean isShort(long... values) {
        return Arrays.stream(values).allMatch(value -> value <= 0xFFFF);
    }
}
