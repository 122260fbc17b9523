package org.segloss4j.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.segloss4j.Losses;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.data.ImageSize;

class UNetTest {

    private static ComputationGraph network(UNet unet, ImageSize size, int classes, long seed) {
        ComputationGraph network = new ComputationGraph(unet.configuration(size, classes, Losses.jaccard(), 0.01, 10,
                seed));
        network.init();
        return network;
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 5, 7, 2", "2, 3, 6, 4, 3", "3, 2, 8, 12, 4", "4, 1, 16, 8, 2"})
    void givesProbabilitiesOfTheImagesSize(int levels, int filters, int width, int height, int classes) {
        UNet unet = new UNet(levels, filters);
        assertThat(unet.factor()).isEqualTo((int) Math.pow(2, levels - 1));
        INDArray out = network(unet, new ImageSize(width, height), classes, 1)
                .outputSingle(Nd4j.rand(2, height, width, 3));
        assertThat(out.shape()).containsExactly(2, height, width, classes);
        assertThat(out.sum(-1).sub(1).amaxNumber().doubleValue()).isLessThan(1e-5);
    }

    @Test
    void doublesTheFiltersOfEachLevel() {
        ComputationGraph network = network(new UNet(3, 2), new ImageSize(8, 8), 2, 1);
        assertThat(network.getLayer("down0-convolution").getParam("W").shape()).containsExactly(2, 3, 3, 3);
        assertThat(network.getLayer("down2-convolution").getParam("W").shape()).containsExactly(8, 4, 3, 3);
        assertThat(network.getLayer("joined0-convolution").getParam("W").shape()).containsExactly(2, 4, 3, 3);
    }

    @Test
    void theSeedMakesTheWeights() {
        ImageSize size = new ImageSize(8, 8);
        INDArray weights = network(new UNet(2, 2), size, 2, 3).params();
        assertThat(network(new UNet(2, 2), size, 2, 3).params()).isEqualTo(weights);
        assertThat(network(new UNet(2, 2), size, 2, 4).params()).isNotEqualTo(weights);
    }

    /** Cross-entropy by DL4J's layer behind {@link ChannelsFirst}, and by this library's, for the same network. */
    @Test
    void theLayerOfDl4jGetsTheSameNetworkAndGivesTheRightScore() {
        UNet unet = new UNet(2, 3);
        ImageSize size = new ImageSize(6, 4);
        int classes = 3;
        int pixels = (int) size.pixels();
        ComputationGraph ours = new ComputationGraph(unet.configuration(size, classes,
                Losses.categoricalCrossEntropy(), 0.01, 10, 7));
        ComputationGraph theirs = new ComputationGraph(unet.configuration(size, classes, new LossMCXENT(), 0.01, 10,
                7));
        ours.init();
        theirs.init();
        assertThat(theirs.params()).isEqualTo(ours.params());

        INDArray images = Nd4j.rand(2, 4, 6, 3);
        int[] labels = new int[2 * pixels];
        float[] oneHot = new float[classes * labels.length];
        for (int k = 0; k < labels.length; k++) {
            labels[k] = k * k % 7 % classes;
            oneHot[(k / pixels * classes + labels[k]) * pixels + k % pixels] = 1;
        }
        ours.setInput(0, images);
        ours.setLabels(Nd4j.createFromArray(labels).reshape(2, 4, 6));
        theirs.setInput(0, images);
        theirs.setLabels(Nd4j.createFromArray(oneHot).reshape(2, classes, 4, 6));
        ours.computeGradientAndScore();
        theirs.computeGradientAndScore();
        // DL4J's score is the sum over the pixels of an example, ours the mean over all pixels.
        double factor = theirs.score() / ours.score();
        assertThat(factor).isGreaterThan(1);
        // Not all of them: the running means of batch normalisation are parameters whose gradient is not the loss's.
        for (String parameter : List.of("down0-convolution_W", "down1-convolution_W", "joined0_gamma", "logits_W",
                "logits_b")) {
            INDArray expected = ours.gradient().getGradientFor(parameter).mul(factor);
            assertThat(expected.norm2Number().doubleValue()).as(parameter).isGreaterThan(1e-3);
            assertThat(theirs.gradient().getGradientFor(parameter).sub(expected).norm2Number().doubleValue())
                    .as(parameter).isLessThan(1e-4 * expected.norm2Number().doubleValue());
        }
        assertThat(theirs.outputSingle(images).permute(0, 2, 3, 1).sub(ours.outputSingle(images)).amaxNumber()
                .doubleValue()).isLessThan(1e-6);
    }

    @Test
    void complains() {
        assertThatThrownBy(() -> new UNet(0, 8)).isInstanceOf(UserException.class)
                .hasMessage("--levels is 0, but must be from 1 to 8");
        assertThatThrownBy(() -> new UNet(3, 0)).isInstanceOf(UserException.class)
                .hasMessage("--filters is 0, but must be from 1 to 1024");
    }
}
