package org.segloss4j;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Reads the NumPy files of the golden cases: version 1.0, C order, {@code <f4}, {@code <f8} or {@code <i4}. */
final class Npy {

    private static final Pattern HEADER = Pattern.compile(
            "'descr': '<([fi])([48])'.*'fortran_order': False.*'shape': \\(([0-9, ]*)\\)");

    private Npy() {
    }

    /**
     * The numbers of a file.
     *
     * @param shape  sizes of the axes
     * @param values in C order
     */
    record Numbers(long[] shape, double[] values) {

        /** As an array of the given type, which every case fits into without loss if it is DOUBLE. */
        INDArray array(DataType type) {
            return Nd4j.createFromArray(values).reshape(shape).castTo(type);
        }
    }

    static Numbers read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = bytes.getShort(8) & 0xffff;
        String header = new String(bytes.array(), 10, headerLength, StandardCharsets.US_ASCII);
        Matcher match = HEADER.matcher(header);
        if (bytes.get(6) != 1 || !match.find()) {
            throw new IOException(file + " is no .npy 1.0 in C order: " + header);
        }
        long[] shape = Arrays.stream(match.group(3).split(",")).map(String::trim).filter(s -> !s.isEmpty())
                .mapToLong(Long::parseLong).toArray();
        double[] values = new double[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        bytes.position(10 + headerLength);
        boolean integer = match.group(1).equals("i");
        boolean wide = match.group(2).equals("8");
        for (int k = 0; k < values.length; k++) {
            values[k] = integer ? bytes.getInt() : wide ? bytes.getDouble() : bytes.getFloat();
        }
        return new Numbers(shape, values);
    }
}
