package org.segloss4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.segloss4j.ForkedJvm;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Storage;
import org.segloss4j.internal.backend.Tensor;

/** The number of threads is read once in a JVM, so each one gets its own. */
class ThreadsPropertyTest {

    @Test
    void resultsHaveTheSameBitsForAnyNumberOfThreads() {
        List<String> one = ForkedJvm.run(ThreadsPropertyTest.class, Map.of(), "-Dsegloss4j.threads=1");
        assertThat(one).hasSize(18).doesNotHaveDuplicates();
        for (int threads : new int[] {2, 4}) {
            assertThat(ForkedJvm.run(ThreadsPropertyTest.class, Map.of(), "-Dsegloss4j.threads=" + threads))
                    .isEqualTo(one);
        }
    }

    @Test
    void aBadNumberIsTheSameErrorAtEveryCall() {
        String message = "java.lang.IllegalArgumentException: -Dsegloss4j.threads is \"abc\","
                + " but must be a whole number from 1 to 32767";
        List<String> printed = ForkedJvm.run(ThreadsPropertyTest.class, Map.of(), "-Dsegloss4j.threads=abc");
        assertThat(printed).hasSize(18).containsOnly(message);
    }

    /** Prints a fingerprint or the exception of every computation. */
    public static void main(String[] args) {
        for (ElementType type : new ElementType[] {ElementType.FLOAT, ElementType.DOUBLE, ElementType.HALF}) {
            for (ElementType labels : new ElementType[] {ElementType.UINT8, ElementType.FLOAT}) {
                for (SegmentationLoss loss : new SegmentationLoss[] {Losses.CCE_JACCARD_LOSS, Losses.binaryFocal(),
                        Losses.dice().perImage(true)}) {
                    try {
                        System.out.println(fingerprint(loss, type, labels));
                    } catch (IllegalArgumentException | LinkageError e) {
                        System.out.println(e);
                    }
                }
            }
        }
    }

    private static String fingerprint(SegmentationLoss loss, ElementType type, ElementType labels) {
        Random random = new Random(5);
        Tensor predictions = tensor(type, 5);
        Tensor truth = tensor(labels, labels.integer() ? 1 : 5);
        for (long n = 0; n < 3; n++) {
            for (long s = 0; s < predictions.pixels(); s++) {
                for (int c = 0; c < 5; c++) {
                    Elements.put(predictions, n, c, s, random.nextGaussian());
                    if (!labels.integer()) {
                        Elements.put(truth, n, c, s, random.nextDouble());
                    }
                }
                if (labels.integer()) {
                    truth.storage().window(0).put((int) truth.offset(n, 0, s), (byte) random.nextInt(5));
                }
            }
        }
        Tensor gradient = tensor(type, 5);
        double value = new CpuBackend()
                .valueAndGradient(Job.gradient(LossInternals.spec(loss), new Batch(predictions, Activation.SOFTMAX,
                new Labels(labels.integer() ? Labels.Kind.INDEX : Labels.Kind.DENSE, truth), null), 1, gradient));
        return Double.doubleToRawLongBits(value) + " " + gradient.storage().window(0).hashCode();
    }

    private static Tensor tensor(ElementType type, int channels) {
        long pixels = 10_007;
        ByteBuffer memory = ByteBuffer.allocateDirect((int) (3 * channels * pixels * type.bytes()));
        return new Tensor(Storage.of(memory), type, 0, 3, channels, pixels, channels * pixels, pixels, 1);
    }
}
