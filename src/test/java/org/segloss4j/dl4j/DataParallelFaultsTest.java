package org.segloss4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.segloss4j.data.BatchShare;
import org.segloss4j.dl4j.ReplicatedTraining.Result;
import org.segloss4j.dl4j.SmallNetworks.Head;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.Parts;
import org.segloss4j.replicas.ReplicaException;
import org.segloss4j.replicas.Replicas;

/** What goes wrong in a step leaves everything as it was before it, and says which replica it was. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class DataParallelFaultsTest {

    private static MultiLayerNetwork network() {
        return SmallNetworks.network(Head.SEGMENTATION_LOSS_LAYER.layer());
    }

    private static BatchShare share(DataParallelTrainer trainer, DataSet batch) {
        return BatchShare.of(batch, trainer.parts());
    }

    /** Replicas whose call of a number fails. */
    private static Replicas failing(Replicas replicas, int call) {
        return new Replicas() {
            private int calls;

            private void count() {
                if (calls++ == call) {
                    throw new ReplicaException("replica 1 is lost");
                }
            }

            @Override
            public int rank() {
                return replicas.rank();
            }

            @Override
            public int size() {
                return replicas.size();
            }

            @Override
            public List<byte[]> allGather(byte[] own) {
                count();
                return replicas.allGather(own);
            }

            @Override
            public void sum(List<INDArray> parts, INDArray result) {
                count();
                replicas.sum(parts, result);
            }

            @Override
            public void close() {
                replicas.close();
            }
        };
    }

    /** A step has three calls: of the sums, of the scores and of the gradients. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5})
    void aLostReplicaLeavesNetworkAndUpdaterAsTheyWereBeforeTheStep(int call) {
        MultiLayerNetwork network = network();
        Replicas replicas = failing(LocalReplicas.of(1, ReplicatedTraining.TIMEOUT).get(0), call);
        DataParallelTrainer trainer = DataParallelTrainer.of(network, replicas).parts(3);
        trainer.step(share(trainer, SmallNetworks.indexedData(5, 1)));
        Result before = ReplicatedTraining.result(network, List.of());
        assertThatThrownBy(() -> trainer.step(share(trainer, SmallNetworks.indexedData(5, 2))))
                .isInstanceOf(ReplicaException.class).hasMessage("replica 1 is lost");
        assertThat(ReplicatedTraining.result(network, List.of()).sameBits(before)).isTrue();
        assertThat(network.getIterationCount()).isEqualTo(1);
        assertThatThrownBy(() -> trainer.step(share(trainer, SmallNetworks.indexedData(5, 2))))
                .isInstanceOf(IllegalStateException.class).hasMessageStartingWith("an earlier step failed");
        // What is left in the network does not show in what is done with it next.
        DataParallelTrainer again = DataParallelTrainer.of(network, LocalReplicas.of(1, ReplicatedTraining.TIMEOUT)
                .get(0)).parts(3);
        again.step(share(again, SmallNetworks.indexedData(5, 2)));
        MultiLayerNetwork other = network();
        DataParallelTrainer untroubled = DataParallelTrainer.of(other, LocalReplicas.of(1, ReplicatedTraining.TIMEOUT)
                .get(0)).parts(3);
        untroubled.step(share(untroubled, SmallNetworks.indexedData(5, 1)));
        untroubled.step(share(untroubled, SmallNetworks.indexedData(5, 2)));
        assertThat(ReplicatedTraining.result(network, List.of()).sameBits(ReplicatedTraining.result(other, List.of())))
                .isTrue();
    }

    /** Runs two replicas with other batches, seeds or parameters, and returns what each of them threw. */
    private static List<Throwable> failures(int steps, IntUnaryOperator examples, IntUnaryOperator seed,
                                            IntUnaryOperator spoiltAfter) {
        Throwable[] failures = new Throwable[2];
        catchThrowable(() -> LocalReplicas.run(2, ReplicatedTraining.TIMEOUT, replicas -> {
            int rank = replicas.rank();
            MultiLayerNetwork network = network();
            DataParallelTrainer trainer = DataParallelTrainer.of(network, replicas).checkEvery(2)
                    .seed(seed.applyAsInt(rank));
            failures[rank] = catchThrowable(() -> {
                for (int k = 0; k < steps; k++) {
                    if (k == spoiltAfter.applyAsInt(rank)) {
                        network.params().putScalar(7, network.params().getDouble(7) + 1e-6);
                    }
                    trainer.step(share(trainer, SmallNetworks.indexedData(examples.applyAsInt(rank), k)));
                }
            });
            return null;
        }));
        return Arrays.asList(failures);
    }

    @Test
    void otherParametersAreNoticedAtTheNextComparison() {
        List<Throwable> failures = failures(5, rank -> 4, rank -> 0, rank -> rank == 0 ? -1 : 1);
        assertThat(failures).allMatch(failure -> failure instanceof ReplicaException);
        assertThat(failures.get(0)).hasMessageContaining(
                "replica 1 has other parameters or another state of the updater than replica 0 before step 2 ");
        assertThat(failures(5, rank -> 4, rank -> 0, rank -> -1)).containsOnlyNulls();
    }

    @Test
    void otherBatchesAndSeedsAreRefused() {
        assertThat(failures(1, rank -> 4 + rank, rank -> 0, rank -> -1).get(0)).hasMessageStartingWith("replica 1 is at"
                + " step 0 with a batch of 5 examples in 2 parts and seed 0, but replica 0 at step 0 with a batch of 4"
                + " examples in 2 parts and seed 0");
        assertThat(failures(1, rank -> 4, rank -> rank, rank -> -1).get(0)).hasMessageContaining("and seed 1, but");
    }

    @Test
    void badLabelsOfOneReplicaEndTheStepOfAll() {
        List<Result> before = new ArrayList<>(Collections.nCopies(2, null));
        List<Result> after = new ArrayList<>(Collections.nCopies(2, null));
        Throwable[] failures = new Throwable[2];
        catchThrowable(() -> LocalReplicas.run(2, ReplicatedTraining.TIMEOUT, replicas -> {
            MultiLayerNetwork network = network();
            DataParallelTrainer trainer = DataParallelTrainer.of(network, replicas);
            DataSet batch = SmallNetworks.indexedData(4, 1);
            trainer.step(share(trainer, batch));
            before.set(replicas.rank(), ReplicatedTraining.result(network, List.of()));
            batch.getLabels().putScalar(new int[] {3, 2, 2}, 77);
            failures[replicas.rank()] = catchThrowable(() -> trainer.step(share(trainer, batch)));
            after.set(replicas.rank(), ReplicatedTraining.result(network, List.of()));
            replicas.close();
            return null;
        }));
        assertThat(failures[1]).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("77");
        assertThat(failures[0]).isInstanceOf(ReplicaException.class).hasMessageContaining("1");
        assertThat(after.get(0).sameBits(before.get(0)) && after.get(1).sameBits(before.get(1))).isTrue();
    }

    @Test
    void whatCannotBeTrainedInPartsIsRefused() {
        Replicas replicas = LocalReplicas.of(4, ReplicatedTraining.TIMEOUT).get(1);
        MultiLayerNetwork series = new MultiLayerNetwork(new org.deeplearning4j.nn.conf.NeuralNetConfiguration.Builder()
                .list().layer(new RnnOutputLayer.Builder().nIn(2).nOut(2).build())
                .backpropType(BackpropType.TruncatedBPTT).build());
        series.init();
        assertThatThrownBy(() -> DataParallelTrainer.of(series, replicas)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("truncated backpropagation").hasMessageNotContaining("\n");
        MultiLayerNetwork half = SmallNetworks.network(new Sgd(0.1), DataType.FLOAT16,
                Head.SEGMENTATION_LOSS_LAYER.layer());
        assertThatThrownBy(() -> DataParallelTrainer.of(half, replicas)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the network's parameters are HALF, but ");
        DataParallelTrainer trainer = DataParallelTrainer.of(network(), replicas);
        assertThatThrownBy(() -> trainer.parts(3)).hasMessage("3 parts for 4 replicas: each needs at least one part");
        assertThatThrownBy(() -> trainer.checkEvery(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> trainer.step(new BatchShare(8, List.of(SmallNetworks.data(1, 1).toMultiDataSet()))))
                .hasMessage("part 1 of 4 of a batch of 8 examples has 2 of them, but 1 are given");
        assertThatThrownBy(() -> trainer.step(new BatchShare(0, Collections.singletonList(null))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("a batch of 0 examples");
        assertThatThrownBy(() -> trainer.step(new BatchShare(8, List.of())))
                .hasMessage("the batch has 0 parts for replica 1, which has 1 of 4");
    }

    @Test
    void arraysOfABatchThatHaveMoreExamplesThanOthersAreNotCutOff() {
        DataSet batch = SmallNetworks.data(4, 1);
        batch.setLabels(SmallNetworks.data(5, 1).getLabels());
        assertThatThrownBy(() -> BatchShare.of(batch, Parts.of(2, 0, 2))).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the batch has 4 examples by its features, but 5 by array 0 of its labels");
        DataSet masked = SmallNetworks.data(4, 1);
        masked.setLabelsMaskArray(Nd4j.ones(3, 1, SmallNetworks.HEIGHT, SmallNetworks.WIDTH));
        assertThatThrownBy(() -> BatchShare.of(masked, Parts.of(2, 0, 2)))
                .hasMessageContaining("but 3 by array 0 of its masks of labels");
    }
}
