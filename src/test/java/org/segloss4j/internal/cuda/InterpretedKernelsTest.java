package org.segloss4j.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.ForkedJvm;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Counting;
import org.segloss4j.internal.backend.DevicePlace;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Outcome;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.driver.Drivers;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.math.BoundedCurve;
import org.segloss4j.internal.math.CalibrationTerm;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.FactorCurve;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.HardestPixelsTerm;
import org.segloss4j.internal.math.LabelSmoothing;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.LovaszTerm;
import org.segloss4j.internal.math.LovaszTerm.Form;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.SeparateTerm;

/**
 * A few kernels by the driver that interprets PTX, each in a JVM of its own that launches little else, so that what a
 * bug in a kernel costs is the compilation of one pair of kernels.
 */
@Tag("interpreted")
class InterpretedKernelsTest {

    @TempDir
    private static Path folder;

    @BeforeAll
    static void buildDriver() throws IOException {
        PtxDriver.require();
        PtxDriver.into(folder);
    }

    private static List<String> run(Class<?> main, String... arguments) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of("LD_LIBRARY_PATH", folder.toString(),
                "VGPU_INITCHECK", "error", "VGPU_GLOBALRACE", "error", "VGPU_STICKY", "1", "VGPU_DEVICES", "2",
                "OMP_NUM_THREADS", "1"));
        return new ForkedJvm(environment, List.of("-Xmx1g"), main, arguments).result().lines().toList();
    }

    private static void isAsTheReferenceSays(ElementType type, int padding) throws Exception {
        List<String> said = run(OneLoss.class, type.name(), Integer.toString(padding));
        assertThat(said).as(String.join("\n", said)).startsWith("0").endsWith("is as the reference says");
    }

    /** Also where labels begin at an odd address, so that they cannot be read some at a time. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void lossesOfFloatsAreThoseOfTheReference(int padding) throws Exception {
        isAsTheReferenceSays(ElementType.FLOAT, padding);
    }

    @Test
    void lossesOfHalvesAreThoseOfTheReference() throws Exception {
        isAsTheReferenceSays(ElementType.HALF, 0);
    }

    @Test
    void lossesOfBfloatsAreThoseOfTheReference() throws Exception {
        isAsTheReferenceSays(ElementType.BFLOAT16, 0);
    }

    /** Threads walk through rows of channels, or outputs have weights of their own. */
    @Test
    void lossesOfRowsAndOfWeighedOutputsAreThoseOfTheReference() throws Exception {
        List<String> said = run(Rows.class);
        assertThat(said).as(String.join("\n", said)).startsWith("0").endsWith("is as the reference says");
    }

    /** Computes losses of sigmoids whose channels lie last, in whole tiles and a rest; then any with weights. */
    static final class Rows {

        private Rows() {
        }

        public static void main(String[] args) {
            Random random = new Random(3);
            Tensor logits = TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 2, 3, 3000, "NSC", 0),
                    random::nextGaussian);
            Tensor truth = TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 2, 3, 3000, "NSC", 0),
                    () -> random.nextInt(2));
            Tensor ignored = TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 2, 3, 3000, "NSC", 0),
                    () -> random.nextInt(9) == 0 ? 255 : random.nextInt(2));
            Tensor classes = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1, 3000),
                    () -> random.nextInt(9) == 0 ? 255 : random.nextInt(3));
            CudaDevices devices = new CudaDevices(Drivers.open(), CudaAvailability::compilers);
            for (SegmentationLoss loss : List.of(Losses.jaccard(), Losses.sigmoidCrossEntropy(),
                    Losses.dice().perImage(true).plus(Losses.sigmoidCrossEntropy()))) {
                check(devices, loss, new Batch(logits, Activation.SIGMOID, new Labels(Labels.Kind.DENSE, truth), null));
                check(devices, loss.ignoreIndex(255),
                        new Batch(logits, Activation.SIGMOID, new Labels(Labels.Kind.DENSE, ignored), null));
                check(devices, loss.ignoreIndex(255),
                        new Batch(logits, Activation.SIGMOID, new Labels(Labels.Kind.INDEX, classes), null));
                checkWeighed(devices, loss, random, "NSC", 3000);
                // Channels that are aligned in different ways.
                checkWeighed(devices, loss, random, "NCS", 1501);
            }
            System.out.println("is as the reference says");
        }

        private static void checkWeighed(CudaDevices devices, SegmentationLoss loss, Random random, String axes,
                                         int pixels) {
            Tensor logits = TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 2, 3, pixels, axes, 0),
                    random::nextGaussian);
            Labels dense = new Labels(Labels.Kind.DENSE, TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 2, 3,
                    pixels, axes, 0), () -> random.nextInt(20) / 19));
            Labels classes = new Labels(Labels.Kind.INDEX, TestTensors.fill(TestTensors.packed(ElementType.INT32, 2, 1,
                    pixels), () -> random.nextInt(9) == 0 ? 255 : random.nextInt(3)));
            check(devices, loss.ignoreIndex(2), new Batch(logits, Activation.SIGMOID, dense, null), axes);
            for (int parts : new int[] {1, 2}) {
                Tensor mask = TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, 2, 3, pixels, axes, 0),
                        () -> random.nextInt(parts + 1) / (double) parts);
                check(devices, loss, new Batch(logits, Activation.SIGMOID, dense, mask), axes);
                check(devices, loss.ignoreIndex(255), new Batch(logits, Activation.SIGMOID, classes, mask), axes);
            }
        }

        private static void check(CudaDevices devices, SegmentationLoss loss, Batch batch) {
            check(devices, loss, batch, "NSC");
        }

        private static void check(CudaDevices devices, SegmentationLoss loss, Batch batch, String axes) {
            requireClose(Outcome.of(new CudaBackend(devices, LaunchPolicy.DEFAULT), loss,
                    DeviceArrays.on(devices.device(0), 0, batch),
                    TestTensors.laidOut(ElementType.FLOAT, 2, 3, batch.predictions().pixels(), axes, 0)),
                    Outcome.of(new ReferenceBackend(), loss, batch), 1e-5);
        }
    }

    /** Networks end in a softmax or a sigmoid of their own. */
    @Test
    void lossesOfProbabilitiesAreThoseOfTheReference() throws Exception {
        List<String> said = run(Probabilities.class);
        assertThat(said).as(String.join("\n", said)).startsWith("0").endsWith("is as the reference says");
    }

    /** Computes Keras' losses of probabilities, of which some are 0 and 1, in whole tiles and a rest. */
    static final class Probabilities {

        private static final int PIXELS = 2100;

        private Probabilities() {
        }

        private static Tensor random(int channels, DoubleSupplier values) {
            return TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, channels, PIXELS), values);
        }

        private static Tensor probabilities(Random random, int channels) {
            return random(channels, () -> random.nextInt(9) == 0 ? random.nextInt(2) : random.nextDouble());
        }

        public static void main(String[] args) {
            Random random = new Random(3);
            Tensor bits = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1, PIXELS),
                    () -> random.nextInt(2));
            Batch binary = TestTensors.indexed(probabilities(random, 1), Activation.IDENTITY, bits);
            Batch independent = new Batch(probabilities(random, 3), Activation.IDENTITY,
                    new Labels(Labels.Kind.DENSE, random(3, () -> random.nextInt(2))), null);
            Tensor oneHot = random(5, () -> 0);
            for (int s = 0; s < 2 * PIXELS; s++) {
                TestTensors.put(oneHot, s / PIXELS, random.nextInt(5), s % PIXELS, 1);
            }
            Batch categorical = new Batch(probabilities(random, 5), Activation.IDENTITY,
                    new Labels(Labels.Kind.DENSE, oneHot), null);
            Batch weighed = new Batch(independent.predictions(), Activation.IDENTITY, independent.labels(),
                    random(3, () -> random.nextInt(4) / 2.0));
            SegmentationLoss entropy = Losses.binaryCrossEntropy();
            SegmentationLoss focal = Losses.binaryFocal();
            CudaDevices devices = new CudaDevices(Drivers.open(), CudaAvailability::compilers);
            CudaBackend backend = new CudaBackend(devices, LaunchPolicy.DEFAULT);
            check(backend, binary, entropy, focal, Losses.dice().plus(entropy), Losses.dice().plus(focal));
            check(backend, independent, entropy, Losses.dice().plus(entropy));
            check(backend, weighed, entropy, Losses.dice().plus(entropy));
            check(backend, categorical, Losses.categoricalFocal(),
                    Losses.dice().plus(Losses.categoricalCrossEntropy().classWeights(0.5, 1, 0.25, 2, 1.25)));
            System.out.println("is as the reference says");
        }

        private static void check(CudaBackend backend, Batch batch, SegmentationLoss... losses) {
            for (SegmentationLoss loss : losses) {
                requireClose(Outcome.of(backend, loss, batch), Outcome.of(new ReferenceBackend(), loss, batch), 1e-5);
            }
        }
    }

    /** Warps share the channels, and curves of the true class are exact: alone and beside scores; they count, too. */
    @Test
    void exactLossesOfManyClassesAreThoseOfTheReference() throws Exception {
        List<String> said = run(ManyClasses.class);
        assertThat(said).as(String.join("\n", said)).startsWith("0").endsWith("is as the reference says");
    }

    /** Computes losses of 150 classes, some of whose true ones underflow. */
    static final class ManyClasses {

        private ManyClasses() {
        }

        public static void main(String[] args) {
            Batch batch = DeviceArrays.onHost(ElementType.FLOAT, 150, 256, 0);
            for (int s = 0; s < 256; s += 5) {
                TestTensors.put(batch.predictions(), 1, s % 150, s, 130);
                // Two are the largest, in one slice or in neighbouring ones.
                TestTensors.put(batch.predictions(), 0, s % 150, s, 20);
                TestTensors.put(batch.predictions(), 0, (s + 1) % 150, s, 20);
            }
            CudaDevices devices = new CudaDevices(Drivers.open(), CudaAvailability::compilers);
            SegmentationLoss smoothed = Losses.poly1(1).labelSmoothing(0.1)
                    .classWeights(IntStream.range(0, 150).mapToDouble(c -> c % 4).toArray());
            for (SegmentationLoss loss : List.of(Losses.crossEntropy(), Losses.dice().plus(Losses.crossEntropy()),
                    smoothed, Losses.dice().plus(smoothed))) {
                requireClose(Outcome.of(new CudaBackend(devices, LaunchPolicy.DEFAULT), loss,
                        DeviceArrays.on(devices.device(0), 0, batch)), Outcome.of(new ReferenceBackend(), loss, batch),
                        1e-5);
                Tensor p = batch.predictions();
                Tensor gradient = TestTensors.packed(p.type(), p.examples(), p.channels(), p.pixels());
                Counting counting = new Counting(null, 0.5);
                long[] counts = new CudaBackend(devices, LaunchPolicy.DEFAULT).enqueueValueAndGradient(
                        Job.gradient(LossInternals.spec(loss), batch, 1, gradient).counting(counting)).counts();
                if (!Arrays.equals(counts, new ReferenceBackend().confusion(batch, null, 0.5))) {
                    throw new AssertionError(loss + " counts other predictions than the reference");
                }
            }
            System.out.println("is as the reference says");
        }
    }

    /**
     * Errors of several tiles are sorted, with masses of their own and without, and what the sort yields is scanned; or
     * they are counted in bins.
     */
    @Test
    void rankedErrorsAreThoseOfTheReference() throws Exception {
        isAsTheReferenceSays("lovasz");
    }

    /** The hardest pixels are selected, and probabilities are counted in bins. */
    @Test
    void selectedPixelsAndCountedProbabilitiesAreThoseOfTheReference() throws Exception {
        isAsTheReferenceSays("others");
    }

    private static void isAsTheReferenceSays(String terms) throws Exception {
        List<String> said = run(SeparateTerms.class, terms);
        assertThat(said).as(String.join("\n", said)).startsWith("0").endsWith("is as the reference says");
    }

    /** Computes terms of their own passes, adds their gradient, and fails if these are not those of the reference. */
    static final class SeparateTerms {

        private static final List<SeparateTerm> LOVASZ = List.of(
                new LovaszTerm(1, Form.SOFTMAX, ClassSelection.ALL, true, true, false),
                new LovaszTerm(1, Form.HINGE, ClassSelection.ALL, true, true, true),
                new LovaszTerm(1, Form.SOFTMAX, ClassSelection.ALL, true, false, false));
        private static final List<SeparateTerm> OTHERS = List.of(
                new HardestPixelsTerm(1, new HardestPixelsTerm.Fraction(0.25, false), ClassSelection.ALL),
                new HardestPixelsTerm(1, new HardestPixelsTerm.Threshold(0.2, 700), ClassSelection.ALL),
                new CalibrationTerm(1, 20, ClassSelection.ALL, true));

        private SeparateTerms() {
        }

        public static void main(String[] args) {
            Batch plain = DeviceArrays.onHost(ElementType.FLOAT, 2, 5000, 0);
            Tensor mask = TestTensors.packed(ElementType.FLOAT, 2, 1, plain.predictions().pixels());
            IntStream.range(0, 5000).forEach(s -> TestTensors.put(mask, s % 2, 0, s, s % 7 / 4.0));
            CudaDevices devices = new CudaDevices(Drivers.open(), CudaAvailability::compilers);
            DeviceResidentBackend ours = new DeviceResidentBackend(devices.device(0), new DevicePlace(0, 0));
            for (SeparateTerm term : args[0].equals("lovasz") ? LOVASZ : OTHERS) {
                check(ours, term, plain);
                check(ours, term, new Batch(plain.predictions(), plain.activation(), plain.labels(), mask));
            }
            System.out.println("is as the reference says");
        }

        private static void check(DeviceResidentBackend ours, SeparateTerm term, Batch batch) {
            Tensor p = batch.predictions();
            double[][] gradients = new double[2][];
            double[] values = new double[2];
            for (int k = 0; k < 2; k++) {
                Tensor gradient = TestTensors.packed(p.type(), p.examples(), p.channels(), p.pixels());
                Job job = Job.gradient(LossSpec.countsOnly(null), batch, 1, gradient);
                values[k] = k == 0 ? ours.addSeparate(job, term) : new ReferenceBackend().addSeparate(job, term);
                gradients[k] = TestTensors.values(gradient);
            }
            double farthest = IntStream.range(0, gradients[0].length)
                    .mapToDouble(k -> Math.abs(gradients[0][k] - gradients[1][k])).max().orElseThrow();
            if (!(Math.abs(values[0] - values[1]) < 1e-5) || !(farthest < 1e-6)) {
                throw new AssertionError(term + ": value " + values[0] + " instead of " + values[1]
                        + ", the gradient errs by " + farthest);
            }
        }
    }

    /** Exact curves in unrolled kernels, and terms that only the kernels of any loss know. */
    @Test
    void lossesThatAreNotPlainAreThoseOfTheReference() throws Exception {
        List<String> said = run(WideLosses.class);
        assertThat(said).as(String.join("\n", said)).startsWith("0").endsWith("are as the reference says");
    }

    /** Computes some losses that are not plain, and fails if they are not those of the reference. */
    static final class WideLosses {

        private WideLosses() {
        }

        private static PixelTerm term(PixelCurve negative, PixelTerm.Input input, double smoothing, Normaliser by) {
            return new PixelTerm(1, new FocalCurve(1, 2, 0), negative, input, ClassSelection.ALL, null,
                    new LabelSmoothing(LabelSmoothing.Kind.UNIFORM, smoothing), by);
        }

        private static PixelTerm outputs(double positive, double negative, double gamma) {
            return new PixelTerm(1, new FocalCurve(positive, gamma, 0), new FocalCurve(negative, gamma, 0),
                    PixelTerm.Input.PROBABILITY, ClassSelection.ALL, null, LabelSmoothing.NONE, Normaliser.PIXELS);
        }

        public static void main(String[] args) {
            RegionTerm dice = new RegionTerm(1, RegionScore.fScore(1, 1), ClassSelection.ALL, true);
            PixelTerm exact = term(null, PixelTerm.Input.PROBABILITY, 0, Normaliser.TRUE_WEIGHTS);
            PixelTerm rest = term(new FocalCurve(1, 0, 0), PixelTerm.Input.SIGMOID, 0, Normaliser.ALL_PIXELS);
            PixelTerm smooth = term(new BoundedCurve(1, 0.7), PixelTerm.Input.PROBABILITY, 0.1, Normaliser.PIXELS);
            Batch batch = DeviceArrays.onHost(ElementType.FLOAT, 3, 1024, 0);
            CudaDevices devices = new CudaDevices(Drivers.open(), CudaAvailability::compilers);
            CudaBackend backend = new CudaBackend(devices, LaunchPolicy.DEFAULT);
            PixelTerm entropyOfAll = new PixelTerm(1, new FocalCurve(1, 0, 0), null, PixelTerm.Input.PROBABILITY,
                    new ClassSelection(null, List.of(1.0, 2.0, 0.5)), null,
                    new LabelSmoothing(LabelSmoothing.Kind.UNIFORM, 0.1), Normaliser.TRUE_WEIGHTS);
            PixelTerm linearOfAll = new PixelTerm(1, new FactorCurve(1, 1, 0), null, PixelTerm.Input.PROBABILITY,
                    new ClassSelection(null, List.of(1.0, 2.0, 0.5)), null,
                    new LabelSmoothing(LabelSmoothing.Kind.UNIFORM, 0.2), Normaliser.PIXELS);
            for (LossSpec spec : List.of(new LossSpec(List.of(), List.of(exact), null, null),
                    new LossSpec(List.of(), List.of(entropyOfAll), null, null),
                    new LossSpec(List.of(dice), List.of(entropyOfAll), null, null),
                    new LossSpec(List.of(), List.of(entropyOfAll, linearOfAll), null, null),
                    new LossSpec(List.of(dice), List.of(linearOfAll, entropyOfAll), null, null),
                    new LossSpec(List.of(dice), List.of(exact), null, null),
                    new LossSpec(List.of(), List.of(exact, rest, smooth), null, null),
                    new LossSpec(List.of(dice), List.of(rest, smooth), null, null))) {
                Outcome ours = Outcome.of(backend, spec, DeviceArrays.on(devices.device(0), 0, batch));
                Outcome truth = Outcome.of(new ReferenceBackend(), spec, batch);
                requireClose(ours, truth, 1e-5);
            }
            Random random = new Random(5);
            Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, 1500),
                    () -> random.nextInt(2));
            Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 1, 1500),
                    () -> 3 * random.nextGaussian());
            // The tile of an infinite logit, which costs nothing, goes another way than others.
            TestTensors.put(logits, 0, 0, 700, TestTensors.values(truth)[700] > 0
                    ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY);
            Batch sigmoid = TestTensors.indexed(logits, Activation.SIGMOID, truth);
            for (PixelTerm outputs : List.of(outputs(3, 1, 0), outputs(1, 1, 0), outputs(0.25, 0.75, 2),
                    outputs(0.25, 0.75, 1.5))) {
                for (List<RegionTerm> scores : List.of(List.<RegionTerm>of(), List.of(dice))) {
                    LossSpec spec = new LossSpec(scores, List.of(outputs), null, null);
                    requireClose(Outcome.of(backend, spec, DeviceArrays.on(devices.device(0), 0, sigmoid)),
                            Outcome.of(new ReferenceBackend(), spec, sigmoid), 1e-6);
                }
            }
            System.out.println("are as the reference says");
        }
    }

    private static void requireClose(Outcome ours, Outcome truth, double bound) {
        double largest = IntStream.range(0, truth.gradient().length)
                .mapToDouble(k -> Math.abs(truth.gradient()[k])).max().orElseThrow();
        double farthest = IntStream.range(0, truth.gradient().length)
                .mapToDouble(k -> Math.abs(ours.gradient()[k] - truth.gradient()[k])).max().orElseThrow();
        if (!(Math.abs(ours.value() - truth.value()) < 1e-5) || !(farthest < bound * largest)) {
            throw new AssertionError("value " + ours.value() + " instead of " + truth.value()
                    + ", the gradient errs by " + farthest + " of " + largest);
        }
    }

    /** Computes a loss and its gradient, and fails if they are not those of the reference. */
    static final class OneLoss {

        private OneLoss() {
        }

        public static void main(String[] args) {
            ElementType type = ElementType.valueOf(args[0]);
            // More pixels than a block takes.
            Batch batch = DeviceArrays.onHost(type, 3, 8192, Integer.parseInt(args[1]));
            SegmentationLoss loss = Losses.jaccard();
            CudaDevices devices = new CudaDevices(Drivers.open(), CudaAvailability::compilers);
            Outcome ours = Outcome.of(new CudaBackend(devices, LaunchPolicy.DEFAULT), loss,
                    DeviceArrays.on(devices.device(0), 0, batch));
            Outcome truth = Outcome.of(new ReferenceBackend(), loss, batch);
            // 16 bits round to 2^-11 and 2^-8 of a number.
            requireClose(ours, truth, type == ElementType.FLOAT ? 1e-5 : 1e-2);
            System.out.println("is as the reference says");
        }
    }

    /** The first kernel of a call faults: it is the one that is named, and all that follows says so, on that device. */
    @Test
    void aFaultEndsTheUseOfItsDeviceOnly() throws Exception {
        List<String> said = run(Misplaced.class);
        String text = String.join("\n", said);
        assertThat(said).as(text).startsWith("0");
        assertThat(text).contains("to which device 0 has no peer access")
                .containsPattern("(?m)^first: cuLaunchKernel seg_region_backward\\S+, after"
                        + " seg_region_forward\\S+, grid .* on device 0 .*: CUDA_ERROR_ILLEGAL_ADDRESS;"
                        + " the device cannot be used any more in this process$")
                .containsPattern("(?m)^second: device 0 \\(Virtual GPU\\) cannot be used any more in this process,"
                        + " since an earlier call failed: cuLaunchKernel .* CUDA_ERROR_ILLEGAL_ADDRESS$")
                .containsPattern("(?m)^other: the same value$");
    }

    /** Says that arrays of the second device are on the first. */
    static final class Misplaced {

        private Misplaced() {
        }

        private static String messageOf(Runnable call) {
            try {
                call.run();
                return "nothing";
            } catch (CudaException e) {
                return e.getMessage();
            }
        }

        public static void main(String[] args) {
            CudaDevices devices = new CudaDevices(Drivers.open(), CudaAvailability::compilers);
            CudaBackend backend = new CudaBackend(devices, LaunchPolicy.DEFAULT);
            SegmentationLoss loss = Losses.jaccard();
            Batch batch = DeviceArrays.onHost(ElementType.FLOAT, 3, 8192, 0);
            double expected = Outcome.of(backend, loss, batch).value();
            Batch misplaced = DeviceArrays.on(devices.device(1), 0, batch);
            List<String> told = new ArrayList<>();
            told.add("first: " + messageOf(() -> Outcome.of(backend, loss, misplaced)));
            told.add("second: " + messageOf(() -> Outcome.of(backend, loss, batch)));
            double other = Outcome.value(backend, loss, DeviceArrays.on(devices.device(1), 1, batch));
            told.add("other: " + (other == expected ? "the same value" : other + ", not " + expected));
            told.forEach(System.out::println);
        }
    }
}
