package org.segloss4j.bench.gpu;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Outcome;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.RealBackends;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;

/**
 * Runs each family of kernels once on little data and compares it with the reference: what compute-sanitizer watches.
 * {@code --host} takes the host for a device. Exit code 1 if something is wrong.
 */
public final class EachKernel {

    private static final LossBackend REFERENCE = new ReferenceBackend();
    private static final SegmentationLoss COMBINATION = Losses.dice().perImage(true)
            .plus(Losses.categoricalCrossEntropy().classIndexes(0, 1)).plus(Losses.binaryFocal()).ignoreIndex(1);

    private final Function<LaunchPolicy, LossBackend> backends;
    private LossBackend backend;
    private final Random random = new Random(1);
    private int runs;
    private int wrong;

    private EachKernel(Function<LaunchPolicy, LossBackend> backends) {
        this.backends = backends;
        backend = backends.apply(LaunchPolicy.configured());
    }

    /**
     * Runs all.
     *
     * @param args {@code --host}, or nothing
     */
    public static void main(String[] args) {
        EachKernel all = new EachKernel(Arrays.asList(args).contains("--host") ? HostBackends::someUnder
                : RealBackends::backend);
        for (ElementType type : new ElementType[] {ElementType.FLOAT, ElementType.DOUBLE, ElementType.HALF,
            ElementType.BFLOAT16}) {
            for (String axes : new String[] {"NCS", "NSC", "SCN"}) {
                // Unrolled, warp by warp, and with a number of classes that is known only at run time.
                for (int channels : new int[] {1, 3, 19, 40}) {
                    all.sweep(type, axes, channels);
                }
            }
        }
        all.withFewThreads();
        all.counts();
        System.out.println(all.runs + " runs, " + all.wrong + " wrong");
        if (all.wrong > 0) {
            System.exit(1);
        }
    }

    /** Blocks of so few threads that their parts have several tiles. */
    private void withFewThreads() {
        backend = backends.apply(LaunchPolicy.parse("t32b2v4s2r1"));
        for (ElementType type : new ElementType[] {ElementType.FLOAT, ElementType.BFLOAT16}) {
            sweep(type, "NCS", 3);
            sweep(type, "NCS", 19);
        }
        backend = backends.apply(LaunchPolicy.configured());
    }

    private void sweep(ElementType type, String axes, int channels) {
        Tensor logits = TestTensors.fill(TestTensors.laidOut(type, 2, channels, 517, axes, 0), random::nextGaussian);
        Activation activation = channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX;
        for (ElementType labelType : new ElementType[] {ElementType.UINT8, ElementType.INT64, ElementType.FLOAT}) {
            boolean index = labelType.integer();
            Tensor labels = TestTensors.fill(TestTensors.packed(labelType, 2, index ? 1 : channels, 517),
                    () -> index ? random.nextInt(Math.max(2, channels)) : random.nextInt(2));
            Batch batch = new Batch(logits, activation, new Labels(index ? Labels.Kind.INDEX : Labels.Kind.DENSE,
                    labels), null);
            SegmentationLoss many = channels > 1 ? COMBINATION : Losses.BINARY_FOCAL_JACCARD_LOSS;
            for (SegmentationLoss loss : List.of(Losses.jaccard(), many)) {
                compare(loss, batch);
            }
        }
    }

    private void compare(SegmentationLoss loss, Batch batch) {
        Outcome expected = Outcome.of(REFERENCE, loss, batch);
        Outcome actual = Outcome.of(backend, loss, batch);
        double eps = switch (batch.predictions().type()) {
            case HALF -> 1e-3;
            case BFLOAT16 -> 8e-3;
            default -> 1e-5;
        };
        double largest = Arrays.stream(expected.gradient()).map(Math::abs).max().orElseThrow();
        boolean good = Math.abs(actual.value() - expected.value()) <= 1e-5 * Math.max(1, Math.abs(expected.value()));
        for (int k = 0; k < expected.gradient().length; k++) {
            good &= Math.abs(actual.gradient()[k] - expected.gradient()[k]) <= eps * largest + 6e-8;
        }
        count(good, loss + " of " + batch.predictions());
    }

    private void counts() {
        for (int channels : new int[] {1, 5, 120}) {
            Tensor predictions = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, channels, 517),
                    random::nextGaussian);
            Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1, 517),
                    () -> random.nextInt(Math.max(2, channels)));
            Batch batch = TestTensors.indexed(predictions, channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX,
                    labels);
            count(Arrays.equals(backend.confusion(batch, null, 0.5), REFERENCE.confusion(batch, null, 0.5)),
                    "pairs of " + predictions);
            long[][] histogram = backend.labelCounts(labels, Math.max(2, channels), null);
            count(Arrays.stream(histogram).allMatch(h -> Arrays.stream(h).sum() == 517), "labels of " + labels);
        }
    }

    private void count(boolean good, String what) {
        runs++;
        if (!good) {
            wrong++;
            System.out.println("wrong: " + what);
        }
    }
}
