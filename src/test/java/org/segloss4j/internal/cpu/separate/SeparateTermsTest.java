package org.segloss4j.internal.cpu.separate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Elements;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.math.CalibrationTerm;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.HardestPixelsTerm;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.LovaszTerm;
import org.segloss4j.internal.math.LovaszTerm.Form;
import org.segloss4j.internal.math.SeparateTerm;

/** Losses beside the shared sweeps, against plain formulas of the papers, numeric derivatives and one another. */
class SeparateTermsTest {

    private static final int VOID = 255;
    private static final LossBackend REFERENCE = new ReferenceBackend();

    private static LovaszTerm lovasz(Form form, boolean perImage) {
        return new LovaszTerm(1, form, ClassSelection.ALL, true, true, perImage);
    }

    private static LovaszTerm of(ClassSelection classes, boolean onlyPresent, boolean exact) {
        return new LovaszTerm(1, Form.SOFTMAX, classes, onlyPresent, exact, false);
    }

    private static HardestPixelsTerm topK(double fraction) {
        return new HardestPixelsTerm(1, new HardestPixelsTerm.Fraction(fraction, false), ClassSelection.ALL);
    }

    private static HardestPixelsTerm ohem(double probability, long minimum) {
        return new HardestPixelsTerm(1, new HardestPixelsTerm.Threshold(probability, minimum), ClassSelection.ALL);
    }

    private static CalibrationTerm calibration(int bins, boolean onlyPresent) {
        return new CalibrationTerm(1, bins, ClassSelection.ALL, onlyPresent);
    }

    /** Every kind of term, with other settings than its defaults, too. */
    static Stream<SeparateTerm> terms() {
        ClassSelection some = new ClassSelection(List.of(2, 0, 2), List.of(0.5, 2.0, 1.5));
        ClassSelection weighted = new ClassSelection(null, List.of(0.5, 2.0, 1.5));
        return Stream.of(lovasz(Form.SOFTMAX, false), lovasz(Form.SOFTMAX, true), lovasz(Form.HINGE, false),
                lovasz(Form.HINGE, true), of(some, false, true),
                new LovaszTerm(0.3, Form.SOFTMAX, weighted, true, true, true), topK(0.3),
                new HardestPixelsTerm(2, new HardestPixelsTerm.Fraction(0.7, true), weighted),
                ohem(0.2, 9), ohem(0.6, 1),
                new HardestPixelsTerm(0.5, new HardestPixelsTerm.Threshold(0.3, 20), weighted),
                calibration(7, true), new CalibrationTerm(0.5, 4, some, false));
    }

    static Stream<LossBackend> backends() {
        return Stream.of(REFERENCE, new CpuBackend());
    }

    private static LossSpec spec(Integer ignore) {
        return LossSpec.countsOnly(ignore);
    }

    private static double value(LossBackend backend, SeparateTerm term, Batch batch) {
        return backend.addSeparate(Job.sums(spec(VOID), batch, false), term);
    }

    /** The gradient in the order [N, C, S], beside a gradient of 0. */
    private static double[] gradient(LossBackend backend, SeparateTerm term, Batch batch) {
        Tensor p = batch.predictions();
        Tensor gradient = TestTensors.packed(p.type(), p.examples(), p.channels(), p.pixels());
        backend.addSeparate(Job.gradient(spec(VOID), batch, 1, gradient), term);
        return TestTensors.values(gradient);
    }

