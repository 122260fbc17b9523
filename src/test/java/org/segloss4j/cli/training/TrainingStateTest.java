package org.segloss4j.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.segloss4j.cli.report.EpochScores;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** What a training is gone on from: the counts of its batches, too. */
class TrainingStateTest {

    private static SegmentationEvaluation counts(long... confusion) {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(2);
        evaluation.add(confusion);
        return evaluation;
    }

    private static TrainingState begun() {
        return TrainingState.start(Map.of("loss", "dice")).judged(new EpochScores(0, Double.NaN, 0.9,
                counts(1, 0, 2, 3), Map.of("dice_loss", 0.9), null));
    }

    @Test
    void countsOfStepsAddUpAndAreOverWithTheEpoch() {
        SegmentationEvaluation first = counts(1, 2, 3, 4);
        TrainingState state = begun().stepDone(new Learning.Step(2, 0.5)).counted(first)
                .stepDone(new Learning.Step(1, 0.25)).counted(counts(10, 0, 0, 5));
        assertThat(state.training()).isEqualTo(counts(11, 2, 3, 9));
        assertThat(first).as("is not changed").isEqualTo(counts(1, 2, 3, 4));
        TrainingState next = state.judged(new EpochScores(1, state.meanLoss(), 0.4, counts(5, 0, 0, 1), Map.of(),
                state.training()));
        assertThat(next.training()).isNull();
        assertThat(next.scores().get(1).training()).isEqualTo(counts(11, 2, 3, 9));
    }

    @Test
    void jsonKeepsThem() throws IOException {
        TrainingState state = begun().stepDone(new Learning.Step(2, 0.5)).counted(counts(1, 2, 3, 4));
        assertThat(TrainingState.fromJson(state.toJson())).isEqualTo(state);
        TrainingState later = state.judged(new EpochScores(1, 0.5, 0.4, counts(5, 0, 0, 1), Map.of(),
                state.training())).done();
        assertThat(TrainingState.fromJson(later.toJson())).isEqualTo(later);
    }

    /** As of a state that an earlier version wrote in the middle of an epoch. */
    @Test
    void anEpochOfWhichStepsWereNotCountedLacksCounts() throws IOException {
        TrainingState earlier = TrainingState.fromJson(begun().stepDone(new Learning.Step(2, 0.5)).toJson());
        assertThat(earlier.steps()).isOne();
        assertThat(earlier.training()).isNull();
        assertThat(earlier.lacksCounts()).isTrue();
        assertThat(begun().lacksCounts()).isFalse();
    }
}
