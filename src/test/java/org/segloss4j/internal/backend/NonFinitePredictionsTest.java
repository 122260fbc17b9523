package org.segloss4j.internal.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.AbsentClassPolicy;
import org.segloss4j.KerasForm;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.HostBackends;
import org.segloss4j.internal.cuda.RealBackends;

/**
 * One prediction that is NaN, infinite, or at or beyond the ends of probabilities, of the class that its label asks for
 * or of another one: whether value and gradient are NaN, infinite or finite is what the reference says.
 */
class NonFinitePredictionsTest {

    private static final int PIXELS = 260;
    private static final int AT = 133;
    private static final int SPOILT = 1;

    /** Labels of a pixel. */
    private enum Form {
        /** A class index, or the side of a single channel. */
        INDEX,
        ONE_HOT,
        /** Halves of two classes. */
        HALVES,
        /** Each class on its own. */
        BINARY
    }

    @ParameterizedTest
    @CsvSource({"IDENTITY, INDEX, 3, FLOAT", "IDENTITY, ONE_HOT, 3, FLOAT", "SIGMOID, INDEX, 1, FLOAT"})
    void areFeltWhereTheReferenceFeelsThem(Activation activation, Form form, int channels, ElementType element) {
        List<LossBackend> backends = Stream.concat(Stream.concat(Stream.of(new CpuBackend()),
                HostBackends.ifAvailable().flatMap(some -> Stream.of(some, HostBackends.all()))),
                RealBackends.ifAvailable()).toList();
        double[] values = activation == Activation.IDENTITY
                ? new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0, 1, -0.5, 1.5}
                : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        for (SegmentationLoss loss : losses(activation, form == Form.BINARY || channels == 1)) {
            for (double value : values) {
                for (boolean isAsked : new boolean[] {true, false}) {
                    Batch batch = batch(activation, form, channels, element, value, isAsked);
                    Outcome expected = Outcome.of(new ReferenceBackend(), loss, batch);
                    for (LossBackend backend : backends) {
                        check(expected, backend, loss, batch, value + (isAsked ? " where the label is" : " elsewhere")
                                + ", " + loss + ", " + backend.getClass().getSimpleName());
                    }
                }
            }
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"IDENTITY, BINARY, 3, FLOAT", "SOFTMAX, ONE_HOT, 3, FLOAT", "IDENTITY, HALVES, 3, FLOAT",
        "IDENTITY, ONE_HOT, 19, FLOAT", "IDENTITY, ONE_HOT, 3, DOUBLE",
        "IDENTITY, INDEX, 1, FLOAT", "SIGMOID, INDEX, 3, FLOAT", "SIGMOID, BINARY, 3, FLOAT",
        "SOFTMAX, INDEX, 3, FLOAT", "SOFTMAX, HALVES, 3, FLOAT", "SOFTMAX, ONE_HOT, 10, FLOAT",
        "SOFTMAX, ONE_HOT, 40, FLOAT", "SOFTMAX, INDEX, 40, FLOAT"})
    void areFeltInEveryForm(Activation activation, Form form, int channels, ElementType element) {
        areFeltWhereTheReferenceFeelsThem(activation, form, channels, element);
    }

    private static void check(Outcome expected, LossBackend backend, SegmentationLoss loss, Batch batch, String what) {
        Outcome actual = Outcome.of(backend, loss, batch);
        assertThat(kinds(actual.value(), Outcome.value(backend, loss, batch))).as("values of %s", what)
                .isEqualTo(kinds(expected.value(), expected.value()));
        double[] slopes = kinds(actual.gradient());
        double[] wanted = kinds(expected.gradient());
        for (int k = AT; k < wanted.length && Double.isInfinite(expected.value()); k += PIXELS) {
            // Where a loss is infinite, the slope at its pixel is not defined; see docs/losses.md.
            slopes[k] = wanted[k];
        }
        assertThat(slopes).as("gradient of %s", what).isEqualTo(wanted);
    }

    /** NaN and infinities as they are, and 0 for any finite number. */
    private static double[] kinds(double... numbers) {
        return Arrays.stream(numbers).map(number -> Double.isFinite(number) ? 0 : number).toArray();
    }

    private static List<SegmentationLoss> losses(Activation activation, boolean isBinary) {
        SegmentationLoss entropy = isBinary ? Losses.binaryCrossEntropy() : Losses.categoricalCrossEntropy();
        SegmentationLoss focal = isBinary ? Losses.binaryFocal() : Losses.categoricalFocal();
        List<SegmentationLoss> pixel = new ArrayList<>(List.of(entropy, focal, focal.gamma(1.5)));
        if (isBinary) {
            pixel.add(entropy.form(KerasForm.CLIP_PLUS_EPSILON));
        }
        if (activation == Activation.SIGMOID) {
            pixel.addAll(List.of(Losses.sigmoidCrossEntropy(), Losses.sigmoidFocal(),
                    Losses.sigmoidFocal().gamma(1.5)));
        } else if (activation == Activation.SOFTMAX) {
            pixel.addAll(List.of(Losses.crossEntropy(), Losses.softmaxFocal(), Losses.softmaxFocal().gamma(0.5),
                    Losses.poly1(1), Losses.generalisedCrossEntropy(0.7)));
        }
        List<SegmentationLoss> all = new ArrayList<>(List.of(Losses.jaccard(), Losses.vNetDice(),
                Losses.generalisedDice(), Losses.mcc(), Losses.logDice(), Losses.jaccardMetric(),
                Losses.tversky(0, 1), Losses.jaccard().absentClasses(AbsentClassPolicy.SKIP)));
        if (activation == Activation.IDENTITY && !isBinary) {
            // Kernels for any loss divide by the sum of some classes.
            all.add(entropy.includeBackground(false));
        }
        for (SegmentationLoss loss : pixel) {
            all.add(loss);
            all.add(Losses.dice().plus(loss));
        }
        return all;
    }

    private static Batch batch(Activation activation, Form form, int channels, ElementType element, double value,
                               boolean isAsked) {
        Random random = new Random(5);
        int spoilt = Math.min(SPOILT, channels - 1);
        Tensor predictions = TestTensors.fill(TestTensors.packed(element, 1, channels, PIXELS),
                () -> activation == Activation.IDENTITY ? 0.02 + 0.9 * random.nextDouble()
                        : 2 * random.nextGaussian());
        TestTensors.put(predictions, 0, spoilt, AT, value);
        boolean isIndex = form == Form.INDEX;
        Tensor truth = TestTensors.packed(isIndex ? ElementType.UINT8 : element, 1, isIndex ? 1 : channels, PIXELS);
        for (int s = 0; s < PIXELS; s++) {
            int y = s != AT ? random.nextInt(channels) : isAsked ? spoilt : channels - 1;
            if (isIndex) {
                TestTensors.put(truth, 0, 0, s, channels > 1 ? y : s != AT ? random.nextInt(2) : isAsked ? 1 : 0);
                continue;
            }
            for (int c = 0; c < channels; c++) {
                double half = c == y || c == (y == channels - 1 ? 0 : y + 1) ? 0.5 : 0;
                double side = s == AT && c == spoilt ? (isAsked ? 1 : 0) : random.nextInt(2);
                TestTensors.put(truth, 0, c, s, form == Form.BINARY ? side : form == Form.HALVES ? half
                        : c == y ? 1 : 0);
            }
        }
        return new Batch(predictions, activation, new Labels(isIndex ? Labels.Kind.INDEX : Labels.Kind.DENSE, truth),
                null);
    }
}
