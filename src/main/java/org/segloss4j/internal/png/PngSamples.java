package org.segloss4j.internal.png;

/** Takes samples out of bytes. */
final class PngSamples {

    private PngSamples() {
    }

    /** A sample of 1, 2 or 4 bits, the leftmost being in the highest bits of a byte. */
    static int packed(byte[] bytes, int first, int index, int bits) {
        long bit = (long) index * bits;
        return bytes[first + (int) (bit / 8)] >> 8 - bits - bit % 8 & (1 << bits) - 1;
    }

    /**
     * All samples of a row.
     *
     * @param bytes   of the row
     * @param first   where they start
     * @param bits    of a sample
     * @param samples receives them
     * @param count   how many there are
     */
    static void unpack(byte[] bytes, int first, int bits, int[] samples, int count) {
        switch (bits) {
            case 8 -> {
                for (int k = 0; k < count; k++) {
                    samples[k] = bytes[first + k] & 0xFF;
                }
            }
            case 16 -> {
                for (int k = 0; k < count; k++) {
                    samples[k] = (bytes[first + 2 * k] & 0xFF) << 8 | bytes[first + 2 * k + 1] & 0xFF;
                }
            }
            default -> {
                for (int k = 0; k < count; k++) {
                    samples[k] = packed(bytes, first, k, bits);
                }
            }
        }
    }
}
