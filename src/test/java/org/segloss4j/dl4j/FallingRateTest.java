package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.learning.config.Adam;
import org.segloss4j.Losses;
import org.segloss4j.dl4j.FallingRate.Curve;

class FallingRateTest {

    /** The curves by hand: a tenth of the way, half of it, the end, and beyond. */
    @ParameterizedTest
    @CsvSource({"CONSTANT, 0.2, 0.2, 0.2, 0.2", "EXPONENTIAL, 0.2, 0.148227, 0.0447214, 0.01",
        "COSINE, 0.2, 0.195106, 0.1, 0", "STEP, 0.2, 0.2, 0.02, 0.002"})
    void fallsAlongItsCurve(Curve curve, double first, double tenth, double half, double last) {
        FallingRate rate = new FallingRate(curve, 0.2, 90, 0);
        assertThat(rate.valueAt(0, 0)).isCloseTo(first, within(1e-6));
        assertThat(rate.valueAt(9, 0)).isCloseTo(tenth, within(1e-6));
        assertThat(rate.valueAt(45, 0)).isCloseTo(half, within(1e-6));
        assertThat(rate.valueAt(90, 0)).isCloseTo(last, within(1e-6));
        assertThat(rate.valueAt(200, 3)).isCloseTo(last, within(1e-6));
    }

    @Test
    void warmsUpFirst() {
        FallingRate rate = new FallingRate(Curve.COSINE, 0.4, 13, 3);
        assertThat(rate.valueAt(0, 0)).isCloseTo(0.1, within(1e-12));
        assertThat(rate.valueAt(2, 0)).isCloseTo(0.3, within(1e-12));
        assertThat(rate.valueAt(3, 0)).isEqualTo(0.4);
        assertThat(rate.valueAt(8, 0)).isCloseTo(0.2, within(1e-12));
    }

    @Test
    void isSavedWithTheNetwork() {
        FallingRate rate = new FallingRate(Curve.STEP, 0.3, 60, 5);
        MultiLayerConfiguration configuration = new NeuralNetConfiguration.Builder().updater(new Adam(rate)).list()
                .layer(new ConvolutionLayer.Builder(1, 1).nIn(3).nOut(2).build())
                .layer(new SegmentationLossLayer.Builder(Losses.dice()).build()).build();
        MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(configuration.toJson());
        Adam updater = (Adam) ((BaseLayer) read.getConf(0).getLayer()).getIUpdater();
        assertThat(updater.getLearningRateSchedule()).isEqualTo(rate).hasToString(rate.toString());
    }

    @Test
    void refusesWhatIsNoSchedule() {
        assertThatIllegalArgumentException().isThrownBy(() -> new FallingRate(Curve.STEP, 0, 1, 0))
                .withMessage("the rate is 0.0, but must be above 0 and finite");
        assertThatIllegalArgumentException().isThrownBy(() -> new FallingRate(Curve.STEP, 1, 4, 4))
                .withMessage("a warm-up of 4 steps is not shorter than the training of 4");
    }
}
