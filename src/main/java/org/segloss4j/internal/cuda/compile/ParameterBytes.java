package org.segloss4j.internal.cuda.compile;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads from compiled code how many bytes of arguments a kernel takes. The driver copies that many from wherever it is
 * pointed to, so a struct of another size would be read beyond its end, or in part, without an error.
 */
public final class ParameterBytes {

    /** The code does not tell. */
    public static final int UNKNOWN = -1;

    private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};
    /** Attribute of a cubin's {@code .nv.info.<kernel>}: bytes of parameters in the constant bank. */
    private static final int CBANK_PARAM_SIZE = 0x19;
    /** Format of an attribute: a size follows and then as many bytes; all others are four bytes in all. */
    private static final int SIZED = 4;
    private static final String ENTRY =
            "\\.entry\\s+%s\\s*\\(\\s*\\.param\\s+\\.align\\s+\\d+\\s+\\.b8\\s+\\w+\\[(\\d+)]\\s*\\)";

    private ParameterBytes() {
    }

    /** Bytes of the one struct that a kernel takes, or {@link #UNKNOWN}. */
    public static int of(KernelImage image, String symbol) {
        if (image.target().kind() == Target.Kind.PTX) {
            Matcher entry = Pattern.compile(String.format(ENTRY, Pattern.quote(symbol)))
                    .matcher(new String(image.bytes(), StandardCharsets.US_ASCII));
            return entry.find() ? Integer.parseInt(entry.group(1)) : UNKNOWN;
        }
        try {
            return ofCubin(ByteBuffer.wrap(image.bytes()).order(ByteOrder.LITTLE_ENDIAN), ".nv.info." + symbol);
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return UNKNOWN;
        }
    }

    private static int ofCubin(ByteBuffer elf, String section) {
        for (int k = 0; k < ELF.length; k++) {
            if (elf.get(k) != ELF[k]) {
                return UNKNOWN;
            }
        }
        int headers = Math.toIntExact(elf.getLong(40));
        int headerBytes = elf.getShort(58);
        int sections = elf.getShort(60);
        int names = headers + elf.getShort(62) * headerBytes;
        int namesStart = Math.toIntExact(elf.getLong(names + 24));
        for (int k = 0; k < sections; k++) {
            int header = headers + k * headerBytes;
            if (section.equals(text(elf, namesStart + elf.getInt(header)))) {
                return ofAttributes(elf.slice(Math.toIntExact(elf.getLong(header + 24)),
                        Math.toIntExact(elf.getLong(header + 32))).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
        return UNKNOWN;
    }

    private static int ofAttributes(ByteBuffer attributes) {
        while (attributes.remaining() >= 4) {
            int format = attributes.get();
            int attribute = attributes.get();
            int value = Short.toUnsignedInt(attributes.getShort());
            if (attribute == CBANK_PARAM_SIZE) {
                return value;
            }
            if (format == SIZED) {
                attributes.position(attributes.position() + value);
            }
        }
        return UNKNOWN;
    }

    private static String text(ByteBuffer elf, int start) {
        int end = start;
        while (elf.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - start];
        elf.get(start, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