    private static Batch batch(long seed, ElementType type, Activation activation, int examples, int pixels,
                               boolean withMask) {
        Random random = new Random(seed);
        Tensor predictions = TestTensors.fill(TestTensors.laidOut(type, examples, 3, pixels, "NSC", 0),
                () -> activation == Activation.IDENTITY ? 0.02 + 0.96 * random.nextDouble() : random.nextGaussian());
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, examples, 1, pixels),
                () -> random.nextInt(6) == 0 ? VOID : random.nextInt(3));
        Tensor mask = !withMask ? null : TestTensors.fill(TestTensors.packed(ElementType.DOUBLE, examples, 1, pixels),
                () -> random.nextInt(4) / 2.0);
        return new Batch(predictions, activation, new Labels(Labels.Kind.INDEX, labels), mask);
    }

    /** The loss of the paper: errors of one class, those of void pixels left out. */
    private static double plainLovasz(double[] errors, boolean[] truth) {
        Integer[] order = IntStream.range(0, errors.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> -errors[i]));
        double all = 0;
        for (boolean t : truth) {
            all += t ? 1 : 0;
        }
        double value = 0;
        double before = 0;
        double hit = 0;
        double missed = 0;
        for (int i : order) {
            hit += truth[i] ? 1 : 0;
            missed += truth[i] ? 0 : 1;
            double jaccard = 1 - (all - hit) / (all + missed);
            value += Math.max(0, errors[i]) * (jaccard - before);
            before = jaccard;
        }
        return value;
    }

    private static double[] softmax(Batch batch, long n, long s) {
        double[] p = IntStream.range(0, 3).mapToDouble(c -> Elements.get(batch.predictions(), n, c, s)).toArray();
        if (batch.activation() == Activation.SOFTMAX) {
            double sum = Arrays.stream(p).map(Math::exp).sum();
            return Arrays.stream(p).map(z -> Math.exp(z) / sum).toArray();
        }
        return p;
    }

    /** The places of pixels that are not void. */
    private static List<long[]> places(Batch batch) {
        List<long[]> places = new ArrayList<>();
        for (long n = 0; n < batch.predictions().examples(); n++) {
            for (long s = 0; s < batch.predictions().pixels(); s++) {
                if (label(batch, n, s) != VOID) {
                    places.add(new long[] {n, s});
                }
            }
        }
        return places;
    }

    private static long label(Batch batch, long n, long s) {
        return Elements.getLong(batch.labels().tensor(), n, 0, s);
    }

    private static double plainSoftmaxOfClass(Batch batch, int c) {
        List<long[]> places = places(batch);
        double[] errors = new double[places.size()];
        boolean[] truth = new boolean[places.size()];
        for (int i = 0; i < errors.length; i++) {
            long n = places.get(i)[0];
            long s = places.get(i)[1];
            truth[i] = label(batch, n, s) == c;
            errors[i] = Math.abs((truth[i] ? 1 : 0) - softmax(batch, n, s)[c]);
        }
        return plainLovasz(errors, truth);
    }

    @ParameterizedTest
    @MethodSource("backends")
    void lovaszSoftmaxIsThatOfAPlainSort(LossBackend backend) {
        Batch batch = batch(1, ElementType.DOUBLE, Activation.SOFTMAX, 3, 5000, false);
        double expected = IntStream.range(0, 3).mapToDouble(c -> plainSoftmaxOfClass(batch, c)).average().orElseThrow();
        assertThat(value(backend, lovasz(Form.SOFTMAX, false), batch)).isCloseTo(expected, offset(1e-12));
        double some = (plainSoftmaxOfClass(batch, 2) * (0.5 + 1.5) + plainSoftmaxOfClass(batch, 0) * 2) / 3;
        assertThat(value(backend, of(new ClassSelection(List.of(2, 0, 2), List.of(0.5, 2.0, 1.5)), true, true), batch))
                .isCloseTo(some, offset(1e-12));
        double images = IntStream.range(0, 3).mapToDouble(n -> value(backend, lovasz(Form.SOFTMAX, false),
                batch.examples(n, n + 1))).average().orElseThrow();
        assertThat(value(backend, lovasz(Form.SOFTMAX, true), batch)).isCloseTo(images, offset(1e-12));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void lovaszHingeIsThatOfAPlainSort(LossBackend backend) {
        Batch batch = batch(2, ElementType.DOUBLE, Activation.IDENTITY, 2, 3000, false);
        List<long[]> places = places(batch);
        double[] errors = new double[3 * places.size()];
        boolean[] truth = new boolean[errors.length];
        for (int i = 0; i < errors.length; i++) {
            long[] place = places.get(i / 3);
            truth[i] = label(batch, place[0], place[1]) == i % 3;
            errors[i] = 1 - (truth[i] ? 1 : -1) * Elements.get(batch.predictions(), place[0], i % 3, place[1]);
        }
        assertThat(value(backend, lovasz(Form.HINGE, false), batch))
                .isCloseTo(plainLovasz(errors, truth), offset(1e-12));
    }

    @Test
    void absentClassesAreLeftOutOrCount() {
        Batch batch = TestTensors.indexed(TestTensors.of(ElementType.DOUBLE, 1, 3, 2, 0.5, 0.25, 0.25, 0.5, 0.25, 0.25),
                Activation.IDENTITY, TestTensors.of(ElementType.UINT8, 1, 1, 2, 0, 1));
        // Classes 0 and 1: the error 0.5 of the truth costs 1, then J is 1 already; of the others the largest counts.
        double present = value(REFERENCE, of(ClassSelection.ALL, true, true), batch);
        assertThat(present).isCloseTo((0.5 * 1 + 0 + 0.5 * 1) / 2, offset(1e-15));
        assertThat(value(REFERENCE, of(ClassSelection.ALL, false, true), batch))
                .isCloseTo((0.5 + 0.5 + 0.25) / 3, offset(1e-15));
        assertThat(value(REFERENCE, of(new ClassSelection(List.of(2), null), true, true), batch)).isZero();
        assertThat(value(REFERENCE, of(new ClassSelection(List.of(2), null), false, true), batch)).isEqualTo(0.25);
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void countedErrorsAreWithinHalfABin(Activation activation) {
        for (long seed = 0; seed < 20; seed++) {
            Batch batch = batch(seed, ElementType.FLOAT, activation, 2, 700, seed % 2 == 1);
            ClassSelection classes = seed % 3 == 0 ? new ClassSelection(List.of(1, 2), null) : ClassSelection.ALL;
            double exact = value(REFERENCE, of(classes, true, true), batch);
            assertThat(value(REFERENCE, of(classes, true, false), batch)).isCloseTo(exact, offset(0.5 / (1 << 16)));
            assertThat(value(new CpuBackend(), of(classes, true, false), batch))
                    .isCloseTo(exact, offset(0.5 / (1 << 16)));
        }
    }

    @Test
    void countedErrorsAreWithinHalfABinOnADevice() {
        HostBackends.require();
        LossBackend backend = HostBackends.deviceResident();
        for (boolean withMask : new boolean[] {false, true}) {
            Batch batch = batch(22, ElementType.FLOAT, Activation.SOFTMAX, 2, 700, withMask);
            LovaszTerm counted = of(new ClassSelection(List.of(1, 2), null), true, false);
            double exact = value(REFERENCE, of(new ClassSelection(List.of(1, 2), null), true, true), batch);
            assertThat(value(backend, counted, batch)).isCloseTo(exact, offset(0.5 / (1 << 16) + 1e-7));
            double[] gradient = gradient(backend, counted, batch);
            // Masses that are no whole numbers are sorted.
            double[] expected = gradient(REFERENCE, withMask ? of(counted.classes(), true, true) : counted, batch);
            assertThat(IntStream.range(0, gradient.length).mapToDouble(k -> Math.abs(gradient[k] - expected[k])).max()
                    .orElseThrow()).isLessThan(1e-6);
            for (int s = 0; s < 700; s++) {
                Elements.put(batch.predictions(), 0, 0, s, Double.NaN);
            }
            assertThat(value(backend, counted, batch)).isNaN();
        }
        Tensor absent = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 1, 1, 300), () -> 0);
        Batch only = TestTensors.indexed(batch(23, ElementType.FLOAT, Activation.SOFTMAX, 1, 300, false).predictions(),
                Activation.SOFTMAX, absent);
        LovaszTerm all = of(new ClassSelection(List.of(2), null), false, false);
        assertThat(value(backend, all, only)).isCloseTo(value(REFERENCE, all, only), offset(1e-7));
    }

    /** Over errors that stand in the middle of their bins, both forms are the same function. */
    @Test
    void countedErrorsHaveTheGradientOfSortedOnes() {
        Random random = new Random(5);
        int count = 400;
        int[] bins = random.ints(0, 1 << 16).distinct().limit(count).toArray();
        double[] errors = Arrays.stream(bins).mapToDouble(b -> (b + 0.5) / (1 << 16) * (b % 2 == 0 ? 1 : -1)).toArray();
        double[] truth = random.doubles(count).toArray();
        double[] other = Arrays.stream(truth).map(t -> 1 - t).toArray();
        double[] sorted = errors.clone();
        double[] counted = errors.clone();
        double value = new LovaszExtension(true, sorted, truth, other, count).exact();
        assertThat(new LovaszExtension(true, counted, truth, other, count).binned()).isCloseTo(value, offset(1e-12));
        // For soft labels the two orders differ within a pixel.
        double[] hard = Arrays.stream(truth).map(Math::rint).toArray();
        double[] rest = Arrays.stream(hard).map(t -> 1 - t).toArray();
        sorted = errors.clone();
        counted = errors.clone();
        new LovaszExtension(true, sorted, hard, rest, count).exact();
        new LovaszExtension(true, counted, hard, rest, count).binned();
        // A bin of one pixel has the steps of that pixel alone.
        assertThat(counted).containsExactly(sorted, offset(1e-12));
    }

    @ParameterizedTest
    @MethodSource("terms")
    void gradientsAreDerivatives(SeparateTerm term) {
        for (Activation activation : Activation.values()) {
            Batch batch = batch(11, ElementType.DOUBLE, activation, 2, 40, true);
            double[] gradient = gradient(REFERENCE, term, batch);
            double step = 1e-7;
            for (int k = 0; k < gradient.length; k++) {
                int n = k / 120;
                int c = k / 40 % 3;
                int s = k % 40;
                double z = Elements.get(batch.predictions(), n, c, s);
                Elements.put(batch.predictions(), n, c, s, z + step);
                double above = value(REFERENCE, term, batch);
                Elements.put(batch.predictions(), n, c, s, z - step);
                double below = value(REFERENCE, term, batch);
                Elements.put(batch.predictions(), n, c, s, z);
                assertThat(gradient[k]).as("%s %s, output %d", term, activation, k)
                        .isCloseTo((above - below) / (2 * step), offset(2e-7));
            }
            assertThat(Arrays.stream(gradient).anyMatch(g -> g != 0)).as("%s %s", term, activation).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("terms")
    void theCpuAgreesWithTheReferenceAndRepeatsItself(SeparateTerm term) {
        for (ElementType type : new ElementType[] {ElementType.FLOAT, ElementType.DOUBLE, ElementType.HALF}) {
            Batch batch = batch(12, type, Activation.SOFTMAX, 3, 5003, true);
            agreesAndRepeatsItself(new CpuBackend(), term, batch, ofCpu(term, type), 1e-7);
        }
    }

    /** The CPU adds losses in float where it chooses pixels; which it chooses is exact all the same. */
    private static double ofCpu(SeparateTerm term, ElementType type) {
        return term instanceof HardestPixelsTerm && type != ElementType.DOUBLE ? 1e-6 : 1e-12;
    }

    private static void agreesAndRepeatsItself(LossBackend backend, SeparateTerm term, Batch batch, double ofValue,
                                               double ofGradient) {
        assertThat(value(backend, term, batch)).isEqualTo(value(backend, term, batch))
                .isCloseTo(value(REFERENCE, term, batch), offset(ofValue));
        double[] gradient = gradient(backend, term, batch);
        assertThat(Arrays.equals(gradient(backend, term, batch), gradient)).isTrue();
        double[] expected = gradient(REFERENCE, term, batch);
        assertThat(IntStream.range(0, gradient.length).mapToDouble(k -> Math.abs(gradient[k] - expected[k])).max()
                .orElseThrow()).isLessThan(ofGradient);
    }

    @ParameterizedTest
    @MethodSource("terms")
    void kernelsAgreeWithTheReferenceAndRepeatThemselves(SeparateTerm term) {
        HostBackends.require();
        // Once with loops over any number of classes, and once with unrolled ones.
        for (boolean withMask : new boolean[] {true, false}) {
            Batch batch = batch(19, ElementType.FLOAT, Activation.SOFTMAX, 2, 333, withMask);
            agreesAndRepeatsItself(withMask ? HostBackends.deviceResident() : HostBackends.deviceResidentAll(), term,
                    batch, 1e-6, 1e-6);
        }
    }

    /** Soft labels, and a mask that weighs outputs. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("terms")
    void kernelsTakeSoftLabels(SeparateTerm term) {
        HostBackends.require();
        Random random = new Random(31);
        Tensor truth = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, 90),
                () -> random.nextInt(8) / 8.0);
        Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, 90), () -> random.nextInt(4) * 0.3);
        Batch batch = new Batch(batch(31, ElementType.FLOAT, Activation.SIGMOID, 2, 90, false).predictions(),
                Activation.SIGMOID, new Labels(Labels.Kind.DENSE, truth), mask);
        agreesAndRepeatsItself(HostBackends.deviceResident(), term, batch, 1e-6, 1e-6);
    }

    /** Many equal losses at the threshold, numbers that are none, and more bins than shared memory has room for. */
    @Tag("slow")
    @Test
    void kernelsShareTiesAndShowNaN() {
        HostBackends.require();
        LossBackend backend = HostBackends.deviceResident();
        Random random = new Random(32);
        Tensor steps = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 1, 3, 900),
                () -> (1 + random.nextInt(4)) / 8.0);
        Batch batch = TestTensors.indexed(steps, Activation.IDENTITY, batch(33, ElementType.FLOAT,
                Activation.IDENTITY, 1, 900, false).labels().tensor());
        List<SeparateTerm> terms = List.of(topK(0.29), ohem(0.1, 500), ohem(0.3, 1), calibration(4, true),
                calibration(1000, true), lovasz(Form.SOFTMAX, false), of(ClassSelection.ALL, true, false));
        terms.forEach(term -> agreesAndRepeatsItself(backend, term, batch, 1e-6, 1e-6));
        Elements.put(steps, 0, 1, 5, Double.NaN);
        TestTensors.put(batch.labels().tensor(), 0, 0, 5, 1);
        for (SeparateTerm term : terms) {
            assertThat(value(backend, term, batch)).as(term.toString()).isNaN();
            assertThat(value(REFERENCE, term, batch)).as(term.toString()).isNaN();
        }
    }

    /** Where one class is nearly certain, its slope is a small difference of probabilities times slopes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void kernelsKeepTheDigitsOfPixelsThatAreNearlyCertain(boolean unrolled) {
        HostBackends.require();
        LossBackend backend = unrolled ? HostBackends.deviceResidentAll() : HostBackends.deviceResident();
        int pixels = 60;
        Batch drawn = batch(35, ElementType.FLOAT, Activation.SOFTMAX, 1, pixels, false);
        for (int s = 0; s < pixels; s++) {
            int label = (int) label(drawn, 0, s);
            if (label != VOID) {
                Elements.put(drawn.predictions(), 0, label, s, 15 + 0.07 * s);
            }
        }
        for (SeparateTerm term : List.of(lovasz(Form.SOFTMAX, false), calibration(7, true))) {
            double[] gradient = gradient(backend, term, drawn);
            double[] expected = gradient(REFERENCE, term, drawn);
            for (int s = 0; s < pixels; s++) {
                double size = 0;
                double error = 0;
                for (int c = 0; c < 3; c++) {
                    size = Math.max(size, Math.abs(expected[c * pixels + s]));
                    error = Math.max(error, Math.abs(gradient[c * pixels + s] - expected[c * pixels + s]));
                }
                assertThat(error).as("%s, pixel %d", term, s).isLessThanOrEqualTo(1e-4 * size);
            }
        }
    }

    /** Weights that are far from 1 and from one another. */
    @Test
    void kernelsCountBinsOfAnyWeights() {
        HostBackends.require();
        Random random = new Random(34);
        for (double scale : new double[] {1e-16, 1e-3, 3e15}) {
            Tensor mask = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 1, 400),
                    () -> random.nextInt(5) == 0 ? 0 : scale * Math.exp(2 * random.nextGaussian()));
            Batch plain = batch(34, ElementType.FLOAT, Activation.SOFTMAX, 2, 400, false);
            Batch batch = new Batch(plain.predictions(), plain.activation(), plain.labels(), mask);
            agreesAndRepeatsItself(HostBackends.deviceResident(), calibration(20, true), batch, 1e-6, 1e-6);
        }
    }

    /** Also with tensors in the host's memory, and of several tiles, the last of which is not full. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("terms")
    void kernelsOfEveryActivationAndTypeAgreeWithTheReference(SeparateTerm term) {
        HostBackends.require();
        for (Activation activation : Activation.values()) {
            for (ElementType type : new ElementType[] {ElementType.FLOAT, ElementType.DOUBLE, ElementType.HALF}) {
                for (int pixels : new int[] {1, 97, 5003}) {
                    Batch batch = batch(20, type, activation, 2, pixels, pixels != 97);
                    agreesAndRepeatsItself(HostBackends.all(), term, batch, 1e-6, type == ElementType.HALF ? 1e-3
                            : 2e-6);
                }
            }
        }
    }

    /** Bugs in the text of the kernels, each of which has to make a difference to one of the terms. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"masses | : -step | : step", "masses | ? -own.complement | ? own.complement",
        "masses | weight * (1 - g) | weight", "masses | slope - ofTop - mean | slope - ofTop",
        "masses | partials[0] + sumBefore | sumBefore", "masses | partials[1] + sumBefore | sumBefore",
        "masses | (int) args.shift & (RANK_DIGITS - 1) | (int) args.shift & (RANK_DIGITS - 2)",
        "ones | countOfBits(here & ((1u << lane()) - 1)) | countOfBits(here)",
        "ones | truth += counts[w] | truth += 0", "ones | isTrue ? -size : size | size",
        "ones | reciprocal(whole + 1) | reciprocal(whole)", "images | set * args.rows * args.places + | 0 +",
        "hinge | args.hinge && error <= 0 | false", "hinge | 1 - 2 * channels.truth(c) | 1",
        "bins | (u64) countOfBits(same) | (u64) lane()", "bins | (isTrue ? 0 : 1) | 0",
        "top | selection.left + 1 | selection.left", "top | (i64) part; | (i64) part + 9;",
        "ohem | smaller(args.minimum, all - 1) | 0",
        "ohem | key >= selection.prefix ? 0 : 1 | true ? 0 : 1", "probable | < args.rule ? KEPT | < 0 ? KEPT",
        "ohem | (all - own) * found.p | 0",
        "bins of p | gap > 0 ? 1 : gap < 0 ? -1 : gap | 1", "bins of p | sum.flush(); | ",
        "bins of p | BIN_NUMBERS] != 0 ? 1 : 0; | BIN_NUMBERS] == 0 ? 1 : 0;",
        "bins of p | unit / weight / occupied | unit / weight"})
    void bugsInKernelsMakeADifference(String kind, String right, String wrong) {
        HostBackends.require();
        SeparateTerm term = switch (kind) {
            case "hinge" -> lovasz(Form.HINGE, true);
            case "bins" -> of(new ClassSelection(List.of(1), null), true, false);
            case "top" -> topK(0.3);
            case "ohem" -> ohem(0.2, 2000);
            case "probable" -> ohem(0.6, 1);
            case "bins of p" -> calibration(7, true);
            default -> new LovaszTerm(1, Form.SOFTMAX, new ClassSelection(List.of(1, 2), null), true, true,
                    kind.equals("images"));
        };
        Batch batch = batch(24, ElementType.FLOAT, Activation.SOFTMAX, 2, 4200, kind.equals("masses"));
        double[] expected = gradient(REFERENCE, term, batch);
        double bound = 1e-4 * Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        boolean differs;
        try {
            double[] gradient = gradient(HostBackends.deviceResident(right, wrong == null ? "" : wrong), term, batch);
            differs = IntStream.range(0, gradient.length).anyMatch(k -> !(Math.abs(gradient[k] - expected[k]) < bound));
        } catch (CudaException e) {
            differs = true;
        }
        assertThat(differs).isTrue();
    }

    /** Two tiles and a part of one: counts, scans and masses of several tiles. */
    @Test
    void kernelsRankSeveralTiles() {
        HostBackends.require();
        for (boolean withMask : new boolean[] {true, false}) {
            Batch batch = batch(21, ElementType.FLOAT, Activation.SOFTMAX, 1, 8200, withMask);
            agreesAndRepeatsItself(HostBackends.deviceResident(), of(new ClassSelection(List.of(1), null), true, true),
                    batch, 1e-6, 1e-6);
        }
    }

    /** Losses so near to one another that float cannot tell them apart, for all kinds of labels. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 3, 20})
    void theCpuChoosesThePixelsThatDoubleChooses(double sure) {
        int pixels = 2000;
        for (int seed = 0; seed < 8; seed++) {
            Random random = new Random(seed);
            int apart = seed % 2;
            Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1, pixels),
                    () -> random.nextInt(9) == 0 ? VOID : random.nextInt(3));
            Tensor logits = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, 2, 3, pixels),
                    () -> 0.4 * apart * random.nextInt(3) + 2e-7 * random.nextGaussian());
            Tensor hot = TestTensors.packed(ElementType.FLOAT, 2, 3, pixels);
            for (int k = 0; k < 2 * pixels; k++) {
                int y = (int) Elements.get(labels, k / pixels, 0, k % pixels);
                if (y != VOID) {
                    Elements.put(logits, k / pixels, y, k % pixels,
                            sure + Elements.get(logits, k / pixels, y, k % pixels));
                }
                for (int c = 0; c < 3; c++) {
                    // Some labels of the second example are no classes.
                    Elements.put(hot, k / pixels, c, k % pixels, y == VOID ? 1 : k > 3500 ? 0.25 : c == y ? 1 : 0);
                }
            }
            double probability = Math.exp(sure) / (2 + Math.exp(sure));
            for (HardestPixelsTerm term : List.of(topK(0.1), topK(0.5), ohem(0.9 * probability, 900),
                    ohem(probability, 1), ohem(probability, 1500), new HardestPixelsTerm(1,
                            new HardestPixelsTerm.Fraction(0.3, true),
                            new ClassSelection(null, List.of(1.0, 2.0, 0.0))))) {
                for (Labels of : List.of(new Labels(Labels.Kind.INDEX, labels), new Labels(Labels.Kind.DENSE, hot))) {
                    Batch batch = new Batch(logits, Activation.SOFTMAX, of, null);
                    double[] expected = gradient(REFERENCE, term, batch);
                    double[] actual = gradient(new CpuBackend(), term, batch);
                    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
                    assertThat(IntStream.range(0, actual.length).mapToDouble(k -> Math.abs(actual[k] - expected[k]))
                            .max().orElseThrow()).as("%s, %s", term, of.kind()).isLessThanOrEqualTo(1e-5 * largest);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("terms")
    void gradientsAreAdded(SeparateTerm term) {
        HostBackends.require();
        Batch batch = batch(13, ElementType.DOUBLE, Activation.SOFTMAX, 2, 50, false);
        double[] alone = gradient(REFERENCE, term, batch);
        Tensor gradient = TestTensors.laidOut(ElementType.DOUBLE, 2, 3, 50, "SCN", 0);
        double[] expected = Arrays.stream(alone).map(g -> 7 - 2 * g).toArray();
        for (LossBackend backend : List.of(REFERENCE, new CpuBackend(), HostBackends.deviceResident())) {
            TestTensors.fill(gradient, () -> 7);
            backend.addSeparate(Job.gradient(spec(VOID), batch, -2, gradient), term);
            assertThat(TestTensors.values(gradient)).containsExactly(expected, offset(1e-14));
        }
    }

    /** Pixels in another order, where no two of them are equally wrong. */
    @ParameterizedTest
    @MethodSource("terms")
    void theOrderOfPixelsDoesNotMatter(SeparateTerm term) {
        int pixels = 300;
        Batch batch = batch(14, ElementType.DOUBLE, Activation.SOFTMAX, 1, pixels, false);
        int[] order = IntStream.range(0, pixels).map(s -> s * 7 % pixels).toArray();
        Tensor moved = TestTensors.packed(ElementType.DOUBLE, 1, 3, pixels);
        Tensor labels = TestTensors.packed(ElementType.UINT8, 1, 1, pixels);
        for (int s = 0; s < pixels; s++) {
            for (int c = 0; c < 3; c++) {
                Elements.put(moved, 0, c, s, Elements.get(batch.predictions(), 0, c, order[s]));
            }
            TestTensors.put(labels, 0, 0, s, label(batch, 0, order[s]));
        }
        Batch other = TestTensors.indexed(moved, Activation.SOFTMAX, labels);
        assertThat(value(REFERENCE, term, other)).isCloseTo(value(REFERENCE, term, batch), offset(1e-12));
        double[] before = gradient(REFERENCE, term, batch);
        double[] after = gradient(REFERENCE, term, other);
        for (int k = 0; k < after.length; k++) {
            assertThat(after[k]).isCloseTo(before[k / pixels * pixels + order[k % pixels]], offset(1e-12));
        }
    }

    @ParameterizedTest
    @MethodSource("terms")
    void voidPixelsAreAsIfTheyWereNotThere(SeparateTerm term) {
        Batch batch = batch(15, ElementType.DOUBLE, Activation.SOFTMAX, 2, 60, false);
        double[] gradient = gradient(REFERENCE, term, batch);
        double before = value(REFERENCE, term, batch);
        for (long n = 0; n < 2; n++) {
            for (long s = 0; s < 60; s++) {
                for (int c = 0; label(batch, n, s) == VOID && c < 3; c++) {
                    Elements.put(batch.predictions(), n, c, s, Double.NaN);
                    assertThat(gradient[(int) ((n * 3 + c) * 60 + s)]).isZero();
                }
            }
        }
        assertThat(value(REFERENCE, term, batch)).isEqualTo(before);
        assertThat(gradient(REFERENCE, term, batch)).containsExactly(gradient);
    }

    @ParameterizedTest
    @MethodSource("terms")
    void whereAllIsVoidThereIsNoLoss(SeparateTerm term) {
        Tensor labels = TestTensors.fill(TestTensors.packed(ElementType.UINT8, 2, 1, 9), () -> VOID);
        Batch batch = TestTensors.indexed(TestTensors.packed(ElementType.FLOAT, 2, 3, 9), Activation.SOFTMAX, labels);
        assertThat(value(REFERENCE, term, batch)).isZero();
        assertThat(gradient(REFERENCE, term, batch)).containsOnly(0);
    }

    @ParameterizedTest
    @MethodSource("terms")
    void notANumberShows(SeparateTerm term) {
        Batch batch = batch(16, ElementType.DOUBLE, Activation.SOFTMAX, 1, 50, false);
        long s = places(batch).get(3)[1];
        Elements.put(batch.predictions(), 0, 1, s, Double.NaN);
        assertThat(value(REFERENCE, term, batch)).isNaN();
    }

    /** As of any other loss, whose value does without the pixel. */
    @Test
    void aKeptNaNShowsInTheGradientOfAClassWithoutWeight() {
        ClassSelection weights = new ClassSelection(null, List.of(0.0, 2.0, 1.5));
        for (HardestPixelsTerm.Rule rule : List.of(new HardestPixelsTerm.Fraction(1, false),
                new HardestPixelsTerm.Threshold(0.5, 1))) {
            Batch batch = batch(18, ElementType.FLOAT, Activation.SOFTMAX, 1, 60, false);
            int s = IntStream.range(0, 60).filter(k -> label(batch, 0, k) == 0).findFirst().orElseThrow();
            Elements.put(batch.predictions(), 0, 1, s, Double.NaN);
            for (LossBackend backend : backends().toList()) {
                HardestPixelsTerm term = new HardestPixelsTerm(1, rule, weights);
                double[] gradient = gradient(backend, term, batch);
                for (int k = 0; k < gradient.length; k++) {
                    assertThat(Double.isNaN(gradient[k])).as(backend + ", " + rule + ", " + k).isEqualTo(k % 60 == s);
                }
                assertThat(value(backend, term, batch)).isFinite();
            }
        }
    }

    /** Some tiles of labels are one-hot and are read in rows, others are not. */
    @Test
    void whatIsWrongIsNamedByItsFirstPlaceAndCounted() {
        int pixels = 3000;
        Batch plain = batch(19, ElementType.FLOAT, Activation.SOFTMAX, 1, pixels, true);
        Tensor labels = TestTensors.packed(ElementType.FLOAT, 1, 3, pixels);
        for (int s = 0; s < pixels; s++) {
            TestTensors.put(labels, 0, s % 3, s, 1);
        }
        TestTensors.put(labels, 0, 0, 0, 0.5);
        TestTensors.put(plain.mask(), 0, 0, 2, -1);
        TestTensors.put(plain.mask(), 0, 0, pixels - 1, -2);
        Batch batch = new Batch(plain.predictions(), Activation.SOFTMAX, new Labels(Labels.Kind.DENSE, labels),
                plain.mask());
        for (LossBackend backend : backends().toList()) {
            assertThatThrownBy(() -> value(backend, topK(0.5), batch)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("2 mask weights are not ")
                    .hasMessageEndingWith("the first is -1.0 at example 0, pixel 2");
        }
    }

    @ParameterizedTest
    @MethodSource("terms")
    void wrongLabelsAreNamed(SeparateTerm term) {
        Batch batch = batch(17, ElementType.DOUBLE, Activation.SOFTMAX, 2, 50, false);
        TestTensors.put(batch.labels().tensor(), 1, 0, 20, 9);
        for (LossBackend backend : backends().toList()) {
            assertThatThrownBy(() -> value(backend, term, batch)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("1 label is outside 0..2 and not the ignored 255; the first is 9 at example 1, pixel"
                            + " 20");
        }
    }

    /** The losses of pixels with p_y of a tenth to nine tenths. */
    private static Batch tenths() {
        double[] p = IntStream.rangeClosed(1, 9).mapToDouble(k -> k / 10.0).toArray();
        double[] both = IntStream.range(0, 18).mapToDouble(k -> k < 9 ? p[k] : 1 - p[k - 9]).toArray();
        return TestTensors.indexed(TestTensors.of(ElementType.DOUBLE, 1, 2, 9, both), Activation.IDENTITY,
                TestTensors.packed(ElementType.UINT8, 1, 1, 9));
    }

    private static double meanOfWorst(int count) {
        return IntStream.rangeClosed(1, count).mapToDouble(k -> -Math.log(k / 10.0)).average().orElseThrow();
    }

    /** As nnU-Net's k per cent: the count is rounded down. */
    @ParameterizedTest
    @ValueSource(doubles = {0.34, 0.4, 0.9, 1})
    void topKIsTheMeanOfTheLargestLosses(double fraction) {
        assertThat(value(REFERENCE, topK(fraction), tenths()))
                .isCloseTo(meanOfWorst((int) (9 * fraction)), offset(1e-12));
        double[] gradient = gradient(REFERENCE, topK(fraction), tenths());
        int kept = (int) (9 * fraction);
        for (int k = 0; k < 18; k++) {
            assertThat(gradient[k]).isCloseTo(k < kept ? -10.0 / (k + 1) / kept : 0, offset(1e-12));
        }
    }

    @Test
    void atLeastOnePixelIsKept() {
        assertThat(value(REFERENCE, topK(0.01), tenths())).isCloseTo(meanOfWorst(1), offset(1e-12));
    }

    @Test
    void productsThatAreJustBelowAWholeNumberAreThatNumber() {
        Batch batch = batch(18, ElementType.DOUBLE, Activation.SOFTMAX, 1, 100, false);
        TestTensors.fill(batch.labels().tensor(), () -> 1);
        double[] gradient = gradient(REFERENCE, topK(0.29), batch);
        assertThat(IntStream.range(0, 100).filter(s -> gradient[100 + s] != 0).count()).isEqualTo(29);
    }

    /** Which of them a sort keeps is not defined. */
    @Test
    void tiedPixelsShareWhatIsLeft() {
        Batch batch = TestTensors.indexed(TestTensors.of(ElementType.DOUBLE, 1, 2, 4, 0.1, 0.5, 0.5, 0.9, 0.9, 0.5, 0.5,
                0.1), Activation.IDENTITY, TestTensors.packed(ElementType.UINT8, 1, 1, 4));
        assertThat(value(REFERENCE, topK(0.5), batch))
                .isCloseTo(-(Math.log(0.1) + Math.log(0.5)) / 2, offset(1e-12));
        assertThat(gradient(REFERENCE, topK(0.5), batch)).containsExactly(new double[] {-5, -0.5, -0.5, 0, 0, 0, 0, 0},
                offset(1e-12));
    }

    /** As mmsegmentation: p below the threshold, or below the p that stands behind the minimum count. */
    @Test
    void ohemKeepsWhatIsBelowTheThresholdOrTheMinimum() {
        assertThat(value(REFERENCE, ohem(0.55, 1), tenths())).isCloseTo(meanOfWorst(5), offset(1e-12));
        assertThat(value(REFERENCE, ohem(0.55, 7), tenths())).isCloseTo(meanOfWorst(7), offset(1e-12));
        assertThat(value(REFERENCE, ohem(0.0, 2), tenths())).isCloseTo(meanOfWorst(2), offset(1e-12));
        // With more to keep than there are, the threshold is the largest probability, and that is not below itself.
        assertThat(value(REFERENCE, ohem(0.0, 100), tenths())).isCloseTo(meanOfWorst(8), offset(1e-12));
        assertThat(value(REFERENCE, ohem(1, 100), tenths())).isCloseTo(meanOfWorst(9), offset(1e-12));
    }

    /**
     * Most pixels are so sure that their probability rounds to 1, in float from a margin of 17 and in double from one
     * of 37 on. The place of the minimum falls among them, and all backends divide by the same number of pixels.
     */
    @ParameterizedTest
    @CsvSource({"SOFTMAX, FLOAT, 60", "SIGMOID, FLOAT, 60", "SOFTMAX, DOUBLE, 600", "SIGMOID, DOUBLE, 600",
        "SOFTMAX, HALF, 200", "SOFTMAX, FLOAT, 300"})
    void ohemTellsSurePixelsApart(Activation activation, ElementType type, double largest) {
        HostBackends.require();
        Batch plain = batch(41, type, activation, 2, 150, false);
        Tensor labels = plain.labels().tensor();
        Random random = new Random(42);
        int counted = 0;
        for (int n = 0; n < 2; n++) {
            for (int s = 0; s < 150; s++) {
                int y = (int) Elements.get(labels, n, 0, s);
                counted += y == VOID ? 0 : 1;
                if (y != VOID) {
                    Elements.put(plain.predictions(), n, y, s, largest * random.nextDouble());
                }
            }
        }
        for (int minimum : new int[] {3, 40, 70, 100, 120}) {
            HardestPixelsTerm term = ohem(0.6, minimum);
            assertThat(2 * minimum).isLessThan(counted);
            // 1 more than are behind one another up to there, unless the margins are so large that losses underflow.
            if (largest < 100 || type == ElementType.DOUBLE) {
                assertThat(value(REFERENCE, term, plain)).as("%s", minimum)
                        .isCloseTo(meanOfLargest(plain, 2 * minimum), offset(1e-9));
            }
            agreesAndRepeatsItself(HostBackends.deviceResident(), term, plain, 1e-5, type == ElementType.HALF ? 1e-3
                    : 1e-5);
            agreesAndRepeatsItself(new CpuBackend(), term, plain, ofCpu(term, type), 1e-6);
        }
    }

    /** The mean cross-entropy of the pixels of the least margins, by plain formulas that do not cancel. */
    private static double meanOfLargest(Batch batch, int count) {
        double[] losses = new double[300];
        for (int n = 0; n < 2; n++) {
            for (int s = 0; s < 150; s++) {
                int y = (int) Elements.get(batch.labels().tensor(), n, 0, s);
                double others = 0;
                for (int c = 0; c < 3 && y != VOID; c++) {
                    double margin = Elements.get(batch.predictions(), n, y, s)
                            - (batch.activation() == Activation.SIGMOID ? 0
                            : Elements.get(batch.predictions(), n, c, s));
                    others += batch.activation() == Activation.SIGMOID ? Math.exp(-margin) / 3
                            : c == y ? 0 : Math.exp(-margin);
                }
                losses[n * 150 + s] = Math.log1p(others);
            }
        }
        Arrays.sort(losses);
        return Arrays.stream(losses, 300 - count, 300).sum() / count;
    }

    /** The table of MONAI's test: bins of a fifth. */
    @Test
    void calibrationErrorIsThatOfMonai() {
        Tensor truth = TestTensors.of(ElementType.FLOAT, 1, 1, 4, 0, 0, 1, 1);
        Batch batch = new Batch(TestTensors.of(ElementType.DOUBLE, 1, 1, 4, 0.1, 0.3, 0.7, 0.9), Activation.IDENTITY,
                new Labels(Labels.Kind.DENSE, truth), null);
        assertThat(value(REFERENCE, calibration(5, true), batch)).isCloseTo(0.2, offset(1e-15));
        assertThat(gradient(REFERENCE, calibration(5, true), batch))
                .containsExactly(new double[] {0.25, 0.25, -0.25, -0.25}, offset(1e-15));
        Batch wrong = new Batch(TestTensors.of(ElementType.DOUBLE, 1, 1, 4, 0, 1, 0, 1), Activation.IDENTITY,
                new Labels(Labels.Kind.DENSE, TestTensors.of(ElementType.FLOAT, 1, 1, 4, 0, 1, 0, 1)), null);
        assertThat(value(REFERENCE, calibration(4, true), wrong)).isZero();
    }

    /** Edges belong to the bin below: of 0, 0.2, 0.4 … each has a bin, but 0 and 0.2 share the first. */
    @Test
    void edgesOfBinsBelongToTheBinBelow() {
        Batch batch = new Batch(TestTensors.of(ElementType.DOUBLE, 1, 1, 6, 0, 0.2, 0.4, 0.6, 0.8, 1),
                Activation.IDENTITY, new Labels(Labels.Kind.DENSE,
                        TestTensors.of(ElementType.FLOAT, 1, 1, 6, 0, 0, 1, 1, 1, 1)), null);
        assertThat(value(REFERENCE, calibration(5, true), batch))
                .isCloseTo((0.1 + 0.6 + 0.4 + 0.2 + 0) / 5, offset(1e-12));
    }

    /** MONAI: the second class is not there, so it counts as 0, but the mean still counts it. */
    @Test
    void aClassThatIsNotThereCountsAsZero() {
        Batch batch = new Batch(TestTensors.of(ElementType.DOUBLE, 1, 2, 2, 0.1, 0.9, 0.2, 0.8), Activation.IDENTITY,
                new Labels(Labels.Kind.DENSE, TestTensors.of(ElementType.FLOAT, 1, 2, 2, 0, 1, 0, 0)), null);
        assertThat(value(REFERENCE, calibration(5, true), batch)).isCloseTo((0.1 + 0.1) / 2 / 2, offset(1e-12));
        assertThat(value(REFERENCE, calibration(5, false), batch))
                .isCloseTo(((0.1 + 0.1) / 2 + (0.2 + 0.8) / 2) / 2, offset(1e-12));
    }

    @Test
    void keysAreSortedAndSelectedAsByJava() {
        Random random = new Random(3);
        for (int count : new int[] {0, 1, 2, 33, 5000}) {
            long[] keys = IntStream.range(0, count).mapToLong(i -> random.nextInt(4) == 0 ? random.nextInt(3)
                    : random.nextLong()).toArray();
            Integer[] expected = IntStream.range(0, count).boxed().toArray(Integer[]::new);
            Arrays.sort(expected, (i, j) -> Long.compareUnsigned(keys[i], keys[j]));
            int[] sorted = RadixSort.sort(keys.clone(), IntStream.range(0, count).toArray(), count);
            assertThat(Arrays.copyOf(sorted, count))
                    .containsExactly(Arrays.stream(expected).mapToInt(i -> i).toArray());
            for (int index = 0; index < count; index += Math.max(1, count / 7)) {
                assertThat(RadixSort.select(keys, count, index)).isEqualTo(keys[expected[index]]);
            }
        }
    }
}
