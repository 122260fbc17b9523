package org.segloss4j.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.report.TextTable;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.loss.LossCall;
import org.segloss4j.internal.loss.LossDefinition;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.nd4j.ArrayBatch;
import org.segloss4j.internal.nd4j.RowOrder;

/** Times the CPU against a GPU on arrays of the host: Jaccard loss and gradient, logits FLOAT, labels UINT8. */
final class BreakEven {

    private static final int WARM_UPS = 4;
    private static final int RUNS = 15;
    private static final LossSpec LOSS = new LossDefinition(LossKind.JACCARD).spec();

    private final LossBackend cpu;
    private final LossBackend cuda;
    private final int channels;
    private final LongSupplier clock;

    /**
     * Times nothing yet.
     *
     * @param channels one per class, under a softmax, or a single one under a sigmoid
     */
    BreakEven(LossBackend cpu, LossBackend cuda, int channels) {
        this(cpu, cuda, channels, System::nanoTime);
    }

    /** Reads the time, in nanoseconds, from a clock. */
    BreakEven(LossBackend cpu, LossBackend cuda, int channels, LongSupplier clock) {
        this.cpu = cpu;
        this.cuda = cuda;
        this.channels = channels;
        this.clock = clock;
    }

    /**
     * Medians for one size.
     *
     * @param logits C·S
     * @param cpu    milliseconds
     * @param cuda   milliseconds
     */
    record Row(long logits, double cpu, double cuda) {

        List<String> cells() {
            return List.of(Long.toString(logits), TextTable.number(cpu), TextTable.number(cuda),
                    String.format(Locale.ROOT, "%.2f", cpu / cuda));
        }
    }

    /**
     * Times one size, the backends taking turns.
     *
     * @param pixels S
     * @throws UserException if they do not agree on the loss
     */
    Row measure(long pixels) {
        ArrayBatch batch = new ArrayBatch(
                Nd4j.rand(DataType.FLOAT, 1, pixels).muli(Math.max(2, channels)).castTo(DataType.UINT8),
                Nd4j.randn(DataType.FLOAT, 1, channels, pixels), null,
                channels == 1 ? new ActivationSigmoid() : new ActivationSoftmax(), false, RowOrder.EXAMPLES);
        double expected = new LossCall(LOSS, batch, cpu).value();
        double value = new LossCall(LOSS, batch, cuda).value();
        if (!(Math.abs(value - expected) <= 1e-4)) {
            throw new UserException("the loss of " + channels * pixels + " logits is " + expected + " by " + cpu.name()
                    + ", but " + value + " by " + cuda.name());
        }
        double[] ours = new double[RUNS];
        double[] theirs = new double[RUNS];
        for (int run = -WARM_UPS; run < RUNS; run++) {
            int at = Math.max(0, run);
            ours[at] = milliseconds(batch, cpu);
            theirs[at] = milliseconds(batch, cuda);
        }
        return new Row(channels * pixels, median(ours), median(theirs));
    }

    private double milliseconds(ArrayBatch batch, LossBackend backend) {
        long start = clock.getAsLong();
        LossCall call = new LossCall(LOSS, batch, backend);
        call.valueAndGradient(1, call.newGradient());
        return (clock.getAsLong() - start) / 1e6;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The smallest size from which on the GPU is the faster one, of sizes in ascending order. */
    static OptionalLong of(List<Row> rows) {
        OptionalLong from = OptionalLong.empty();
        for (int k = rows.size() - 1; k >= 0 && rows.get(k).cuda() < rows.get(k).cpu(); k--) {
            from = OptionalLong.of(rows.get(k).logits());
        }
        return from;
    }
}
