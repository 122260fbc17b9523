package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.Backends;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.Sums;

class BreakEvenCommandTest {

    private static final LossBackend REFERENCE = new ReferenceBackend();

    /** Nanoseconds; only the slow backends take any, so that the machine's load does not matter. */
    private long now;

    /** The reference, made slower by a time per call and a time per logit, in microseconds. */
    private LossBackend slow(double call, double logit, double error) {
        return new LossBackend() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public Sums sums(Job job) {
                Sums sums = REFERENCE.sums(job);
                Batch other = new Batch(job.batch().predictions(), Activation.IDENTITY, job.batch().labels(), null);
                return error == 0 ? sums : sums.merge(REFERENCE.sums(Job.sums(job.spec(), other, job.perImage())));
            }

            @Override
            public void gradient(Job job, Coefficients coefficients, int firstRow) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Summands enqueueValueAndGradient(Job job) {
                Tensor p = job.batch().predictions();
                now += (long) (1000 * (call + logit * p.pixels() * p.channels()));
                double value = job.value(REFERENCE.sums(job));
                return Summands.of(value);
            }

            @Override
            public long[] confusion(Batch batch, Integer ignoreIndex, double threshold) {
                throw new UnsupportedOperationException();
            }
        };
    }

    /** Where 5000 + 0·n microseconds meet 0 + 2·n. */
    @Test
    void findsWhereTheLinesCross() {
        StringWriter text = new StringWriter();
        BreakEvenCommand.print(new BreakEven(slow(0, 2, 0), slow(5000, 0, 0), 2, () -> now), 2, 8192,
                new PrintWriter(text));
        assertThat(text.toString()).contains("classes: 2, medians of loss and gradient on arrays of the host")
                .containsPattern("logits +cpu ms +cuda ms +cpu / cuda").containsPattern("\n1024 ")
                .endsWith("\ncuda is faster from there on: -D" + Backends.THRESHOLD + "=4096"
                        + System.lineSeparator());
    }

    @Test
    void saysThatCudaIsNeverFaster() {
        StringWriter text = new StringWriter();
        BreakEvenCommand.print(new BreakEven(REFERENCE, slow(20_000, 0, 0), 3, () -> now), 3, 1500,
                new PrintWriter(text));
        assertThat(text.toString()).endsWith("\ncuda is not faster up to 1023 logits: leave -D" + Backends.THRESHOLD
                + " unset" + System.lineSeparator());
    }

    @Test
    void backendsThatDisagreeAreNotTimed() {
        assertThatThrownBy(() -> new BreakEven(REFERENCE, slow(0, 0, 1), 3).measure(100))
                .isInstanceOf(UserException.class).hasMessageContaining("the loss of 300 logits is ")
                .hasMessageContaining(" by reference, but ").hasMessageEndingWith(" by slow");
    }

    @ParameterizedTest
    @CsvSource({"'9 9 9', ''", "'1 1 1', 0", "'9 1 1', 1", "'1 9 1', 2", "'1 1 9', ''", "'5 1 1', 1"})
    void fromThereOnCudaIsAlwaysFaster(String cuda, String from) {
        String[] times = cuda.split(" ");
        List<BreakEven.Row> rows = IntStream.range(0, times.length)
                .mapToObj(k -> new BreakEven.Row(k, 5, Double.parseDouble(times[k]))).toList();
        assertThat(BreakEven.of(rows).stream().mapToObj(Long::toString).toList())
                .isEqualTo(from.isEmpty() ? List.of() : List.of(from));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "--classes=1 | --classes is 1, but must be 2 to 256",
            "--classes=257 | --classes is 257, but must be 2 to 256",
            "--activation=tanh | --activation is tanh, but must be softmax or sigmoid",
            "--activation=sigmoid --classes=3 | --activation sigmoid has one channel, which tells 2 classes apart, but"
                    + " there are 3; use softmax",
            "--largest=1023 | --largest is 1023, but must be at least 1024"})
    void errorsAreOneLine(String argument, String complaint) {
        CommandRun run = CommandRun.of(Stream.concat(Stream.of("break-even"), Stream.of(argument.split(" ")))
                .toArray());
        assertThat(run.complaints()).containsExactly("segloss4j: " + complaint);
        assertThat(run.code()).isEqualTo(2);
    }

    @Test
    void withoutCudaItSaysWhy() {
        String cause = Backends.availability().get(0).cause();
        org.junit.jupiter.api.Assumptions.assumeTrue(cause != null, "there is a GPU here");
        CommandRun run = CommandRun.of("break-even");
        assertThat(run.complaints()).containsExactly(
                "segloss4j: there is nothing to compare: cuda is not available: " + cause);
        assertThat(run.code()).isEqualTo(1);
    }
}
