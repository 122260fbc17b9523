package org.segloss4j.internal.png;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.data.PngBuilder;

/** Every kind of PNG file gives the samples that it stores; every broken one is refused, or gives them all the same. */
class PngKindsTest {

    private static final int[][] SIZES = {{1, 1}, {5, 3}, {3, 5}, {8, 8}, {13, 7}, {33, 9}};
    private static final int WIDTH = 9;
    private static final int HEIGHT = 5;
    private static final int SEED = 7;

    static Stream<Arguments> kinds() {
        return Stream.of("0 1", "0 2", "0 4", "0 8", "0 16", "2 8", "2 16", "3 1", "3 2", "3 4", "3 8", "4 8", "4 16",
                "6 8", "6 16").flatMap(kind -> Stream.of(false, true).map(interlaced -> Arguments.of(
                Integer.parseInt(kind.split(" ")[0]), Integer.parseInt(kind.split(" ")[1]), interlaced)));
    }

    private static int[] samples(int type, int bits, int width, int height) {
        int count = width * height * PngBuilder.channels(type);
        return new Random(SEED + 31L * type + bits).ints(count, 0, 1 << bits).toArray();
    }

    private static int[] samples(int type, int bits) {
        return samples(type, bits, WIDTH, HEIGHT);
    }

    private static PngBuilder kind(int type, int bits, boolean interlaced) {
        return PngBuilder.of(type, bits, WIDTH, HEIGHT, samples(type, bits)).interlaced(interlaced);
    }

    private static int[] read(byte... png) throws IOException {
        return read(PngReader.open(new ByteArrayInputStream(png), png.length));
    }

