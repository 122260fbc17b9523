package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.segloss4j.dl4j.SmallNetworks.HEIGHT;
import static org.segloss4j.dl4j.SmallNetworks.WIDTH;

import java.util.Locale;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.modelimport.keras.config.Keras2LayerConfiguration;
import org.deeplearning4j.nn.modelimport.keras.config.KerasModelConfiguration;
import org.deeplearning4j.nn.modelimport.keras.layers.KerasLoss;
import org.deeplearning4j.nn.modelimport.keras.utils.KerasLossUtils;
import org.deeplearning4j.nn.modelimport.keras.utils.KerasModelBuilder;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.indexing.BooleanIndexing;
import org.nd4j.linalg.indexing.conditions.Conditions;
import org.segloss4j.LossCases;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;

/** The losses as DL4J's import of Keras models finds them. */
class KerasLossesTest {

    private static final long PIXELS = (long) HEIGHT * WIDTH;

    @BeforeEach
    void register() {
        KerasLosses.register(PIXELS);
    }

    @AfterEach
    void leaveNothingBehind() {
        KerasLossUtils.clearCustomLoss();
    }

    static Stream<SegmentationLoss> losses() {
        return Stream.concat(LossCases.plain().stream(), LossCases.sums().values().stream())
                .filter(loss -> !loss.equals(Losses.binaryCrossEntropy())
                        && !loss.equals(Losses.categoricalCrossEntropy()));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void theImportFindsEachLossByItsName(SegmentationLoss loss) throws Exception {
        assertThat(KerasLossUtils.mapLossFunction(loss.name(), new Keras2LayerConfiguration()))
                .isEqualTo(loss.pixelsPerExample(PIXELS));
        FeedForwardLayer layer = new KerasLoss("out_loss", "out", loss.name())
                .getLossLayer(SmallNetworks.inputType());
        assertThat(layer).isInstanceOfSatisfying(CnnLossLayer.class, cnn -> {
            assertThat(cnn.getLossFn()).isEqualTo(loss.pixelsPerExample(PIXELS));
            assertThat(cnn.getActivationFn()).isEqualTo(new ActivationIdentity());
        });

        MultiLayerNetwork network = new MultiLayerNetwork(SmallNetworks.common().list().layer(SmallNetworks.hidden())
                .layer(probabilities()).layer(layer).setInputType(SmallNetworks.inputType()).build());
        network.init();
        DataSet data = withoutVoid();
        double expected = loss.value(SegmentationBatch.predictions(network.output(data.getFeatures()))
                .labels(data.getLabels()));
        assertThat(network.score(data)).isCloseTo(expected, within(1e-6));
        network.fit(data);
        assertThat(network.score()).isCloseTo(expected, within(1e-6));
    }

    /** What a Keras model ends in. */
    private static ConvolutionLayer probabilities() {
        return new ConvolutionLayer.Builder(1, 1).nOut(SmallNetworks.CLASSES)
                .activation(Activation.SIGMOID).build();
    }

    private static DataSet withoutVoid() {
        DataSet data = SmallNetworks.data(3, 1);
        BooleanIndexing.replaceWhere(data.getLabels(), 0, Conditions.equals(SmallNetworks.IGNORED));
        return data;
    }

    @Test
    void aConfiguredLossTakesThePlaceOfTheDefault() throws Exception {
        SegmentationLoss loss = Losses.jaccard().classWeights(0.5, 1, 1.5).pixelsPerExample(PIXELS);
        KerasLosses.register(loss);
        assertThat(KerasLossUtils.mapLossFunction("jaccard_loss", new Keras2LayerConfiguration())).isSameAs(loss);
        SegmentationLoss mixed = Losses.dice().named("My_Loss");
        KerasLosses.register(mixed);
        assertThat(KerasLossUtils.mapLossFunction("My_Loss", new Keras2LayerConfiguration())).isSameAs(mixed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"binary_crossentropy", "categorical_crossentropy", "Poisson"})
    void namesThatDl4jKeepsAreRefused(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> KerasLosses.register(Losses.dice().named(name)))
                .withMessageContaining(name.toLowerCase(Locale.ROOT));
    }

