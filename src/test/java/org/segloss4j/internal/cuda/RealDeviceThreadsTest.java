package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.loss.BackendChoice;

/** Losses that several threads compute on a device at the same time are, bit for bit, those of one thread alone. */
class RealDeviceThreadsTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = 3;

    @BeforeAll
    static void useDevice() {
        RealBackends.require();
        System.setProperty(BackendChoice.PROPERTY, "cuda");
    }

    @AfterAll
    static void anyBackend() {
        System.clearProperty(BackendChoice.PROPERTY);
    }

    private record Case(SegmentationLoss loss, SegmentationBatch batch) {

        /** Value, gradient and confusion counts. */
        List<Object> outcome() {
            LossResult result = loss.valueAndGradient(batch);
            return List.of(result.value(), Arrays.hashCode(result.gradient().dup().data().asFloat()),
                    Arrays.hashCode(batch.confusion(null, 0.5)));
        }
    }

    private static Case randomCase(SegmentationLoss loss, int channels, int height, int width) {
        Random random = new Random(channels + height);
        float[] logits = new float[2 * channels * height * width];
        for (int k = 0; k < logits.length; k++) {
            logits[k] = (float) random.nextGaussian();
        }
        INDArray labels = Nd4j.createFromArray(random.ints(2L * height * width, 0, Math.max(2, channels)).toArray())
                .reshape(2, height, width).castTo(DataType.UINT8);
        return new Case(loss, SegmentationBatch.predictions(Nd4j.createFromArray(logits).reshape(2, channels, height,
                width)).labels(labels).activation(channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX));
    }

    @Test
    void areThoseOfOneThread() throws Exception {
        List<Case> cases = List.of(randomCase(Losses.jaccard(), 3, 33, 47),
                randomCase(Losses.BCE_DICE_LOSS, 1, 64, 50),
                randomCase(Losses.jaccard().plus(Losses.categoricalCrossEntropy()), 3, 20, 20));
        List<List<Object>> alone = cases.stream().map(Case::outcome).toList();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<Void>> all = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int first = thread;
                all.add(threads.submit(() -> {
                    start.await();
                    for (int k = 0; k < ROUNDS * cases.size(); k++) {
                        int which = (first + k) % cases.size();
                        assertThat(cases.get(which).outcome()).as("case " + which).isEqualTo(alone.get(which));
                    }
                    return null;
                }));
            }
            for (Future<Void> each : all) {
                each.get(2, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
