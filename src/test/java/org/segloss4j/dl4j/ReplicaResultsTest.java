package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.segloss4j.ClassSums;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.evaluation.CalibrationEvaluation;
import org.segloss4j.evaluation.OutcomeEvaluation;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.Parts;
import org.segloss4j.replicas.ReplicaException;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.LabelCounting;

/** What replicas find in their shares is what one finds in all. */
class ReplicaResultsTest {

    private static final SegmentationLoss LOSS = Losses.dice().perImage(true)
            .plus(Losses.categoricalFocal().times(0.3));

    private static SegmentationBatch batch(int k) {
        INDArray features = SmallNetworks.features(1, k);
        INDArray logits = Nd4j.concat(1, features, features.mul(-2));
        return SegmentationBatch.predictions(logits).labels(labels(k))
                .activation(Activation.SOFTMAX);
    }

    private static INDArray labels(int k) {
        return SmallNetworks.features(1, k).get(NDArrayIndex.all(), NDArrayIndex.point(0)).gt(0)
                .castTo(DataType.INT32);
    }

    /** Evaluation, counts and sums of a data set of 3 examples in 4 parts. */
    private record Found(SegmentationEvaluation evaluation, OutcomeEvaluation outcomes,
                         CalibrationEvaluation calibration, ClassCounts counts, ClassSums sums) {

        static Found by(int size) {
            return LocalReplicas.run(size, ReplicatedTraining.TIMEOUT, replicas -> {
                Parts parts = Parts.of(4, replicas.rank(), size);
                SegmentationEvaluation evaluation = new SegmentationEvaluation(4);
                OutcomeEvaluation outcomes = OutcomeEvaluation.multiClass(4);
                CalibrationEvaluation calibration = CalibrationEvaluation.multiClass(4);
                ClassCounts counts = LabelCounting.classes(4).none();
                List<ClassSums> all = new ArrayList<>();
                for (int p = parts.first(); p < parts.end(); p++) {
                    ClassSums sums = null;
                    // 3 examples: the first part is empty.
                    for (int k = parts.begin(p, 3); k < parts.begin(p + 1, 3); k++) {
                        evaluation.eval(batch(k));
                        outcomes.eval(batch(k));
                        calibration.eval(batch(k));
                        counts = counts.addIndices(labels(k));
                        ClassSums next = LOSS.sums(batch(k));
                        sums = sums == null ? next : sums.merge(next);
                    }
                    all.add(sums);
                }
                return new Found(ReplicaResults.evaluation(replicas, evaluation),
                        ReplicaResults.evaluation(replicas, outcomes), ReplicaResults.evaluation(replicas, calibration),
                        ReplicaResults.counts(replicas, counts), ReplicaResults.sums(replicas, all));
            }).get(size - 1);
        }
    }

    @Test
    void anyNumberOfReplicasFindsTheSame() {
        Found one = Found.by(1);
        assertThat(one.evaluation.total()).isEqualTo(3 * 30);
        assertThat(one.outcomes.images()).isEqualTo(3);
        assertThat(one.calibration.total(0)).isEqualTo(3 * 30);
        assertThat(one.counts.images()).isEqualTo(3);
        assertThat(one.sums.rows()).isEqualTo(3);
        assertThat(Found.by(2)).isEqualTo(one);
        assertThat(Found.by(4)).isEqualTo(one);
    }

    @Test
    void otherSettingsAreNamedWithTheRank() {
        assertThatThrownBy(() -> LocalReplicas.run(2, ReplicatedTraining.TIMEOUT, replicas ->
                ReplicaResults.evaluation(replicas, new SegmentationEvaluation(3 + replicas.rank()))))
                .isInstanceOf(ReplicaException.class).hasMessageContaining("evaluation of replica ")
                .hasMessageContaining(" classes cannot be merged into one of ").hasMessageNotContaining("\n");
        assertThatThrownBy(() -> LocalReplicas.run(2, ReplicatedTraining.TIMEOUT, replicas ->
                ReplicaResults.counts(replicas, LabelCounting.classes(3 + replicas.rank()).none())))
                .isInstanceOf(ReplicaException.class).hasMessageContaining("class count of replica 1")
                .hasMessageContaining("4 classes");
    }
}
