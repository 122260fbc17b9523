package org.segloss4j;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.segloss4j.internal.math.LossSums;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;
import org.segloss4j.internal.math.Statistics;
import org.segloss4j.internal.math.Sums;
import org.segloss4j.internal.math.SumsLayout;

/**
 * Class sums as bytes, which may come from anybody.
 *
 * @param signature what was summed
 * @param all       the numbers
 */
record SumsMessage(String signature, LossSums all) {

    /** The first four bytes of a message: "SUM" and the version of its format. */
    private static final int FORMAT = 'S' << 24 | 'U' << 16 | 'M' << 8 | 1;
    /** The bytes before the text: format, kind of rows, and four numbers. */
    private static final int HEADER = 22;

    byte[] bytes() {
        Sums sums = all.own();
        byte[] text = signature.getBytes(StandardCharsets.UTF_8);
        byte[] pairs = StatisticsMessage.pairs(sums.layout().statistics());
        int numbers = sums.values().length;
        for (Sums other : all.others().values()) {
            numbers = Math.addExact(numbers, other.values().length);
        }
        ByteBuffer out = ByteBuffer.allocate(Math.addExact(HEADER + text.length + pairs.length,
                Math.multiplyExact(Double.BYTES, numbers)));
        out.putInt(FORMAT).put((byte) (sums.perImage() ? 1 : 0))
                .put(StatisticsMessage.flags(sums.layout().statistics(), all.others().keySet()))
                .putInt(sums.rows()).putInt(sums.classes())
                .putInt(sums.layout().terms()).putInt(text.length).put(text).put(pairs);
        DoubleBuffer values = out.asDoubleBuffer().put(sums.values());
        all.others().values().forEach(other -> values.put(other.values()));
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
        Set<OtherLabels> kinds = StatisticsMessage.others(flags);
        Statistics statistics;
        try {
            statistics = StatisticsMessage.read(flags, classes, in);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException(wrong, e);
        }
        // In double, which no product of such numbers overflows.
        double width = (4.0 + (statistics.squares() ? 1 : 0) + (statistics.distances() ? 1 : 0)) * classes
                + statistics.pairs().size() + (statistics.pixels() ? 1 : 0) + terms + 4.0 * classes * kinds.size();
        if (Double.BYTES * width * rows != in.remaining()) {
            throw new IllegalArgumentException(wrong);
        }
        DoubleBuffer values = in.asDoubleBuffer();
        Sums own = sums(perImage, rows, new SumsLayout(classes, statistics, terms), values);
        Map<OtherLabels, Sums> others = new EnumMap<>(OtherLabels.class);
        kinds.forEach(kind -> others.put(kind, sums(perImage, rows, LossSums.layoutOfOthers(classes), values)));
        return new SumsMessage(text, new LossSums(own, others));
    }

    private static Sums sums(boolean perImage, int rows, SumsLayout layout, DoubleBuffer in) {
        double[] values = new double[rows * layout.width()];
        in.get(values);
        return new Sums(perImage, rows, layout, values);
    }

    private static String text(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("class sums whose text is no UTF-8", e);
        }
    }
}
