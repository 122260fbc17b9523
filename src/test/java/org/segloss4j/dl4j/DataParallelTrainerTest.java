package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.listeners.PerformanceListener;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.data.BatchShare;
import org.segloss4j.data.PixelMaps;
import org.segloss4j.data.SignedDistanceMaps;
import org.segloss4j.data.Skeletons;
import org.segloss4j.dl4j.ReplicatedTraining.Result;
import org.segloss4j.dl4j.SmallNetworks.Head;
import org.segloss4j.replicas.LocalReplicas;

/** Several replicas train as one. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class DataParallelTrainerTest {

    private static final Map<String, SegmentationLoss> LOSSES = Map.of(
            "per image", Losses.jaccard().perImage(true).ignoreIndex(SmallNetworks.IGNORED),
            "region", Losses.dice().classWeights(1, 2, 3).ignoreIndex(SmallNetworks.IGNORED),
            "pixel", Losses.categoricalCrossEntropy().ignoreIndex(SmallNetworks.IGNORED),
            "mixed", SmallNetworks.EVERY_SETTING);

    /** Sizes that 4 parts do not divide, one that leaves parts empty, and one that leaves all but one empty. */
    private static final int[] SIZES = {7, 8, 2, 1, 5};

    private static List<MultiDataSet> batches(int outputs) {
        List<MultiDataSet> batches = new ArrayList<>();
        for (int k = 0; k < SIZES.length; k++) {
            DataSet data = SmallNetworks.data(SIZES[k], 100 + k);
            batches.add(outputs == 1 ? data.toMultiDataSet() : SmallNetworks.twice(data));
        }
        return batches;
    }

    private static NeuralNetConfiguration.Builder settings(DataType type, IUpdater updater) {
        return new NeuralNetConfiguration.Builder().seed(12).dataType(type).updater(updater)
                .convolutionMode(ConvolutionMode.Same);
    }

    private static ConvolutionLayer hidden(double retained) {
        ConvolutionLayer.Builder layer = new ConvolutionLayer.Builder(3, 3).nOut(4).activation(Activation.TANH);
        return (retained < 1 ? layer.dropOut(retained) : layer).build();
    }

    private static MultiLayerNetwork network(DataType type, IUpdater updater, Head head, SegmentationLoss loss) {
        MultiLayerNetwork network = new MultiLayerNetwork(settings(type, updater).l2(1e-3).list()
                .layer(hidden(1)).layer(new BatchNormalization()).layer(hidden(0.7)).layer(SmallNetworks.logits())
                .layer(head.layer(loss, Activation.SOFTMAX)).setInputType(SmallNetworks.inputType()).build());
        network.init();
        return network;
    }

    private static ComputationGraph graph(DataType type, IUpdater updater) {
        ComputationGraph graph = new ComputationGraph(settings(type, updater).graphBuilder().addInputs("in")
                .addLayer("hidden", hidden(1), "in").addLayer("norm", new BatchNormalization(), "hidden")
                .addLayer("deeper", hidden(0.7), "norm")
                .addLayer("aLogits", SmallNetworks.logits(), "deeper")
                .addLayer("a", Head.SEGMENTATION_LOSS_LAYER.layer(LOSSES.get("mixed"), Activation.SOFTMAX), "aLogits")
                .addLayer("bLogits", SmallNetworks.logits(), "norm")
                .addLayer("b", Head.CNN_LOSS_LAYER.layer(LOSSES.get("region").pixelsPerExample(30),
                        Activation.SOFTMAX), "bLogits")
                .setOutputs("b", "a").setInputTypes(SmallNetworks.inputType()).build());
        graph.init();
        return graph;
    }

    @ParameterizedTest
    @ValueSource(strings = {"per image", "mixed"})
    void anyNumberOfReplicasGivesTheSameBits(String loss) {
        SegmentationLoss set = LOSSES.get(loss).pixelsPerExample(30);
        assertSameBits(() -> network(DataType.FLOAT, new Adam(0.02), Head.SEGMENTATION_LOSS_LAYER, set), batches(1),
                1, 2, 4);
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"per image", "region", "pixel", "mixed"})
    void anyNumberOfReplicasGivesTheSameBitsWithAnyLossUpdaterTypeAndLayer(String loss) {
        SegmentationLoss set = LOSSES.get(loss).pixelsPerExample(30);
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            for (IUpdater updater : List.of(new Adam(0.02), new Nesterovs(0.1, 0.9))) {
                for (Head head : Head.values()) {
                    assertSameBits(() -> network(type, updater, head, set), batches(1), 1, 2, 3, 4);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void anyNumberOfReplicasGivesTheSameBitsOfAllKindsOfSums(DataType type) {
        SegmentationLoss all = SmallNetworks.OF_FURTHER_SUMS.get(SmallNetworks.OF_FURTHER_SUMS.size() - 1);
        assertSameBits(() -> network(type, new Adam(0.02), Head.SEGMENTATION_LOSS_LAYER, all), batches(1), 1, 2, 4);
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void anyNumberOfReplicasGivesTheSameBitsWithEachKindOfSums(DataType type) {
        for (SegmentationLoss loss : SmallNetworks.OF_FURTHER_SUMS) {
            for (Head head : Head.values()) {
                assertSameBits(() -> network(type, new Adam(0.02), head, loss), batches(1), 1, 2, 3, 4);
            }
        }
    }

    /** Batches whose labels have distances and skeletons behind them. */
    private static List<MultiDataSet> withMaps() {
        PixelMaps maps = SignedDistanceMaps.ofClasses(SmallNetworks.CLASSES).ignoreIndex(SmallNetworks.IGNORED)
                .and(Skeletons.ofClasses(SmallNetworks.CLASSES).ignoreIndex(SmallNetworks.IGNORED));
        List<MultiDataSet> batches = new ArrayList<>();
        for (int size : SIZES) {
            INDArray features = SmallNetworks.features(size, size);
            batches.add(new org.nd4j.linalg.dataset.MultiDataSet(features,
                    maps.packed(SmallNetworks.indices(features).castTo(DataType.INT32))));
        }
        return batches;
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void anyNumberOfReplicasGivesTheSameBitsWithMapsBesideTheLabels(DataType type) {
        SegmentationLoss loss = Losses.jaccard().plus(Losses.boundary().times(0.1)).plus(Losses.skeletonRecall()
                .perImage(true)).ignoreIndex(SmallNetworks.IGNORED);
        List<MultiDataSet> batches = withMaps();
        assertSameBits(() -> network(type, new Adam(0.02), Head.SEGMENTATION_LOSS_LAYER, loss), batches, 1, 2, 4);
        if (type == DataType.DOUBLE) {
            assertTrainsAsOne(() -> SmallNetworks.network(new Adam(0.02), type, Head.SEGMENTATION_LOSS_LAYER.layer(
                    loss, Activation.SOFTMAX)), batches);
        }
    }

    @Test
    void anyNumberOfReplicasGivesTheSameBitsOfAGraphOfTwoLosses() {
        assertSameBits(() -> graph(DataType.DOUBLE, new Nesterovs(0.1, 0.9)), batches(2), 1, 2, 3);
    }

    @Test
    void replicasThatSpeakByTcpGiveTheSameBits() {
        Supplier<Model> network = () -> graph(DataType.FLOAT, new Adam(0.02));
        Result one = ReplicatedTraining.train(1, 4, network, batches(2));
        assertThat(ReplicatedTraining.trainByTcp(3, 4, network, batches(2)).sameBits(one)).isTrue();
    }

    private static void assertSameBits(Supplier<Model> network, List<MultiDataSet> batches,
                                       int... sizes) {
        List<Result> results = IntStream.of(sizes)
                .mapToObj(size -> ReplicatedTraining.train(size, 4, network, batches)).toList();
        assertThat(results.get(0).scores().get(0)).isNotEqualTo(results.get(0).scores().get(1));
        assertThat(results).allMatch(result -> result.sameBits(results.get(0)));
    }

    /** Noise on weights is drawn going forward and kept for the way back; a pass for the sums must not leave it. */
    @Test
    void noiseOnWeightsIsTheSameInBothPassesOfAPart() {
        assertSameBits(() -> {
            MultiLayerNetwork network = new MultiLayerNetwork(settings(DataType.DOUBLE, new Adam(0.02))
                    .trainingWorkspaceMode(WorkspaceMode.NONE).weightNoise(new DropConnect(0.8)).list()
                    .layer(hidden(0.7)).layer(SmallNetworks.logits())
                    .layer(Head.SEGMENTATION_LOSS_LAYER.layer()).setInputType(SmallNetworks.inputType()).build());
            network.init();
            return network;
        }, batches(1), 1, 2, 4);
    }

    @Test
    void seedsDependOnSeedStepAndPart() {
        Set<Long> seeds = new HashSet<>();
        for (int seed = 0; seed < 5; seed++) {
            for (int step = 0; step < 5; step++) {
                for (int part = 0; part < 5; part++) {
                    seeds.add(SummedDescent.seed(seed, step, part));
                }
            }
        }
        assertThat(seeds).hasSize(125);
    }

    @Test
    void listenersHearOfEachStepOnceWithTheScoreOfTheBatch() {
        MultiLayerNetwork network = plain(true, GradientNormalization.None, Head.SEGMENTATION_LOSS_LAYER);
        List<String> heard = new ArrayList<>();
        network.setListeners(new BaseTrainingListener() {
            @Override
            public void iterationDone(Model model, int iteration, int epoch) {
                heard.add(iteration + " " + model.score());
            }

            @Override
            public void onGradientCalculation(Model model) {
                heard.add("gradient");
            }
        });
        DataParallelTrainer trainer = DataParallelTrainer.of(network, LocalReplicas.of(1, ReplicatedTraining.TIMEOUT)
                .get(0)).parts(3);
        double first = trainer.step(BatchShare.of(batches(1).get(0), trainer.parts()));
        double second = trainer.step(BatchShare.of(batches(1).get(3), trainer.parts()));
        assertThat(heard).containsExactly("gradient", "0 " + first, "gradient", "1 " + second);
        Throughput throughput = trainer.throughput();
        assertThat(throughput.steps()).isEqualTo(2);
        assertThat(throughput.examples()).isEqualTo(SIZES[0] + SIZES[3]);
        assertThat(throughput.exchangeShare()).isBetween(0.0, 1.0);
        assertThat(throughput.since(throughput).examples()).isZero();
    }

    /** Also if a replica has no example, even in the first step. */
    @Test
    void listenersSeeTheSizeOfTheWholeBatch() {
        for (boolean isGraph : new boolean[] {false, true}) {
            List<List<Integer>> seen = LocalReplicas.run(2, ReplicatedTraining.TIMEOUT, replicas -> {
                Layer head = Head.SEGMENTATION_LOSS_LAYER.layer();
                Model network = isGraph ? SmallNetworks.graph(head, head) : SmallNetworks.network(head);
                List<Integer> sizes = new ArrayList<>();
                network.setListeners(new PerformanceListener(1), new BaseTrainingListener() {
                    @Override
                    public void iterationDone(Model model, int iteration, int epoch) {
                        sizes.add(model.batchSize());
                    }
                });
                DataParallelTrainer trainer = ReplicatedTraining.trainer(network, replicas);
                for (int size : new int[] {1, 5}) {
                    DataSet batch = SmallNetworks.data(size, 1);
                    trainer.step(BatchShare.of(isGraph ? SmallNetworks.twice(batch) : batch.toMultiDataSet(),
                            trainer.parts()));
                }
                return sizes;
            });
            assertThat(seen).containsExactly(List.of(1, 5), List.of(1, 5));
        }
    }

    /** Everything that DL4J does once for a batch; nothing that is random or per part. */
    private static MultiLayerNetwork plain(boolean miniBatch, GradientNormalization normalization, Head head) {
        MultiLayerNetwork network = new MultiLayerNetwork(settings(DataType.DOUBLE, new Adam(0.02)).l2(1e-2).l1(1e-3)
                .miniBatch(miniBatch).gradientNormalization(normalization)
                .gradientNormalizationThreshold(1e-2).constrainWeights(new MaxNormConstraint(0.6, 1, 2, 3)).list()
                .layer(hidden(1)).layer(SmallNetworks.logits())
                .layer(head.layer(SmallNetworks.EVERY_SETTING, Activation.SOFTMAX))
                .setInputType(SmallNetworks.inputType()).build());
        network.init();
        return network;
    }

    private static void assertTrainsAsOne(Supplier<Model> network, List<MultiDataSet> batches) {
        Result replicas = ReplicatedTraining.train(2, 3, network, batches);
        Result one = fit(network.get(), batches);
        assertThat(distance(replicas.params(), one.params())).isLessThan(1e-12);
        assertThat(distance(replicas.state(), one.state())).isLessThan(1e-12);
        for (int k = 0; k < batches.size(); k++) {
            assertThat(replicas.scores().get(k)).isCloseTo(one.scores().get(k), withinPercentage(1e-10));
        }
    }

    private static Result fit(Model network, List<MultiDataSet> batches) {
        return ReplicatedTraining.result(network, batches.stream().map(batch -> {
            if (network instanceof ComputationGraph graph) {
                graph.fit(batch);
            } else {
                ((MultiLayerNetwork) network).fit(batch.getFeatures(0), batch.getLabels(0), null,
                        batch.getLabelsMaskArray(0));
            }
            return network.score();
        }).toList());
    }

    /** The largest difference, relative to the largest number. */
    private static double distance(INDArray a, INDArray b) {
        return a.sub(b).amaxNumber().doubleValue() / b.amaxNumber().doubleValue();
    }

    @Test
    void aStepIsThatOfOneNetworkWithTheWholeBatch() {
        for (GradientNormalization normalization : List.of(GradientNormalization.None,
                GradientNormalization.ClipL2PerLayer, GradientNormalization.RenormalizeL2PerParamType)) {
            boolean miniBatch = normalization != GradientNormalization.ClipL2PerLayer;
            assertTrainsAsOne(() -> plain(miniBatch, normalization, Head.SEGMENTATION_LOSS_LAYER), batches(1));
        }
        assertTrainsAsOne(() -> plain(true, GradientNormalization.None, Head.CNN_LOSS_LAYER), batches(1));
    }

    /** With masks, a loss of DL4J beside ours, several inputs, and a part that learns nothing. */
    @Test
    void aStepOfAGraphIsThatOfOneNetworkWithTheWholeBatch() {
        List<MultiDataSet> batches = new ArrayList<>();
        for (int k = 0; k < SIZES.length; k++) {
            INDArray left = SmallNetworks.features(SIZES[k], 7 + k);
            INDArray labels = SmallNetworks.oneHot(SmallNetworks.indices(left));
            INDArray mask = labels.max(true, 1).eq(1).castTo(DataType.FLOAT);
            batches.add(new org.nd4j.linalg.dataset.MultiDataSet(
                    new INDArray[] {left, SmallNetworks.features(SIZES[k], 70 + k)},
                    new INDArray[] {labels, labels.mul(mask)}, null, new INDArray[] {null, mask}));
        }
        assertTrainsAsOne(() -> {
            ComputationGraph graph = new ComputationGraph(settings(DataType.DOUBLE, new Adam(0.02)).graphBuilder()
                    .addInputs("left", "right").addLayer("frozen", new FrozenLayer(hidden(1)), "left")
                    .addVertex("both", new MergeVertex(), "frozen", "right").addLayer("hidden", hidden(1), "both")
                    .addLayer("aLogits", SmallNetworks.logits(), "hidden")
                    .addLayer("a", Head.SEGMENTATION_LOSS_LAYER.layer(), "aLogits")
                    .addLayer("bLogits", SmallNetworks.logits(), "hidden")
                    .addLayer("b", new CnnLossLayer.Builder(new LossMCXENT()).activation(Activation.SOFTMAX).build(),
                            "bLogits")
                    .setOutputs("a", "b").setInputTypes(SmallNetworks.inputType(), SmallNetworks.inputType()).build());
            graph.init();
            return graph;
        }, batches);
    }

    /** With more than one part the loss of each alone would be another loss. */
    @Test
    void withoutTheExchangeItIsAnotherStep() {
        List<MultiDataSet> batches = batches(1);
        Supplier<Model> network = () -> plain(true, GradientNormalization.None, Head.SEGMENTATION_LOSS_LAYER);
        List<Result> apart = LocalReplicas.run(2, ReplicatedTraining.TIMEOUT, replicas -> {
            Model own = network.get();
            DataParallelTrainer trainer = ReplicatedTraining.trainer(own, new OwnMessagesOnly(replicas));
            return ReplicatedTraining.result(own, batches.subList(0, 1).stream()
                    .map(batch -> trainer.step(BatchShare.of(batch, trainer.parts()))).toList());
        });
        Result one = fit(network.get(), batches.subList(0, 1));
        assertThat(distance(apart.get(0).params(), one.params())).isGreaterThan(1e-6);
    }

    @Test
    void runningMeansOfBatchNormalisationFollowTheMeanOfTheParts() {
        List<MultiDataSet> batches = batches(1).subList(0, 1);
        Supplier<Model> network = () -> {
            MultiLayerNetwork own = new MultiLayerNetwork(settings(DataType.DOUBLE, new Adam(0.02)).list()
                    .layer(new BatchNormalization.Builder().useLogStd(false).build()).layer(SmallNetworks.logits())
                    .layer(Head.SEGMENTATION_LOSS_LAYER.layer()).setInputType(SmallNetworks.inputType()).build());
            own.init();
            return own;
        };
        MultiLayerNetwork one = (MultiLayerNetwork) network.get();
        one.setParams(ReplicatedTraining.train(2, 3, network, batches).params());
        INDArray features = batches.get(0).getFeatures(0).castTo(DataType.DOUBLE);
        // The mean of the parts' means, weighted by their sizes, is that of the batch.
        INDArray mean = features.mean(0, 2, 3).mul(0.1);
        assertThat(distance(one.getLayer(0).getParam("mean").reshape(2), mean)).isLessThan(1e-12);
        INDArray variance = Nd4j.zeros(DataType.DOUBLE, 2);
        for (int[] part : new int[][] {{0, 2}, {2, 4}, {4, 7}}) {
            variance.addi(features.get(NDArrayIndex.interval(part[0], part[1])).var(false, 0, 2, 3)
                    .mul((part[1] - part[0]) / 7.0));
        }
        assertThat(distance(one.getLayer(0).getParam("var").reshape(2), variance.mul(0.1).add(0.9)))
                .isLessThan(1e-12);
    }
}
