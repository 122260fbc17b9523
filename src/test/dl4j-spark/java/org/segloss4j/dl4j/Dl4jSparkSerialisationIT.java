package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.segloss4j.Losses;
import org.segloss4j.Metrics;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.dl4j.SmallNetworks.Head;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.weights.LabelCounting;

/** What goes to Spark's executors and comes back arrives as it was, by either of Spark's serialisers. */
class Dl4jSparkSerialisationIT {

    private static final DataSet DATA = SparkData.batch(3, 1);

    static Stream<Arguments> values() {
        List<Object> values = List.of(
                SmallNetworks.EVERY_SETTING, Metrics.iou().perImage(true).smooth(0.5),
                Head.SEGMENTATION_LOSS_LAYER.layer(), Head.CNN_LOSS_LAYER.layer(),
                SmallNetworks.configuration(Head.SEGMENTATION_LOSS_LAYER.layer()),
                SmallNetworks.configuration(Head.CNN_LOSS_LAYER.layer()),
                SmallNetworks.graphConfiguration(Head.SEGMENTATION_LOSS_LAYER.layer(), Head.CNN_LOSS_LAYER.layer()),
                Losses.dice().plus(Losses.categoricalFocal()).ignoreIndex(SmallNetworks.IGNORED).sums(batch()),
                LabelCounting.classes(SmallNetworks.CLASSES).ignoreIndex(SmallNetworks.IGNORED)
                        .ofArrays(List.of(DATA.getLabels())),
                evaluation());
        return Stream.of(SparkSerialiser.values())
                .flatMap(serialiser -> values.stream().map(value -> Arguments.of(serialiser, value)));
    }

    private static SegmentationBatch batch() {
        INDArray probabilities = SmallNetworks.network(Head.SEGMENTATION_LOSS_LAYER.layer())
                .output(DATA.getFeatures());
        return SegmentationBatch.predictions(probabilities).labels(DATA.getLabels());
    }

    private static SegmentationEvaluation evaluation() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(SmallNetworks.CLASSES)
                .ignoreIndex(SmallNetworks.IGNORED).threshold(0.25).classNames(List.of("a", "b", "c"));
        evaluation.eval(DATA.getLabels(), SmallNetworks.network(Head.SEGMENTATION_LOSS_LAYER.layer())
                .output(DATA.getFeatures()), null, null);
        assertThat(evaluation.total()).isPositive();
        return evaluation;
    }

    @ParameterizedTest
    @MethodSource("values")
    void valuesArriveAsTheyWere(SparkSerialiser serialiser, Object value) {
        assertThat(serialiser.roundTrip(value)).isEqualTo(value).hasSameHashCodeAs(value)
                .hasToString(value.toString());
    }

    @ParameterizedTest
    @EnumSource
    void batchesArriveAsTheyWere(SparkSerialiser serialiser) {
        DataSet arrived = serialiser.roundTrip(DATA);
        assertThat(arrived.getFeatures()).isEqualTo(DATA.getFeatures());
        assertThat(arrived.getLabels()).isEqualTo(DATA.getLabels());
        assertThat(arrived.getLabels().dataType()).isEqualTo(DATA.getLabels().dataType());
        assertThat(arrived.getLabelsMaskArray()).isEqualTo(DATA.getLabelsMaskArray());
    }
}
