package org.segloss4j;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.segloss4j.internal.math.Statistics;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.math.SumsLayout;

/**
 * Class sums as bytes, which may come from anybody.
 *
 * @param signature what was summed
 * @param sums      the numbers
 */
record SumsMessage(String signature, Sums sums) {

    /** The first four bytes of a message: "SUM" and the version of its format. */
    private static final int FORMAT = 'S' << 24 | 'U' << 16 | 'M' << 8 | 1;
    /** The bytes before the text: format, kind of rows, and four numbers. */
    private static final int HEADER = 22;

    byte[] bytes() {
        byte[] text = signature.getBytes(StandardCharsets.UTF_8);
        byte[] pairs = StatisticsMessage.pairs(sums.layout().statistics());
        double[] values = sums.values();
        ByteBuffer out = ByteBuffer.allocate(Math.addExact(HEADER + text.length + pairs.length,
                Math.multiplyExact(Double.BYTES, values.length)));
        out.putInt(FORMAT).put((byte) (sums.perImage() ? 1 : 0))
                .put(StatisticsMessage.flags(sums.layout().statistics())).putInt(sums.rows()).putInt(sums.classes())
                .putInt(sums.layout().terms()).putInt(text.length).put(text).put(pairs);
        out.asDoubleBuffer().put(values);
        return out.array();
    }

    /** Reads what {@link #bytes} gives; all lengths are checked before memory is taken. */
    static SumsMessage read(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message);
        if (message.length < HEADER || in.getInt() != FORMAT) {
            throw new IllegalArgumentException(message.length + " bytes are no class sums of this version");
        }
        int isPerImage = in.get();
        byte flags = in.get();
        int rows = in.getInt();
        int classes = in.getInt();
        int terms = in.getInt();
        int textLength = in.getInt();
        String wrong = message.length + " bytes do not hold " + rows + " rows of sums of " + classes + " classes and "
                + terms + " pixel terms";
        boolean perImage = isPerImage == 1;
        if (!perImage && (isPerImage != 0 || rows != 1) || rows < 1 || classes < 1 || terms < 0 || textLength < 0
                || textLength > in.remaining()) {
            throw new IllegalArgumentException(wrong);
        }
        String text = text(in.slice(HEADER, textLength));
        in.position(HEADER + textLength);
        Statistics statistics;
        try {
            statistics = StatisticsMessage.read(flags, classes, in);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException(wrong, e);
        }
        // In double, which no product of such numbers overflows.
        double width = (4.0 + (statistics.squares() ? 1 : 0) + (statistics.distances() ? 1 : 0)) * classes
                + statistics.pairs().size() + (statistics.pixels() ? 1 : 0) + terms;
        if (Double.BYTES * width * rows != in.remaining()) {
            throw new IllegalArgumentException(wrong);
        }
        double[] values = new double[in.remaining() / Double.BYTES];
        in.asDoubleBuffer().get(values);
        return new SumsMessage(text, new Sums(perImage, rows, new SumsLayout(classes, statistics, terms), values));
    }

    private static String text(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("class sums whose text is no UTF-8", e);
        }
    }
}
