package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.segloss4j.dl4j.SmallNetworks.EVERY_SETTING;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.dl4j.SmallNetworks.Head;

/** What is written is what is read: configurations and networks, as JSON, YAML, Java objects and model files. */
class PersistenceTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @EnumSource
    void networkConfigurationsSurviveJsonAndYaml(Head head) {
        MultiLayerConfiguration configuration = SmallNetworks.configuration(head.layer());
        MultiLayerConfiguration fromJson = MultiLayerConfiguration.fromJson(configuration.toJson());
        assertThat(fromJson).isEqualTo(configuration).hasSameHashCodeAs(configuration);
        assertThat(fromJson.toJson()).isEqualTo(configuration.toJson());
        assertThat(MultiLayerConfiguration.fromYaml(configuration.toYaml())).isEqualTo(configuration);
    }

    @ParameterizedTest
    @EnumSource
    void graphConfigurationsSurviveJsonAndYaml(Head head) {
        ComputationGraphConfiguration configuration = SmallNetworks.graphConfiguration(head.layer());
        assertThat(ComputationGraphConfiguration.fromJson(configuration.toJson())).isEqualTo(configuration)
                .hasSameHashCodeAs(configuration);
        assertThat(ComputationGraphConfiguration.fromYaml(configuration.toYaml())).isEqualTo(configuration);
    }

    @ParameterizedTest
    @EnumSource
    void clonesAreEqualAndApart(Head head) {
        MultiLayerConfiguration configuration = SmallNetworks.configuration(head.layer());
        assertThat(configuration.clone()).isEqualTo(configuration).isNotSameAs(configuration);
        ComputationGraphConfiguration graph = SmallNetworks.graphConfiguration(head.layer());
        assertThat(graph.clone()).isEqualTo(graph);
        assertThat(head.layer().clone()).isEqualTo(head.layer()).hasSameHashCodeAs(head.layer());
        assertThat(head.layer().clone().getClass()).isEqualTo(head.layer().getClass());
    }

    static Stream<SegmentationLoss> otherLosses() {
        SegmentationLoss jaccard = Losses.jaccard();
        return Stream.of(jaccard.classWeights(0.5, 1.5), jaccard.classWeights(1, 1), jaccard.classIndexes(0, 2),
                jaccard.perImage(true), jaccard.smooth(1), jaccard.ignoreIndex(0), jaccard.pixelsPerExample(30),
                jaccard.timeSteps(30), jaccard.times(2).named(jaccard.name()), jaccard.named("other"),
                Losses.dice().named(jaccard.name()), jaccard.plus(jaccard).named(jaccard.name()));
    }

    @ParameterizedTest
    @MethodSource("otherLosses")
    void eachSettingOfTheLossTellsConfigurationsApart(SegmentationLoss other) {
        for (Head head : Head.values()) {
            MultiLayerConfiguration one = SmallNetworks.configuration(head.layer(Losses.jaccard(), Activation.SIGMOID));
            MultiLayerConfiguration two = SmallNetworks.configuration(head.layer(other, Activation.SIGMOID));
            assertThat(two).isNotEqualTo(one);
            assertThat(MultiLayerConfiguration.fromJson(two.toJson())).isEqualTo(two).isNotEqualTo(one);
        }
    }

    @Test
    void eachSettingOfTheLayerTellsLayersApart() {
        SegmentationLossLayer layer = new SegmentationLossLayer.Builder(EVERY_SETTING).build();
        assertThat(layer).isEqualTo(new SegmentationLossLayer.Builder(EVERY_SETTING).build());
        Stream.of(new SegmentationLossLayer.Builder(EVERY_SETTING).channelsLast(true),
                new SegmentationLossLayer.Builder(EVERY_SETTING).activation(Activation.SIGMOID),
                new SegmentationLossLayer.Builder(EVERY_SETTING.named("other")),
                new SegmentationLossLayer.Builder(EVERY_SETTING).name("named"),
                new SegmentationLossLayer.Builder(EVERY_SETTING).dropOut(0.5)).forEach(builder -> {
                    Layer other = builder.build();
                    assertThat(other).isNotEqualTo(layer);
                    assertThat(layer).isNotEqualTo(other);
                    assertThat(other.clone()).isEqualTo(other);
                });
        assertThat(layer).isNotEqualTo(Head.CNN_LOSS_LAYER.layer()).isNotEqualTo(null);
    }

    /** What a later version may add is passed over; what an earlier one did not write has its default. */
    @ParameterizedTest
    @EnumSource
    void readsFilesOfOtherVersions(Head head) throws IOException {
        SegmentationLoss loss = Losses.jaccard().plus(Losses.categoricalFocal());
        MultiLayerConfiguration configuration = SmallNetworks.configuration(head.layer(loss, Activation.SOFTMAX));
        JsonNode json = JSON.readTree(configuration.toJson());
        ObjectNode layer = (ObjectNode) json.get("confs").get(2).get("layer");
        ObjectNode lossNode = (ObjectNode) layer.get("lossFn");
        lossNode.put("fromTheFuture", 1).remove("rows");
        lossNode.remove("ignoreIndex");
        layer.put("fromTheFuture", 1).remove("channelsLast");
        for (JsonNode term : lossNode.get("terms")) {
            ((ObjectNode) term).put("fromTheFuture", 1);
            for (String name : new String[] {"coefficient", "perImage", "smooth", "alpha", "gamma", "classWeights"}) {
                ((ObjectNode) term).remove(name);
            }
        }
        assertThat(MultiLayerConfiguration.fromJson(json.toString())).isEqualTo(configuration);
    }

    @Test
    void aLayerWithoutActivationIsReadWithItsDefaultAndOneWithoutLossIsRefused() throws IOException {
        JsonNode json = JSON.readTree(SmallNetworks.configuration(Head.SEGMENTATION_LOSS_LAYER.layer()).toJson());
        ObjectNode layer = (ObjectNode) json.get("confs").get(2).get("layer");
        layer.remove("activationFn");
        MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(json.toString());
        assertThat(((SegmentationLossLayer) read.getConf(2).getLayer()).getActivationFn())
                .isEqualTo(new ActivationSoftmax());
        layer.remove("lossFn");
        MultiLayerConfiguration without = MultiLayerConfiguration.fromJson(json.toString());
        assertThatIllegalStateException().isThrownBy(() -> new MultiLayerNetwork(without).init())
                .withMessageContaining("has no loss");
    }

    @ParameterizedTest
    @EnumSource
    void survivesJavaSerialisation(Head head) {
        MultiLayerConfiguration configuration = SmallNetworks.configuration(head.layer());
        assertThat(roundTrip(configuration)).isEqualTo(configuration);
        assertThat(roundTrip(SmallNetworks.graphConfiguration(head.layer())))
                .isEqualTo(SmallNetworks.graphConfiguration(head.layer()));
        assertThat(roundTrip(head.layer())).isEqualTo(head.layer());
        assertThat(roundTrip(EVERY_SETTING)).isEqualTo(EVERY_SETTING).hasSameHashCodeAs(EVERY_SETTING);

        MultiLayerNetwork network = trained(head);
        // DL4J does not write the listeners and then cannot train without; a clone can.
        assertSameAndTrainsOn(network, roundTrip(network).clone());
        ComputationGraph graph = SmallNetworks.graph(head.layer());
        graph.fit(SmallNetworks.data(3, 1));
        // DL4J forgets the iteration and the outputs of a graph that is read so; a clone has outputs again.
        assertSame(graph, roundTrip(graph).clone());
    }

    @ParameterizedTest
    @EnumSource
    void modelFilesKeepNetworkAndUpdater(Head head) throws IOException {
        MultiLayerNetwork network = trained(head);
        assertSameAndTrainsOn(network, ModelSerializer.restoreMultiLayerNetwork(file(network), true));
        ComputationGraph graph = SmallNetworks.graph(head.layer());
        graph.fit(SmallNetworks.data(3, 1));
        assertSameAndTrainsOn(graph, ModelSerializer.restoreComputationGraph(file(graph), true));
    }

    private static ByteArrayInputStream file(Model model) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ModelSerializer.writeModel(model, bytes, true);
        return new ByteArrayInputStream(bytes.toByteArray());
    }

    private static MultiLayerNetwork trained(Head head) {
        MultiLayerNetwork network = SmallNetworks.network(head.layer());
        for (int k = 0; k < 3; k++) {
            network.fit(SmallNetworks.data(3, k));
        }
        return network;
    }

    private static void assertSameAndTrainsOn(MultiLayerNetwork network, MultiLayerNetwork other) {
        DataSet data = SmallNetworks.data(3, 4);
        assertThat(other.getLayerWiseConfigurations()).isEqualTo(network.getLayerWiseConfigurations());
        assertThat(other.output(data.getFeatures())).isEqualTo(network.output(data.getFeatures()));
        assertThat(other.score(data)).isEqualTo(network.score(data));
        for (int k = 0; k < 3; k++) {
            network.fit(data);
            other.fit(data);
            assertThat(other.score()).isEqualTo(network.score());
        }
        assertThat(other.params()).isEqualTo(network.params());
    }

    private static void assertSameAndTrainsOn(ComputationGraph graph, ComputationGraph other) {
        DataSet data = SmallNetworks.data(3, 4);
        assertThat(other.getConfiguration()).isEqualTo(graph.getConfiguration());
        assertSame(graph, other);
        for (int k = 0; k < 3; k++) {
            graph.fit(data);
            other.fit(data);
            assertThat(other.score()).isEqualTo(graph.score());
        }
        assertThat(other.params()).isEqualTo(graph.params());
    }

    private static void assertSame(ComputationGraph graph, ComputationGraph other) {
        DataSet data = SmallNetworks.data(3, 4);
        assertThat(other.outputSingle(data.getFeatures())).isEqualTo(graph.outputSingle(data.getFeatures()));
        assertThat(other.score(data)).isEqualTo(graph.score(data));
    }

    @SuppressWarnings("unchecked")
    private static <T extends Serializable> T roundTrip(T value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (T) in.readObject();
        } catch (IOException | ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
