package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.Sums;

/** With index labels a loss of distances runs in the kernels of plain losses, and nobody sees it. */
class IndexLabelDistancesTest {

    private static final ReferenceBackend REFERENCE = new ReferenceBackend();
    private static final LossSpec SPEC = new LossSpec(
            List.of(new RegionTerm(1, new RandomSpec.DistanceDice(), ClassSelection.ALL, true)), List.of(), null, null);

    static Stream<LossBackend> backends() {
        return Stream.concat(Stream.of(new CpuBackend()), HostBackends.ifAvailable());
    }

    private static Batch batch(Activation activation, Labels.Kind kind) {
        Random random = new Random(5);
        Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, 97), random::nextGaussian);
        Tensor labels = kind == Labels.Kind.INDEX
                ? TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1, 97), () -> random.nextInt(3))
                : TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, 97), random::nextDouble);
        return new Batch(logits, activation, new Labels(kind, labels), null);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void sumsAndGradientAreThoseOfTheReference(LossBackend backend) {
        Batch batch = batch(Activation.SOFTMAX, Labels.Kind.INDEX);
        Sums expected = REFERENCE.sums(Job.sums(SPEC, batch, true));
        Sums sums = backend.sums(Job.sums(SPEC, batch, true));
        assertThat(sums.layout()).isEqualTo(expected.layout());
        for (int c = 0; c < 3; c++) {
            assertThat(sums.distance(1, c)).isCloseTo(expected.distance(1, c), offset(1e-4));
        }
        Tensor gradient = TestTensors.packed(ElementType.FLOAT, 2, 3, 97);
        Job job = Job.gradient(SPEC, batch, 1, gradient);
        Coefficients table = job.coefficients(sums);
        assertThat(table.distance(0, 0)).isNotZero();
        backend.gradient(job, table, 0);
        double[] whole = Outcome.of(REFERENCE, SPEC, batch, TestTensors.packed(ElementType.FLOAT, 2, 3, 97)).gradient();
        assertThat(TestTensors.values(gradient)).usingComparatorWithPrecision(1e-6).containsExactly(whole);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void onlyIndexLabelsOfProbabilitiesFollow(LossBackend backend) {
        Job indexed = Job.sums(SPEC, batch(Activation.SOFTMAX, Labels.Kind.INDEX), true);
        assertThat(indexed.withoutDistances().spec().isPlain()).isTrue();
        for (Batch other : List.of(batch(Activation.SOFTMAX, Labels.Kind.DENSE),
                batch(Activation.IDENTITY, Labels.Kind.INDEX))) {
            Job job = Job.sums(SPEC, other, true);
            assertThat(job.withoutDistances()).isSameAs(job);
            assertThat(backend.sums(job).distance(0, 1))
                    .isCloseTo(REFERENCE.sums(job).distance(0, 1), offset(1e-4));
        }
    }
}
