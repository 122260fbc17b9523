package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelInference;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.deeplearning4j.parallelism.inference.InferenceMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
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
        for (int k = 0; k < 8; k++) {
            batches.add(SmallNetworks.data(2, k));
        }
        double before = network.score(batches.get(0));
        ParallelWrapper wrapper = new ParallelWrapper.Builder<>(network).workers(2).averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING).prefetchBuffer(0).build();
        try {
            for (int epoch = 0; epoch < 4; epoch++) {
                wrapper.fit(new ExistingDataSetIterator(batches));
            }
        } finally {
            wrapper.shutdown();
        }
        assertThat(network.score(batches.get(0))).isLessThan(0.95 * before);
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