    private static int[] read(PngReader opened) throws IOException {
        try (PngReader reader = opened) {
            int[] row = new int[(int) reader.header().rowSamples()];
            int[] all = new int[row.length * reader.header().height()];
            int rows = 0;
            while (reader.next(row)) {
                System.arraycopy(row, 0, all, rows++ * row.length, row.length);
            }
            assertThat(rows).isEqualTo(reader.header().height());
            return all;
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void givesTheStoredSamples(int type, int bits, boolean interlaced) throws IOException {
        for (int[] size : SIZES) {
            int[] samples = samples(type, bits, size[0], size[1]);
            PngBuilder png = PngBuilder.of(type, bits, size[0], size[1], samples).interlaced(interlaced);
            assertThat(read(png.bytes())).as("%dx%d", size[0], size[1]).isEqualTo(samples);
            for (int filter = 0; filter < 5; filter++) {
                assertThat(read(png.filters(filter).bytes())).as("filter %d", filter).isEqualTo(samples);
            }
        }
    }

    /** The JDK's reader turned 0 and 1 into 0 and 255 where a grey value was transparent. */
    @ParameterizedTest
    @MethodSource("kinds")
    void transparencyChangesNoSample(int type, int bits, boolean interlaced) throws IOException {
        byte[] transparent = type == 2 ? new byte[6] : type == 3 ? new byte[] {0, 127} : new byte[2];
        assertThat(read(kind(type, bits, interlaced).before("tRNS", transparent).bytes()))
                .isEqualTo(samples(type, bits));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void takesDataInAnyPieces(int type, int bits, boolean interlaced) throws IOException {
        byte[] text = PngBuilder.chunk("tEXt", (byte) 'a', (byte) 0, (byte) 'b');
        for (int length : new int[] {1, 2, 17}) {
            assertThat(read(kind(type, bits, interlaced).pieces(length, PngBuilder.chunk("IDAT"), text).bytes()))
                    .isEqualTo(samples(type, bits));
        }
    }

    /** None of these says anything about the samples. */
    @Test
    void skipsAncillaryChunksWhateverTheyHold() throws IOException {
        byte[] wrongSum = PngBuilder.chunk("gAMA", (byte) 1);
        wrongSum[wrongSum.length - 1]++;
        int[] samples = samples(0, 4);
        for (PngBuilder png : new PngBuilder[] {
            kind(0, 4, false).before("tEXt", "no zero byte".getBytes("US-ASCII")),
            kind(0, 4, false).before("PLTE", (byte) 1),
            kind(0, 4, false).before("PLTE", new byte[3000]),
            kind(0, 4, false).before("tRNS", new byte[999]),
            kind(0, 4, false).before("sBIT").before("iCCP", (byte) 3).before("eXIf", (byte) 'I').before("zzZz"),
            kind(0, 4, false).bytesBefore(wrongSum)}) {
            assertThat(read(png.bytes())).isEqualTo(samples);
        }
    }

    /** Text that would inflate to gigabytes costs nothing: it is not even read. */
    @Test
    void doesNotReadText() throws IOException {
        byte[] text = new byte[3_000_000];
        new Random(SEED).nextBytes(text);
        byte[] png = kind(3, 8, false).before("zTXt", text).before("iTXt", text).pieces(200,
                PngBuilder.chunk("zTXt", text)).bytes();
        assertThat(png.length).isGreaterThan(9_000_000);
        AtomicLong bytes = new AtomicLong();
        InputStream counting = new ByteArrayInputStream(png) {
            @Override
            public synchronized int read(byte[] buffer, int first, int length) {
                bytes.addAndGet(length);
                return super.read(buffer, first, length);
            }
        };
        assertThat(read(PngReader.open(counting, png.length))).isEqualTo(samples(3, 8));
        assertThat(bytes).hasValueLessThan(10_000);
    }

    /** A part that is no pixel may be missing: the end mark, and a text behind the image. */
    @Test
    void needsNoEndMark() throws IOException {
        byte[] png = kind(2, 8, false).bytes();
        assertThat(read(Arrays.copyOf(png, png.length - 12))).isEqualTo(samples(2, 8));
        assertThat(read(Arrays.copyOf(png, png.length + 1000))).isEqualTo(samples(2, 8));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void refusesEveryTruncation(int type, int bits, boolean interlaced) throws IOException {
        byte[] png = kind(type, bits, interlaced).bytes();
        for (int length = 0; length < png.length - 12; length++) {
            byte[] part = Arrays.copyOf(png, length);
            try {
                read(part);
                fail("read %d of %d bytes", length, png.length);
            } catch (IOException e) {
                assertThat(e.getMessage()).matches("(ends early|is damaged|is not a PNG)[^\\n]*");
            }
        }
    }

    /** Checksums are over all that is used, so whatever is changed, samples are right or refused. */
    @ParameterizedTest
    @MethodSource("kinds")
    @Timeout(300)
    void neverGivesOtherSamples(int type, int bits, boolean interlaced) throws IOException {
        byte[] png = kind(type, bits, interlaced).before("tEXt", (byte) 'a', (byte) 0).pieces(50).bytes();
        int[] samples = samples(type, bits);
        Random random = new Random(SEED);
        int refused = 0;
        for (int round = 0; round < 400; round++) {
            byte[] broken = png.clone();
            for (int change = random.nextInt(3); change >= 0; change--) {
                int at = random.nextInt(broken.length);
                broken[at] = (byte) (random.nextBoolean() ? broken[at] ^ 1 << random.nextInt(8) : random.nextInt(256));
            }
            if (random.nextInt(4) == 0) {
                broken = Arrays.copyOf(broken, random.nextInt(broken.length));
            }
            try {
                assertThat(read(broken)).as("round %d", round).isEqualTo(samples);
            } catch (IOException e) {
                refused++;
                assertThat(e.getMessage()).matches("(ends early|is damaged|is not a PNG)[^\\n]*");
            }
        }
        assertThat(refused).isBetween(200, 400);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "0, 5, 8, 0, 0, 0, 0 | is damaged: its header says 0x5 pixels",
        "-1, 5, 8, 0, 0, 0, 0 | is damaged: its header says 4294967295x5 pixels",
        "9, 5, 3, 0, 0, 0, 0 | is damaged: its header says 3 bits of colour type 0, which PNG does not have",
        "9, 5, 4, 2, 0, 0, 0 | is damaged: its header says 4 bits of colour type 2, which PNG does not have",
        "9, 5, 16, 3, 0, 0, 0 | is damaged: its header says 16 bits of colour type 3, which PNG does not have",
        "9, 5, 8, 5, 0, 0, 0 | is damaged: its header says 8 bits of colour type 5, which PNG does not have",
        "9, 5, 8, 0, 1, 0, 0 | is damaged: its header says compression method 1, which PNG does not have",
        "9, 5, 8, 0, 0, 64, 0 | is damaged: its header says filter method 64, which PNG does not have",
        "9, 5, 8, 0, 0, 0, 2 | is damaged: its header says interlace method 2, which PNG does not have",
        "9, 5, 8, 0, 0, 0 | is damaged: its header has 12 bytes, not 13",
        "9, 5, 8, 0, 0, 0, 0, 0 | is damaged: its IHDR chunk has 14 bytes",
        "9, 4, 8, 0, 0, 0, 0 | is damaged: its image data go on after the last pixel that its header says",
        "9, 6, 8, 0, 0, 0, 0 | is damaged: its image data end before the last pixel that its header says",
        "2147483647, 2147483647, 16, 6, 0, 0, 0 | ends early: 172 bytes are too few for the 2147483647x2147483647 "
                + "pixels that its header says",
        "40000, 40000, 1, 0, 0, 0, 0 | ends early: 172 bytes are too few for the 40000x40000 pixels that its header "
                + "says",
    })
    void refusesHeadersThatCannotBe(String header, String message) throws IOException {
        int[] values = Arrays.stream(header.split(", ")).mapToInt(Integer::parseInt).toArray();
        byte[] png = kind(0, 8, false).bytes();
        byte[] head = PngBuilder.chunk("IHDR", PngBuilder.header(values[0], values[1],
                Arrays.copyOfRange(values, 2, values.length)));
        ByteArrayOutputStream broken = new ByteArrayOutputStream();
        broken.write(png, 0, 8);
        broken.writeBytes(head);
        broken.write(png, 33, png.length - 33);
        assertThatThrownBy(() -> read(broken.toByteArray())).isInstanceOf(IOException.class)
                .hasMessage(message.replace("172", Integer.toString(broken.size())));
    }

    /** One flipped bit in the height of a sound file lost a row without a word. */
    @Test
    void refusesWrongChecksums() throws IOException {
        byte[] png = kind(0, 8, false).bytes();
        for (int at : new int[] {23, 29, png.length - 14, png.length - 20}) {
            byte[] broken = png.clone();
            broken[at] ^= 1;
            assertThatThrownBy(() -> read(broken)).isInstanceOf(IOException.class).hasMessageContaining("is damaged: ");
        }
        byte[] broken = png.clone();
        broken[23] ^= 1;
        assertThatThrownBy(() -> read(broken)).hasMessage("is damaged: the checksum of its IHDR chunk is wrong");
    }

    @Test
    void refusesChunksThatCannotBe() {
        PngBuilder png = kind(3, 4, false);
        assertThatThrownBy(() -> read(png.withoutPalette().bytes())).hasMessage("is damaged: its palette is missing");
        assertThatThrownBy(() -> read(png.before("PLTE", new byte[4]).bytes()))
                .hasMessage("is damaged: its palette has 4 bytes");
        assertThatThrownBy(() -> read(kind(3, 4, false).before("PLTE", new byte[3]).bytes()))
                .hasMessage("is damaged: it has two palettes");
        assertThatThrownBy(() -> read(kind(0, 4, false).before("ABCD").bytes()))
                .hasMessage("is damaged: its ABCD chunk is not one that PNG has there");
        assertThatThrownBy(() -> read(kind(0, 4, false).before("IEND").bytes()))
                .hasMessage("is damaged: it has no image data");
        assertThatThrownBy(() -> read(kind(0, 4, false).bytesBefore(new byte[] {0, 0, 0, 0, 27, '[', '2', 'J'})
                .bytes())).hasMessage("is damaged: something else stands where a chunk should start");
        assertThatThrownBy(() -> read(kind(0, 4, false).bytesBefore(new byte[] {-1, 0, 0, 0, 't', 'E', 'X', 't'})
                .bytes())).hasMessage("is damaged: a tEXt chunk says it has 4278190080 bytes");
        assertThatThrownBy(() -> read(kind(0, 4, false).extra((byte) 1).bytes()))
                .hasMessage("is damaged: its image data go on after the last pixel that its header says");
    }
}
