package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;

/** The values by hand that segmentation_models tests its metrics and losses with, on pictures of 3 by 3 pixels. */
class UpstreamTablesTest {

    private static final double SMOOTH = 1e-11;

    /** A truth, a prediction, and what each score of the two is. */
    private record Row(String truth, String prediction, double iou, double f1, double f2, double precision,
                       double recall) {
    }

    private static final List<Row> TABLE = List.of(
            new Row("11.11....", "11.11....", 1, 1, 1, 1, 1),
            new Row("11.11....", "...11....", 1 / 2.0, 2 / 3.0, 5 / 9.0, 1, 1 / 2.0),
            new Row("11.11....", "...11.11.", 1 / 3.0, 1 / 2.0, 1 / 2.0, 1 / 2.0, 1 / 2.0),
            new Row("11.11....", "......1..", 0, 0, 0, 0, 0),
            // Nothing to find: recall is 0/0, which the smoothing makes 1.
            new Row(".........", "...11....", 0, 0, 0, 0, 1));

    static Stream<Arguments> cases() {
        return TABLE.stream().flatMap(row -> Stream.of(new ReferenceBackend(), new CpuBackend())
                .flatMap(backend -> Stream.of(false, true).map(last -> Arguments.of(row, backend, last))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void metricsAndLossesHaveTheValuesByHand(Row row, LossBackend backend, boolean channelsLast) {
        SegmentationBatch first = SegmentationBatch.predictions(picture(row.prediction(), channelsLast))
                .labels(picture(row.truth(), channelsLast));
        SegmentationBatch batch = channelsLast ? first.channelsLast() : first;

        check(Metrics.iou(), batch, backend, row.iou());
        check(Metrics.fScore(1), batch, backend, row.f1());
        check(Metrics.fScore(2), batch, backend, row.f2());
        check(Metrics.precision(), batch, backend, row.precision());
        check(Metrics.recall(), batch, backend, row.recall());
        check(Losses.jaccard(), batch, backend, 1 - row.iou());
        check(Losses.dice(), batch, backend, 1 - row.f1());
    }

    private static void check(SegmentationMetric metric, SegmentationBatch batch, LossBackend backend, double value) {
        assertThat(LossInternals.value(metric.smooth(SMOOTH), batch, backend)).as(metric.name())
                .isCloseTo(value, within(1e-10));
    }

    private static void check(SegmentationLoss loss, SegmentationBatch batch, LossBackend backend, double value) {
        assertThat(LossInternals.value(loss.smooth(SMOOTH), batch, backend)).as(loss.name())
                .isCloseTo(value, within(1e-10));
    }

    private static INDArray picture(String pixels, boolean channelsLast) {
        float[] values = new float[9];
        for (int k = 0; k < 9; k++) {
            values[k] = pixels.charAt(k) == '1' ? 1 : 0;
        }
        return Nd4j.createFromArray(values).reshape(channelsLast ? new long[] {1, 3, 3, 1} : new long[] {1, 1, 3, 3});
    }
}
