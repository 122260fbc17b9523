package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.indexing.BooleanIndexing;
import org.nd4j.linalg.indexing.conditions.Conditions;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.dl4j.SmallNetworks.Head;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** The losses in DL4J's own Spark modules, with two workers and either of Spark's serialisers. */
@ParameterizedClass
@EnumSource
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class Dl4jSparkIT {

    private static JavaSparkContext spark;
    private static SparkSerialiser started;

    private static final SegmentationLoss LOSS = Losses.jaccard().plus(Losses.categoricalFocal())
            .ignoreIndex(SmallNetworks.IGNORED);

    @Parameter
    SparkSerialiser serialiser;

    private JavaSparkContext spark() {
        if (started != serialiser) {
            stop();
            spark = new JavaSparkContext(serialiser.conf().setMaster("local[2]").setAppName("losses")
                    .set("spark.ui.enabled", "false").set("spark.driver.host", "localhost")
                    .set("spark.driver.bindAddress", "127.0.0.1"));
            started = serialiser;
        }
        return spark;
    }

    @AfterAll
    static void stop() {
        if (spark != null) {
            spark.stop();
            spark = null;
            started = null;
        }
    }

    /** Batches of 4 examples. */
    private static List<DataSet> batches(int number) {
        return IntStream.range(0, number).mapToObj(seed -> SparkData.batch(4, seed)).toList();
    }

    private JavaRDD<DataSet> rdd(List<DataSet> batches) {
        return spark().parallelize(batches, 2);
    }

    /** Workers that take batches of 4 and average after each. */
    private static ParameterAveragingTrainingMaster.Builder averaging() {
        return new ParameterAveragingTrainingMaster.Builder(2, 4).batchSizePerWorker(4).averagingFrequency(1)
                .rngSeed(1).exportDirectory(Path.of("target", "dl4j-spark").toUri().toString());
    }

    private static MultiLayerNetwork network(SegmentationLoss loss, IUpdater updater) {
        MultiLayerNetwork network = new MultiLayerNetwork(SmallNetworks.common().updater(updater).list()
                .layer(SmallNetworks.hidden()).layer(SmallNetworks.logits())
                .layer(Head.SEGMENTATION_LOSS_LAYER.layer(loss, Activation.SOFTMAX))
                .setInputType(SmallNetworks.inputType()).build());
        network.init();
        return network;
    }

    /** The workers hold the network that was given, and what they give back can be stored and read. */
    @ParameterizedTest
    @EnumSource
    void averagedNetworksLearn(RDDTrainingApproach approach) {
        List<DataSet> batches = batches(8);
        MultiLayerNetwork network = network(LOSS, new Adam(0.1));
        double before = score(network, batches);
        ParameterAveragingTrainingMaster master = averaging().rddTrainingApproach(approach).build();
        try {
            SparkDl4jMultiLayer onSpark = new SparkDl4jMultiLayer(spark(), network, master);
            for (int epoch = 0; epoch < 4; epoch++) {
                onSpark.fit(rdd(batches));
            }
            MultiLayerNetwork trained = onSpark.getNetwork();
            assertThat(trained.getIterationCount()).isEqualTo(4 * batches.size() / 2);
            assertThat(score(trained, batches)).isLessThan(0.8 * before);
            MultiLayerConfiguration configuration = trained.getLayerWiseConfigurations();
            assertThat(MultiLayerConfiguration.fromJson(configuration.toJson())).isEqualTo(configuration);
            assertThat(((SegmentationLossLayer) configuration.getConf(2).getLayer()).getLossFn()).isEqualTo(LOSS);
        } finally {
            master.deleteTempFiles(spark());
        }
    }

    @Test
    void averagedGraphsLearn() {
        List<DataSet> batches = batches(8);
        ComputationGraph graph = SmallNetworks.graph(Head.SEGMENTATION_LOSS_LAYER.layer(LOSS, Activation.SOFTMAX));
        double before = graph.score(batches.get(0));
        SparkComputationGraph onSpark = new SparkComputationGraph(spark(), graph,
                averaging().rddTrainingApproach(RDDTrainingApproach.Direct).build());
        for (int epoch = 0; epoch < 8; epoch++) {
            onSpark.fit(rdd(batches));
        }
        assertThat(onSpark.getNetwork().score(batches.get(0))).isLessThan(0.9 * before);
    }

    /** One average of two workers is the mean of two networks that each saw the batch of one worker alone. */
    @Test
    void workersStepOnTheLossOfTheirOwnBatch() {
        List<DataSet> batches = batches(2);
        INDArray averaged = averagedOnce(LOSS, batches);
        INDArray first = steppedOnce(LOSS, batches.get(0));
        INDArray second = steppedOnce(LOSS, batches.get(1));
        assertThat(averaged).isEqualTo(first.add(second).div(2));
        assertThat(first).isNotEqualTo(second);
    }

    /** With plain SGD, means over equally many pixels add up; scores of regions do not. */
    @Test
    void onlyMeansOverEquallyManyPixelsAreThoseOfTheWholeBatch() {
        List<DataSet> batches = batches(2);
        batches.forEach(batch -> {
            batch.setLabels(batch.getLabels().dup());
            BooleanIndexing.replaceWhere(batch.getLabels(), 0, Conditions.equals(SmallNetworks.IGNORED));
        });
        DataSet whole = DataSet.merge(batches);
        assertThat(share(Losses.categoricalCrossEntropy(), batches, whole)).isLessThan(1e-4);
        assertThat(share(Losses.jaccard(), batches, whole)).isGreaterThan(1e-3);
    }

    /** How far an averaged step ends from that of the whole batch, as a share of that step. */
    private double share(SegmentationLoss loss, List<DataSet> batches, DataSet whole) {
        INDArray exact = steppedOnce(loss, whole);
        INDArray start = network(loss, new Sgd(1)).params();
        return averagedOnce(loss, batches).distance2(exact) / exact.distance2(start);
    }

    private INDArray averagedOnce(SegmentationLoss loss, List<DataSet> batches) {
        SparkDl4jMultiLayer onSpark = new SparkDl4jMultiLayer(spark(), network(loss, new Sgd(1)),
                averaging().rddTrainingApproach(RDDTrainingApproach.Direct).repartionData(Repartition.Never).build());
        return onSpark.fit(rdd(batches)).params();
    }

    private static INDArray steppedOnce(SegmentationLoss loss, DataSet batch) {
        MultiLayerNetwork network = network(loss, new Sgd(1));
        network.fit(batch);
        return network.params();
    }

    @Test
    void evaluationsAreThoseOfOneMachine() {
        List<DataSet> batches = batches(5);
        MultiLayerNetwork network = network(LOSS, new Adam(0.05));
        SegmentationEvaluation local = network.doEvaluation(new ExistingDataSetIterator(batches), evaluation())[0];
        SparkDl4jMultiLayer onSpark = new SparkDl4jMultiLayer(spark(), network, averaging().build());
        SegmentationEvaluation distributed = onSpark.doEvaluation(rdd(batches), evaluation(), 4);
        assertThat(distributed).isEqualTo(local).hasToString(local.toString());
        assertThat(distributed.total()).isPositive();
    }

    private static SegmentationEvaluation evaluation() {
        return new SegmentationEvaluation(SmallNetworks.CLASSES).ignoreIndex(SmallNetworks.IGNORED);
    }

    /** Scores are those of the batches that the workers happen to make, here of 4 examples. */
    @Test
    void scoresAreTheMeansOfTheWorkersBatches() {
        List<DataSet> batches = batches(4);
        MultiLayerNetwork network = network(LOSS, new Adam(0.05));
        SparkDl4jMultiLayer onSpark = new SparkDl4jMultiLayer(spark(), network, averaging().build());
        assertThat(onSpark.calculateScore(rdd(batches), true, 4)).isCloseTo(score(network, batches), within(1e-6));
        assertThat(onSpark.scoreExamples(rdd(batches), true, 4).count()).isEqualTo(16);
    }

    private static double score(MultiLayerNetwork network, List<DataSet> batches) {
        return batches.stream().mapToDouble(network::score).average().orElseThrow();
    }
}