    @Test
    void pixelsPerExampleIsChecked() {
        assertThatIllegalArgumentException().isThrownBy(() -> KerasLosses.register(0))
                .withMessageContaining("pixelsPerExample is 0");
    }

    /** A model without weights, so that no HDF5 is needed. */
    private static ComputationGraph imported(String dataFormat) throws Exception {
        boolean last = dataFormat.equals("channels_last");
        String model = """
                {"class_name": "Model", "keras_version": "2.2.4", "backend": "%s", "config": {"name": "m",
                "layers": [
                {"name": "in", "class_name": "InputLayer", "inbound_nodes": [],
                 "config": {"batch_input_shape": [null, %s], "dtype": "float32", "sparse": false, "name": "in"}},
                {"name": "out", "class_name": "Conv2D", "inbound_nodes": [[["in", 0, 0, {}]]],
                 "config": {"name": "out", "trainable": true, "filters": 3, "kernel_size": [3, 3], "strides": [1, 1],
                  "padding": "same", "data_format": "%s", "dilation_rate": [1, 1], "activation": "sigmoid",
                  "use_bias": true, "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": null}},
                  "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": null,
                  "bias_regularizer": null, "activity_regularizer": null, "kernel_constraint": null,
                  "bias_constraint": null}}],
                "input_layers": [["in", 0, 0]], "output_layers": [["out", 0, 0]]}}
                """.formatted(last ? "tensorflow" : "theano", last ? "6, 5, 2" : "2, 6, 5", dataFormat);
        String training = """
                {"optimizer_config": {"class_name": "SGD",
                  "config": {"lr": 0.5, "momentum": 0.0, "decay": 0.0, "nesterov": false}},
                 "loss": "dice_loss", "metrics": [], "sample_weight_mode": null, "loss_weights": null}
                """;
        ComputationGraph graph = new ComputationGraph(new KerasModelBuilder(new KerasModelConfiguration())
                .modelJson(model).trainingJson(training).enforceTrainingConfig(true).buildModel()
                .getComputationGraphConfiguration());
        graph.init();
        return graph;
    }

    @Test
    void aModelCompiledWithALossTrains() throws Exception {
        ComputationGraph graph = imported("channels_first");
        DataSet data = withoutVoid();
        double before = Losses.dice().value(SegmentationBatch.predictions(graph.outputSingle(data.getFeatures()))
                .labels(data.getLabels()));
        graph.fit(data);
        assertThat(graph.score()).isCloseTo(before, within(1e-6));
        for (int k = 0; k < 20; k++) {
            graph.fit(data);
        }
        assertThat(graph.score()).isLessThan(before - 0.05);
    }

    /** As the documentation says; DL4J's own score would be of the wrong rows. */
    @Test
    void aChannelsLastModelGetsTheOtherLayer() throws Exception {
        ComputationGraph graph = new TransferLearning.GraphBuilder(imported("channels_last"))
                .fineTuneConfiguration(new FineTuneConfiguration.Builder().dropOut(0).build())
                .removeVertexAndConnections("out_loss")
                .addLayer("loss", new SegmentationLossLayer.Builder(Losses.binaryCrossEntropy())
                        .activation(Activation.IDENTITY).build(), "out")
                .setOutputs("loss").build();
        INDArray features = withoutVoid().getFeatures().permute(0, 2, 3, 1).dup('c');
        INDArray labels = withoutVoid().getLabels().permute(0, 2, 3, 1).dup('c');
        double before = Losses.binaryCrossEntropy()
                .value(SegmentationBatch.predictions(graph.outputSingle(features)).labels(labels)
                .channelsLast());
        graph.fit(new DataSet(features, labels));
        assertThat(graph.score()).isCloseTo(before, within(1e-6));
        assertThat(graph.score(new DataSet(features, labels))).isLessThan(before);
    }
}
