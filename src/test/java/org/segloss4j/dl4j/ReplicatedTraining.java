package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.segloss4j.data.BatchShare;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.Replicas;
import org.segloss4j.replicas.TcpReplicas;

/** Trains a network by several threads of this JVM, for tests. */
final class ReplicatedTraining {

    static final Duration TIMEOUT = Duration.ofMinutes(1);

    private ReplicatedTraining() {
    }

    /**
     * What training has made.
     *
     * @param params of the network
     * @param state  of its updater; null if it has none
     * @param scores of the steps
     */
    record Result(INDArray params, INDArray state, List<Double> scores) {

        /** Whether all bits are the same. */
        boolean sameBits(Result other) {
            return params.equalsWithEps(other.params, 0) && ArrayChecksum.of(params) == ArrayChecksum.of(other.params)
                    && ArrayChecksum.of(state) == ArrayChecksum.of(other.state) && scores.equals(other.scores);
        }
    }

    static Result result(Model network, List<Double> scores) {
        BaseMultiLayerUpdater<?> updater = network instanceof ComputationGraph graph ? graph.getUpdater()
                : (BaseMultiLayerUpdater<?>) ((MultiLayerNetwork) network).getUpdater();
        INDArray state = updater.getStateViewArray();
        return new Result(network.params().dup(), state == null ? null : state.dup(), scores);
    }

    static DataParallelTrainer trainer(Model network, Replicas replicas) {
        return network instanceof ComputationGraph graph ? DataParallelTrainer.of(graph, replicas)
                : DataParallelTrainer.of((MultiLayerNetwork) network, replicas);
    }

    /** Trains by replicas; all of them must have the same bits. */
    static Result train(int size, int parts, Supplier<? extends Model> network, List<? extends MultiDataSet> batches) {
        return same(LocalReplicas.run(size, TIMEOUT, replicas -> train(replicas, parts, network, batches)));
    }

    /** The same by replicas that speak by TCP. */
    static Result trainByTcp(int size, int parts, Supplier<? extends Model> network,
                             List<? extends MultiDataSet> batches) {
        return same(byTcp(size, replicas -> train(replicas, parts, network, batches)));
    }

    private static Result train(Replicas replicas, int parts, Supplier<? extends Model> network,
                                List<? extends MultiDataSet> batches) {
        Model own = network.get();
        DataParallelTrainer trainer = trainer(own, replicas).parts(parts).seed(5).checkEvery(1);
        return result(own, batches.stream().map(batch -> trainer.step(BatchShare.of(batch, trainer.parts())))
                .toList());
    }

    /** Runs the same work as several replicas, in threads, that speak by TCP. */
    static <T> List<T> byTcp(int size, Function<Replicas, T> work) {
        List<TcpReplicas.Listener> listeners = Stream.generate(() -> TcpReplicas.listen("127.0.0.1:0")).limit(size)
                .toList();
        List<String> addresses = listeners.stream().map(listener -> "127.0.0.1:" + listener.port()).toList();
        return LocalReplicas.run(size, TIMEOUT, local -> {
            try (Replicas replicas = listeners.get(local.rank()).connect(addresses, local.rank(), new byte[32],
                    TIMEOUT, Map.of())) {
                return work.apply(replicas);
            }
        });
    }

    private static Result same(List<Result> results) {
        int size = results.size();
        assertThat(IntStream.range(1, size)).allMatch(rank -> results.get(rank).sameBits(results.get(0)));
        return results.get(0);
    }
}
