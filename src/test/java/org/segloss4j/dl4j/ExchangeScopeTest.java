package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.segloss4j.ClassSums;
import org.segloss4j.ExchangeScope;
import org.segloss4j.ExchangeScope.Join;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.SumsExchange;
import org.segloss4j.dl4j.SmallNetworks.Head;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.ReplicaException;
import org.segloss4j.replicas.ReplicaSums;

/** Layers on parts of a batch, in threads that exchange their sums, against the whole batch by hand. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
@SuppressWarnings("try") // A scope is open, not used.
class ExchangeScopeTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int PIXELS = SmallNetworks.HEIGHT * SmallNetworks.WIDTH;

    private static final List<SegmentationLoss> LOSSES = Stream.concat(Stream.of(
            Losses.jaccard().classWeights(0.5, 1, 1.5),
            Losses.categoricalCrossEntropy(),
            Losses.categoricalFocal().plus(Losses.categoricalCrossEntropy().classWeights(1, 2, 3)),
            Losses.dice().perImage(true),
            Losses.focalTversky(0.3, 0.7, 2),
            SmallNetworks.EVERY_SETTING), SmallNetworks.OF_FURTHER_SUMS.stream())
            .map(loss -> loss.ignoreIndex(SmallNetworks.IGNORED).pixelsPerExample(PIXELS)).toList();

    /** Numbers of examples of the replicas. */
    private static final List<int[]> PARTS = List.of(new int[] {6}, new int[] {1, 5}, new int[] {3, 1, 2},
            new int[] {2, 1, 1, 2});

    /** Logits, one-hot labels and the examples of each replica; the last example and the first label are void. */
    private record Data(INDArray logits, INDArray labels) {

        static Data of(DataType type) {
            INDArray logits = Nd4j.createFromArray(new Random(3).doubles(6L * SmallNetworks.CLASSES * PIXELS, -3, 3)
                    .toArray()).reshape(6, SmallNetworks.CLASSES, SmallNetworks.HEIGHT, SmallNetworks.WIDTH);
            INDArray labels = SmallNetworks.oneHot(SmallNetworks.indices(SmallNetworks.features(6, 4)));
            labels.get(NDArrayIndex.interval(0, 1)).assign(SmallNetworks.IGNORED);
            return new Data(logits.castTo(type), labels);
        }

        Data part(int[] parts, int rank) {
            int from = first(parts, rank);
            return new Data(examples(logits, from, from + parts[rank]), examples(labels, from, from + parts[rank]));
        }

        /** As the layer hands it to its loss, so that floats are read in the same order. */
        SegmentationBatch batch(Head head) {
            if (head == Head.SEGMENTATION_LOSS_LAYER) {
                return SegmentationBatch.predictions(logits).labels(labels).activation(Activation.SOFTMAX);
            }
            return SegmentationBatch.predictions(rows(logits)).labels(rows(labels)).activation(Activation.SOFTMAX)
                    .pixelsPerExample(PIXELS);
        }
    }

    private static INDArray rows(INDArray array) {
        return array.permute(0, 2, 3, 1).dup('c').reshape(-1, SmallNetworks.CLASSES);
    }

    private static INDArray examples(INDArray array, int from, int to) {
        return array.get(NDArrayIndex.interval(from, to), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all())
                .dup('c');
    }

    private static int first(int[] parts, int rank) {
        int first = 0;
        for (int k = 0; k < rank; k++) {
            first += parts[k];
        }
        return first;
    }

    /** The head of a network with nothing below it, so that its input are the logits. */
    private static IOutputLayer head(Layer head, boolean isGraph, boolean isMiniBatch, Data data) {
        InputType input = InputType.convolutional(SmallNetworks.HEIGHT, SmallNetworks.WIDTH, SmallNetworks.CLASSES);
        NeuralNetConfiguration.Builder common = SmallNetworks.common().updater(new Sgd(0)).miniBatch(isMiniBatch)
                .dataType(data.logits.dataType());
        IOutputLayer layer;
        if (isGraph) {
            ComputationGraph graph = new ComputationGraph(common.graphBuilder().addInputs("in")
                    .addLayer("head", head, "in").setOutputs("head").setInputTypes(input).build());
            graph.init();
            layer = (IOutputLayer) graph.getOutputLayer(0);
        } else {
            MultiLayerNetwork net = new MultiLayerNetwork(common.list().layer(head).setInputType(input).build());
            net.init();
            layer = (IOutputLayer) net.getOutputLayer();
        }
        layer.setInput(data.logits, LayerWorkspaceMgr.noWorkspaces());
        layer.setLabels(data.labels);
        return layer;
    }

    /** What a replica got. */
    private record Step(INDArray gradient, double score) {
    }

    private static Step step(IOutputLayer layer) {
        INDArray gradient = layer.backpropGradient(null, LayerWorkspaceMgr.noWorkspaces()).getSecond().dup('c');
        return new Step(gradient, layer.computeScore(0, true, LayerWorkspaceMgr.noWorkspaces()));
    }

    private static <T> List<T> inScopes(int replicas, Join join, IntFunction<T> work) {
        return LocalReplicas.run(replicas, LONG, own -> {
            try (ExchangeScope scope = ExchangeScope.open(new ReplicaSums(own), join)) {
                return work.apply(own.rank());
            }
        });
    }

    static Stream<Arguments> heads() {
        return Stream.of(Head.values()).flatMap(head -> Stream.of(DataType.FLOAT, DataType.DOUBLE)
                .map(type -> Arguments.of(head, type)));
    }

    /** Value and gradient of every replica, with what each kind of trainer needs of its scale. */
    @ParameterizedTest
    @MethodSource("heads")
    void everyReplicaHasTheWholeBatchsLossToTheBit(Head head, DataType type) {
        Data all = Data.of(type);
        for (SegmentationLoss loss : LOSSES) {
            for (int[] parts : PARTS) {
                ClassSums merged = loss.sums(all.part(parts, 0).batch(head));
                for (int rank = 1; rank < parts.length; rank++) {
                    merged = merged.merge(loss.sums(all.part(parts, rank).batch(head)));
                }
                double value = loss.value(merged);
                assertThat(value).isCloseTo(loss.value(all.batch(head)), within(1e-12));
                for (Join join : Join.values()) {
                    boolean isGraph = parts.length % 2 == 0;
                    List<Step> steps = inScopes(parts.length, join, rank -> step(head(head.layer(loss,
                            Activation.SOFTMAX), isGraph, true, all.part(parts, rank))));
                    for (int rank = 0; rank < parts.length; rank++) {
                        Data part = all.part(parts, rank);
                        double scale = join == Join.SUM ? 6 : parts[rank] * parts.length;
                        INDArray expected = gradient(loss, head, part, merged, first(parts, rank), scale);
                        assertThat(bits(steps.get(rank).gradient)).as("%s, %s, rank %d of %d", loss.name(), join, rank,
                                parts.length).isEqualTo(bits(expected));
                        // DL4J's layer multiplies by the number of examples and divides again.
                        assertThat(steps.get(rank).score).isCloseTo(value, within(1e-14));
                        assertThat(head == Head.CNN_LOSS_LAYER || steps.get(rank).score == value).isTrue();
                    }
                }
            }
        }
    }

    private static INDArray gradient(SegmentationLoss loss, Head head, Data part, ClassSums whole, int firstExample,
                                     double scale) {
        SegmentationBatch batch = part.batch(head);
        INDArray gradient = Nd4j.create(part.logits.dataType(), head == Head.CNN_LOSS_LAYER
                ? new long[] {part.logits.size(0) * PIXELS, SmallNetworks.CLASSES} : part.logits.shape());
        loss.gradient(batch, whole, firstExample, scale, gradient);
        return head == Head.CNN_LOSS_LAYER ? gradient.reshape(part.logits.size(0), SmallNetworks.HEIGHT,
                SmallNetworks.WIDTH, SmallNetworks.CLASSES).permute(0, 3, 1, 2).dup('c') : gradient;
    }

    private static List<Long> bits(INDArray array) {
        List<Long> bits = new ArrayList<>();
        INDArray flat = array.reshape('c', new long[] {array.length()});
        for (long k = 0; k < flat.length(); k++) {
            bits.add(Double.doubleToRawLongBits(flat.getDouble(k)));
        }
        return bits;
    }

    /** Where the updater does not divide, nothing is multiplied by a number of examples. */
    @ParameterizedTest
    @EnumSource
    void withoutDivisionOnlyAveragingMultiplies(Join join) {
        Data all = Data.of(DataType.DOUBLE);
        int[] parts = {4, 2};
        Head head = Head.SEGMENTATION_LOSS_LAYER;
        SegmentationLoss loss = LOSSES.get(5);
        List<Step> steps = inScopes(2, join, rank -> step(head(head.layer(loss, Activation.SOFTMAX), false, false,
                all.part(parts, rank))));
        INDArray whole = loss.valueAndGradient(all.batch(head)).gradient();
        INDArray together = Nd4j.concat(0, steps.get(0).gradient, steps.get(1).gradient);
        assertThat(together.equalsWithEps(whole.mul(join == Join.SUM ? 1 : 2), 1e-12)).isTrue();
    }

    /** A part whose pixels are all void, and a replica without a part, are of no weight but take part. */
    @ParameterizedTest
    @EnumSource
    void voidAndEmptyPartsTakePart(Head head) {
        Data all = Data.of(DataType.DOUBLE);
        for (SegmentationLoss loss : LOSSES) {
            int[] parts = {1, 0, 5};
            List<Step> steps = LocalReplicas.run(3, LONG, own -> {
                SumsExchange exchange = new ReplicaSums(own);
                if (parts[own.rank()] == 0) {
                    assertThat(exchange.allReduce(null, 0).examples()).isEqualTo(6);
                    return null;
                }
                try (ExchangeScope scope = ExchangeScope.open(exchange, Join.SUM)) {
                    return step(head(head.layer(loss, Activation.SOFTMAX), true, true, all.part(parts, own.rank())));
                }
            });
            INDArray whole = loss.valueAndGradient(all.batch(Head.SEGMENTATION_LOSS_LAYER)).gradient().mul(6);
            assertThat(steps.get(0).gradient).isEqualTo(steps.get(0).gradient.mul(0));
            assertThat(Nd4j.concat(0, steps.get(0).gradient, steps.get(2).gradient).equalsWithEps(whole, 1e-12))
                    .as(loss.name()).isTrue();
            assertThat(steps.get(0).score).isCloseTo(loss.value(all.batch(head)), within(1e-12));
        }
    }

    /** Three heads of different losses exchange in the same order in all replicas, in a whole step of a graph. */
    @Test
    void severalHeadsOfAGraphLearnFromTheWholeBatch() {
        DataSet all = SmallNetworks.data(6, 1);
        int[] parts = {1, 5};
        INDArray start = threeHeads().params().dup();
        ComputationGraph alone = threeHeads();
        alone.fit(threeTimes(all));
        List<ComputationGraph> graphs = inScopes(2, Join.AVERAGE, rank -> {
            ComputationGraph graph = threeHeads();
            int from = first(parts, rank);
            graph.fit(threeTimes(new DataSet(examples(all.getFeatures(), from, from + parts[rank]),
                    examples(all.getLabels(), from, from + parts[rank]))));
            return graph;
        });
        INDArray mean = graphs.get(0).params().add(graphs.get(1).params()).divi(2);
        assertThat(mean.equalsWithEps(alone.params(), 1e-9)).isTrue();
        assertThat(mean.equalsWithEps(start, 1e-4)).isFalse();
        graphs.forEach(graph -> assertThat(graph.score()).isCloseTo(alone.score(), within(1e-9)));
    }

    private static ComputationGraph threeHeads() {
        ComputationGraph graph = SmallNetworks.graph(new Sgd(0.5), DataType.DOUBLE,
                Head.CNN_LOSS_LAYER.layer(LOSSES.get(3), Activation.SOFTMAX),
                Head.SEGMENTATION_LOSS_LAYER.layer(LOSSES.get(0), Activation.SOFTMAX),
                Head.CNN_LOSS_LAYER.layer(LOSSES.get(2), Activation.SOFTMAX));
        return graph;
    }

    private static MultiDataSet threeTimes(DataSet data) {
        INDArray labels = data.getLabels();
        return new MultiDataSet(new INDArray[] {data.getFeatures()}, new INDArray[] {labels, labels, labels});
    }

    /** A score without a backward pass is of the own examples: nobody else is there to wait for. */
    @ParameterizedTest
    @EnumSource
    void aScoreByItselfWaitsForNobody(Head head) {
        DataSet data = SmallNetworks.data(2, 1);
        MultiLayerNetwork net = SmallNetworks.network(head.layer());
        double own = net.score(data);
        try (ExchangeScope scope = ExchangeScope.open(new ReplicaSums(LocalReplicas.of(2, LONG).get(0)), Join.SUM)) {
            assertThat(net.score(data)).isEqualTo(own);
        }
        List<Double> after = inScopes(2, Join.AVERAGE, rank -> {
            MultiLayerNetwork trained = SmallNetworks.network(head.layer());
            trained.setLearningRate(0);
            trained.fit(SmallNetworks.data(2, 1 + rank));
            double whole = trained.score();
            return rank == 0 ? trained.score(data) - whole : 0;
        });
        assertThat(Math.abs(after.get(0))).isGreaterThan(1e-3);
    }

    @Test
    void aLossThatDiffersOrAReplicaThatFailsEndsTheStep() {
        Data all = Data.of(DataType.FLOAT);
        int[] parts = {3, 3};
        Head head = Head.SEGMENTATION_LOSS_LAYER;
        assertThatExceptionOfType(ReplicaException.class).isThrownBy(() -> inScopes(2, Join.SUM, rank ->
                step(head(head.layer(LOSSES.get(rank), Activation.SOFTMAX), false, true, all.part(parts, rank)))))
                .withMessageMatching("replica 1 has ClassSums.* but replica 0 has ClassSums.*");
        all.labels.putScalar(5, 1, 2, 2, 0.123456);
        all.labels.putScalar(5, 0, 2, 2, -7);
        assertThat(catchThrowable(() -> inScopes(2, Join.SUM, rank ->
                step(head(head.layer(LOSSES.get(0), Activation.SOFTMAX), false, true, all.part(parts, rank))))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-7");
    }

    @Test
    void scopesNestAndAreOfOneThread() throws InterruptedException {
        SumsExchange alone = new ReplicaSums(LocalReplicas.of(1, LONG).get(0));
        assertThat(ExchangeScope.current()).isNull();
        try (ExchangeScope outer = ExchangeScope.open(alone, Join.SUM)) {
            ExchangeScope inner = ExchangeScope.open(alone, Join.AVERAGE);
            assertThat(ExchangeScope.current()).isSameAs(inner);
            assertThatIllegalStateException().isThrownBy(outer::close).withMessageContaining("opened later");
            List<String> heard = new ArrayList<>();
            Thread other = new Thread(() -> {
                heard.add("" + ExchangeScope.current());
                assertThatIllegalStateException().isThrownBy(inner::close).withMessageContaining("closed by thread");
                heard.add("refused");
            });
            other.start();
            other.join();
            assertThat(heard).containsExactly("null", "refused");
            inner.close();
            inner.close();
            assertThat(ExchangeScope.current()).isSameAs(outer);
        }
        assertThat(ExchangeScope.current()).isNull();
    }
}
