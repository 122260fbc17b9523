package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** A sum of losses tells what each of them adds. */
class LossTermsTest {

    private static final SegmentationLoss SUM = Losses.dice().times(2).plus(Losses.categoricalCrossEntropy())
            .plus(Losses.jaccard().perImage(true).times(0.5)).plus(Losses.categoricalFocal().times(3))
            .plus(Losses.dice().beta(2)).ignoreIndex(2);
    private static final SegmentationLoss OF_PIXELS = Losses.categoricalCrossEntropy().times(4)
            .plus(Losses.categoricalFocal());

    private static SegmentationBatch batch(DataType type, int from, int to) {
        INDArray logits = Nd4j.createFromArray(new Random(1).doubles(4 * 3 * 30, -2, 2).toArray()).reshape(4, 3, 30);
        INDArray labels = Nd4j.createFromArray(new Random(2).ints(120, 0, 3).toArray()).reshape(4, 30);
        var examples = org.nd4j.linalg.indexing.NDArrayIndex.interval(from, to);
        return SegmentationBatch.predictions(logits.get(examples).dup('c').castTo(type))
                .labels(labels.get(examples).dup('c')).activation(Activation.SOFTMAX);
    }

    private enum Kind {
        REFERENCE(new ReferenceBackend()), CPU(new CpuBackend());

        private final LossBackend backend;

        Kind(LossBackend backend) {
            this.backend = backend;
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void eachTermIsTheLossByItself(Kind kind) {
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            double error = type == DataType.DOUBLE ? 1e-12 : 1e-5;
            SegmentationBatch batch = batch(type, 0, 4);
            for (SegmentationLoss sum : List.of(SUM, OF_PIXELS, Losses.dice(),
                    Losses.binaryCrossEntropy().plus(Losses.dice()).ignoreIndex(2))) {
                Summands value = LossInternals.call(sum, batch, kind.backend).enqueueValueAndGradient(1,
                        Nd4j.create(type, batch.arrays().predictions().shape()), true, null);
                Map<String, Double> terms = sum.definition().byTerm(value.terms());
                assertThat(terms.keySet()).containsExactlyElementsOf(sum.termNames());
                int k = 0;
                double all = 0;
                for (double term : terms.values()) {
                    SegmentationLoss alone = alone(sum, k++);
                    assertThat(term).as(alone.name()).isCloseTo(alone.value(batch), offset(error));
                    all += term;
                }
                assertThat(all).isCloseTo(value.getAsDouble(), offset(1e-14));
                assertThat(sum.terms(batch).keySet()).isEqualTo(terms.keySet());
            }
        }
    }

    private static SegmentationLoss alone(SegmentationLoss sum, int term) {
        SegmentationLoss[] parts = sum.equals(SUM) ? new SegmentationLoss[] {Losses.dice().times(2),
                Losses.categoricalCrossEntropy(), Losses.jaccard().perImage(true).times(0.5),
                Losses.categoricalFocal().times(3), Losses.dice().beta(2)}
                : sum.equals(OF_PIXELS) ? new SegmentationLoss[] {Losses.categoricalCrossEntropy().times(4),
                    Losses.categoricalFocal()}
                : new SegmentationLoss[] {Losses.binaryCrossEntropy(), Losses.dice()};
        SegmentationLoss part = sum.termNames().size() == 1 ? sum : parts[term];
        return sum.ignoreIndex() == null ? part : part.ignoreIndex(sum.ignoreIndex());
    }

    @Test
    void namesAreThoseOfTheLosses() {
        assertThat(SUM.termNames()).containsExactly("dice_loss", "categorical_crossentropy", "jaccard_loss",
                "focal_loss", "dice_loss_2");
        assertThat(Losses.dice().named("mine").termNames()).containsExactly("dice_loss");
    }

    @Test
    void theyComeWithValueAndGradientAndWithSums() {
        SegmentationBatch batch = batch(DataType.DOUBLE, 0, 4);
        Map<String, Double> terms = SUM.terms(batch);
        LossResult result = SUM.valueAndGradient(batch);
        assertThat(result.terms()).containsExactlyEntriesOf(terms);
        assertThat(result.value()).isEqualTo(SUM.value(batch));
        LossValue later = SUM.enqueueValueAndGradient(batch, 1, result.gradient());
        assertThat(later.terms()).containsExactlyEntriesOf(terms);
        assertThat(later.getAsDouble()).isEqualTo(result.value());
        ClassSums sums = SUM.sums(batch(DataType.DOUBLE, 0, 1)).merge(SUM.sums(batch(DataType.DOUBLE, 1, 4)));
        SUM.terms(sums).forEach((name, value) -> assertThat(value).isCloseTo(terms.get(name), offset(1e-12)));
    }
}
