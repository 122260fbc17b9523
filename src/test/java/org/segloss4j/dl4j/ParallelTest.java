package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelInference;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.deeplearning4j.parallelism.inference.InferenceMode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.segloss4j.dl4j.SmallNetworks.Head;

/** Networks with the losses in several threads. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ParallelTest {

    /** Runs tasks at once and gives their results in order. */
    private static <T> List<T> atOnce(List<Callable<T>> tasks) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> future : threads.invokeAll(tasks)) {
                results.add(future.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @EnumSource
    void parallelInferenceGivesTheNetworksNumbers(Head head) throws Exception {
        MultiLayerNetwork network = SmallNetworks.network(head.layer());
        ParallelInference inference = new ParallelInference.Builder(network).inferenceMode(InferenceMode.BATCHED)
                .workers(2).build();
        try {
            List<Callable<INDArray>> requests = new ArrayList<>();
            for (int k = 0; k < 8; k++) {
                INDArray features = SmallNetworks.features(1 + k % 3, k);
                requests.add(() -> inference.output(features));
            }
            List<INDArray> answers = atOnce(requests);
            for (int k = 0; k < 8; k++) {
                INDArray expected = network.output(SmallNetworks.features(1 + k % 3, k));
                assertThat(answers.get(k).equalsWithEps(expected, 1e-6)).isTrue();
            }
        } finally {
            inference.shutdown();
        }
    }

    @ParameterizedTest
    @EnumSource
    void parallelTrainingByAveragingLearns(Head head) {
        MultiLayerNetwork network = SmallNetworks.network(head.layer());
        List<DataSet> batches = new ArrayList<>();
        for (int k = 0; k < 32; k++) {
            batches.add(SmallNetworks.data(2, k % 8));
        }
        double before = network.score(batches.get(0));
        ParallelWrapper wrapper = new ParallelWrapper.Builder<>(network).workers(2).averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING).prefetchBuffer(0).build();
        try {
            wrapper.fit(new ExistingDataSetIterator(batches));
        } finally {
            wrapper.shutdown();
        }
        assertThat(network.score(batches.get(0))).isLessThan(0.95 * before);
    }

    /** Batches of unequal sizes, and a last round with fewer batches than workers. */
    private static final List<DataSet> UNEQUAL = List.of(SmallNetworks.data(1, 1), SmallNetworks.data(4, 2),
            SmallNetworks.data(3, 3), SmallNetworks.data(2, 4), SmallNetworks.data(2, 5));

    private static DataSet together(List<DataSet> batches) {
        return new DataSet(Nd4j.concat(0, batches.stream().map(DataSet::getFeatures).toArray(INDArray[]::new)),
                Nd4j.concat(0, batches.stream().map(DataSet::getLabels).toArray(INDArray[]::new)));
    }

    private static void fitInTwo(Model network, ExactAveraging context) {
        ParallelWrapper wrapper = new ParallelWrapper.Builder<>(network).workers(2).averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING).prefetchBuffer(0).build();
        if (context != null) {
            wrapper.setTrainerContext(context);
        }
        try {
            // Each fit makes its workers anew.
            for (int epoch = 0; epoch < 2; epoch++) {
                wrapper.fit(new ExistingDataSetIterator(UNEQUAL));
            }
        } finally {
            wrapper.shutdown();
        }
    }

    /** Not momentum in a MultiLayerNetwork: the wrapper loses that of its workers, with any loss. */
    static Stream<Arguments> linearUpdaters() {
        return Stream.of(Arguments.of(Head.CNN_LOSS_LAYER, new Sgd(0.3), true),
                Arguments.of(Head.SEGMENTATION_LOSS_LAYER, new Nesterovs(0.1, 0.9), true));
    }

    /** Two workers with half a batch each make the steps of one network with the whole; without the exchange not. */
    @Test
    void exactAveragingIsOneNetworkWithTheWholeBatch() {
        exactAveragingIsOneNetwork(Head.SEGMENTATION_LOSS_LAYER, new Sgd(0.3), false);
    }

    /** The wrapper takes seconds to make its workers and to end them. */
    @ParameterizedTest
    @MethodSource("linearUpdaters")
    @Tag("slow")
    void exactAveragingIsOneNetwork(Head head, IUpdater updater, boolean isGraph) {
        List<Model> models = new ArrayList<>();
        for (int k = 0; k < 3; k++) {
            models.add(isGraph ? SmallNetworks.graph(updater, DataType.DOUBLE, head.layer())
                    : SmallNetworks.network(updater, DataType.DOUBLE, head.layer()));
        }
        for (int epoch = 0; epoch < 2; epoch++) {
            for (int from = 0; from < UNEQUAL.size(); from += 2) {
                DataSet whole = together(UNEQUAL.subList(from, Math.min(from + 2, UNEQUAL.size())));
                if (models.get(0) instanceof ComputationGraph graph) {
                    graph.fit(whole);
                } else {
                    ((MultiLayerNetwork) models.get(0)).fit(whole);
                }
            }
        }
        fitInTwo(models.get(1), new ExactAveraging(Duration.ofSeconds(30)));
        fitInTwo(models.get(2), null);
        INDArray expected = models.get(0).params();
        assertThat(models.get(1).params().distance2(expected)).isLessThan(1e-10);
        assertThat(models.get(2).params().distance2(expected)).isGreaterThan(1e-3);
    }

    /** The other worker waits for its sums and would wait for long. */
    @Test
    void aWorkerThatFailsEndsTheRound() {
        DataSet bad = SmallNetworks.indexedData(1, 2);
        bad.getLabels().putScalar(7, 77);
        ParallelWrapper wrapper = new ParallelWrapper.Builder<>(SmallNetworks.network(
                Head.SEGMENTATION_LOSS_LAYER.layer())).workers(2).averagingFrequency(1).prefetchBuffer(0).build();
        wrapper.setTrainerContext(new ExactAveraging(Duration.ofHours(1)));
        try {
            assertThat(catchThrowable(() -> wrapper.fit(new ExistingDataSetIterator(
                    List.of(SmallNetworks.indexedData(1, 1), bad)))))
                    .hasStackTraceContaining("replica 1 has left while others wait for it");
        } finally {
            wrapper.shutdown();
        }
    }

    @Test
    void exactAveragingNeedsParametersThatAreAveragedAtEachStep() {
        ParallelWrapper wrapper = new ParallelWrapper.Builder<>(SmallNetworks.network(Head.CNN_LOSS_LAYER.layer()))
                .workers(2).averagingFrequency(3).build();
        wrapper.setTrainerContext(new ExactAveraging(Duration.ofSeconds(30)));
        assertThatIllegalArgumentException().isThrownBy(() -> wrapper.fit(new ExistingDataSetIterator(UNEQUAL)))
                .withMessageStartingWith("an averaging frequency of 3");
        wrapper.shutdown();
        assertThatIllegalArgumentException().isThrownBy(() -> new ExactAveraging(Duration.ZERO));
    }

    /** Both heads' layers hold the same loss; each thread trains a network of its own on data of its own. */
    @Test
    void threadsShareALoss() throws Exception {
        List<Callable<List<Double>>> trainings = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
            Head head = Head.values()[k % 2];
            int seed = k;
            trainings.add(() -> scores(head, seed));
        }
        List<List<Double>> expected = new ArrayList<>();
        for (Callable<List<Double>> training : trainings) {
            expected.add(training.call());
        }
        assertThat(expected.get(0)).isNotEqualTo(expected.get(2));
        assertThat(atOnce(trainings)).isEqualTo(expected);
    }

    private static List<Double> scores(Head head, int seed) {
        MultiLayerNetwork network = SmallNetworks.network(head.layer());
        List<Double> scores = new ArrayList<>();
        for (int k = 0; k < 15; k++) {
            network.fit(SmallNetworks.data(1 + k % 3, 100 * seed + k));
            scores.add(network.score());
        }
        return scores;
    }
}
