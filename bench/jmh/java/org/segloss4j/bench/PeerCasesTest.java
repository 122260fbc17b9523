package org.segloss4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.core.type.TypeReference;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.segloss4j.LossInternals;
import org.segloss4j.LossResult;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** The numbers that the formulas of other frameworks are checked with before they are timed are those of this one. */
class PeerCasesTest {

    /** What compare.py reads. Logits are [N, C, H, W], labels class indices [N, H, W]. */
    private record Case(String loss, long[] shape, double[] logits, int[] labels, double value, double[] gradient) {

        @Override
        public String toString() {
            return loss + " " + Arrays.toString(shape);
        }
    }

    static List<Case> cases() throws IOException {
        return new ObjectMapper().readValue(Path.of("bench/pytorch/cases.json").toFile(),
                new TypeReference<List<Case>>() { });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void areOurs(Case peer) {
        long[] shape = peer.shape();
        INDArray logits = Nd4j.create(peer.logits(), shape, DataType.DOUBLE);
        INDArray labels = Nd4j.createFromArray(peer.labels()).reshape(shape[0], shape[2], shape[3]);
        LossResult ours = LossInternals.valueAndGradient(Problem.valueOf(peer.loss().toUpperCase(Locale.ROOT))
                .loss((int) shape[1]), SegmentationBatch.predictions(logits).labels(labels)
                .activation(shape[1] == 1 ? Activation.SIGMOID
                        : Activation.SOFTMAX), new ReferenceBackend());
        assertThat(ours.value()).isCloseTo(peer.value(), within(1e-12));
        assertThat(ours.gradient().dup('c').data().asDouble()).containsExactly(peer.gradient(), within(1e-12));
    }
}
