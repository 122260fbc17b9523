package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.segloss4j.data.SignedDistanceMaps;
import org.segloss4j.data.Skeletons;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.loss.Setting;

/**
 * That gradients are the derivatives of values, of every loss of the catalogue with every setting and of every loss of
 * another library, under each activation, with and without a mask, in each layout of images, volumes and series.
 */
class CatalogueGradientsTest {

    private static final int CLASSES = 3;
    /** So short that hardly two ranks are exchanged on the way. */
    private static final double STEP = 1e-8;

    /** Where channels and pixels lie; sizes are those of the pixels. */
    private enum Layout {
        SERIES(11), IMAGES(4, 5), IMAGES_CHANNELS_LAST(4, 5), IMAGES_STRIDED(4, 5), VOLUMES(2, 3, 4),
        VOLUMES_CHANNELS_LAST(2, 3, 4);

        private final int[] sizes;

        Layout(int... sizes) {
            this.sizes = sizes;
        }

        private boolean isChannelsLast() {
            return name().endsWith("CHANNELS_LAST");
        }

        private int[] shape(int channels) {
            int[] shape = new int[sizes.length + (channels > 0 ? 2 : 1)];
            Arrays.setAll(shape, axis -> axis == 0 ? 2 : channels > 0 && axis == 1 ? channels
                    : sizes[axis - (channels > 0 ? 2 : 1)]);
            return shape;
        }

        /** As a user of this layout has the array; the channels are its second axis. */
        private INDArray laidOut(INDArray channelsFirst) {
            if (isChannelsLast()) {
                return channelsFirst.permute(lastAxes(channelsFirst.rank())).dup('c');
            }
            return this == IMAGES_STRIDED ? channelsFirst.dup('f') : channelsFirst;
        }

        private static int[] lastAxes(int rank) {
            int[] axes = new int[rank];
            Arrays.setAll(axes, axis -> axis == 0 ? 0 : axis == rank - 1 ? 1 : axis + 1);
            return axes;
        }
    }

    /** All but the Lovász loss of counted errors, whose slope is that of the sorted ones. */
    static Stream<LossCases.Case> catalogue() {
        return Stream.concat(LossCases.cases(CLASSES).stream(), LossCases.separateCases(CLASSES).stream())
                .filter(each -> !each.settings().containsKey(Setting.EXACT));
    }

    static Stream<String> otherLibraries() {
        List<String> calls = new ArrayList<>();
        for (Compat library : Compat.values()) {
            for (String name : library.losses()) {
                // What has no default.
                String needed = switch (name) {
                    case "GeneralizedWassersteinDiceLoss" -> "dist_matrix=[[0, 1, 2], [1, 0, 1], [2, 1, 0]]";
                    case "MCCLoss" -> "channels=1";
                    default -> library.prefix().startsWith("smp") && !name.startsWith("Soft") ? "mode=multiclass" : "";
                };
                calls.add(library.prefix() + "." + name + "(" + needed + ")");
            }
        }
        return calls.stream();
    }

    @ParameterizedTest
    @MethodSource("catalogue")
    void gradientsOfTheCatalogueAreDerivatives(LossCases.Case each) {
        // The classes of a group exclude one another, so that their probabilities sum to at most 1.
        boolean isSoftmaxAlone = each.settings().containsKey(Setting.CLASS_GROUPS);
        check(each.loss(), isSoftmaxAlone ? List.of(Activation.SOFTMAX)
                : List.of(Activation.SOFTMAX, Activation.SIGMOID, Activation.IDENTITY), CLASSES,
                each.toString().hashCode(), each.settings().isEmpty() ? 1 : 4);
    }

    @ParameterizedTest
    @MethodSource("otherLibraries")
    void gradientsOfOtherLibrariesLossesAreDerivatives(String call) {
        int dot = call.indexOf('.');
        Activation inside = Compat.named(call.substring(0, dot)).activation(call.substring(dot + 1));
        check(Compat.parse(call), List.of(inside), call.contains("channels=1") ? 1 : CLASSES, call.hashCode(), 1);
    }

    /** With all forms of a batch, or in turn with one of so many. */
    private static void check(SegmentationLoss loss, List<Activation> activations, int channels, int seed, int oneOf) {
        Random random = new Random(seed);
        int turn = random.nextInt(oneOf);
        for (Layout layout : Layout.values()) {
            for (boolean masked : new boolean[] {false, true}) {
                for (Activation activation : activations) {
                    if (turn++ % oneOf > 0) {
                        continue;
                    }
                    Drawn drawn = new Drawn(layout, channels, random, activation, masked);
                    for (LossBackend backend : List.of(new ReferenceBackend(), new CpuBackend())) {
                        drawn.check(loss, backend);
                    }
                }
            }
        }
    }

    /** A batch, whose predictions move in some direction. */
    private static final class Drawn {
        private final Layout layout;
        private final Activation activation;
        private final Random random;
        private final INDArray predictions;
        private final INDArray labels;
        private final INDArray mask;
        private final INDArray distances;
        private final INDArray skeleton;

        Drawn(Layout layout, int channels, Random random, Activation activation, boolean masked) {
            this.layout = layout;
            this.activation = activation;
            this.random = random;
            INDArray logits = filled(layout.shape(channels), random::nextGaussian);
            predictions = activation != Activation.IDENTITY ? logits
                    : channels == 1 ? Transforms.sigmoid(logits) : softmax(logits);
            INDArray indices = filled(layout.shape(0), () -> random.nextInt(Math.max(2, channels)));
            labels = indices.castTo(DataType.INT32);
            mask = masked ? filled(layout.shape(0), () -> random.nextInt(4) / 2.0) : null;
            distances = channels == 1 ? null : layout.laidOut(SignedDistanceMaps.ofClasses(channels)
                    .maps(withTwoAxes(labels)).castTo(DataType.DOUBLE).reshape('c', toLong(layout.shape(channels))));
            skeleton = channels == 1 ? null : Skeletons.ofClasses(channels).labels(withTwoAxes(labels))
                    .reshape('c', labels.shape());
        }

        /** Maps are those of images, at least. */
        private static INDArray withTwoAxes(INDArray series) {
            return series.rank() == 2 ? series.reshape('c', series.size(0), 1, series.size(1)) : series;
        }

        private static long[] toLong(int... shape) {
            return Arrays.stream(shape).asLongStream().toArray();
        }

        private static INDArray softmax(INDArray logits) {
            INDArray e = Transforms.exp(logits);
            return e.div(e.sum(true, 1).broadcast(logits.shape()));
        }

        private static INDArray filled(int[] shape, DoubleSupplier numbers) {
            INDArray array = Nd4j.create(DataType.DOUBLE, toLong(shape));
            for (long k = 0; k < array.length(); k++) {
                array.putScalar(k, numbers.getAsDouble());
            }
            return array;
        }

        private SegmentationBatch batch(INDArray channelsFirst) {
            SegmentationBatch batch = SegmentationBatch.predictions(layout.laidOut(channelsFirst)).labels(labels)
                    .activation(activation).mask(mask).distances(distances).skeleton(skeleton);
            return layout.isChannelsLast() ? batch.channelsLast() : batch;
        }

        void check(SegmentationLoss loss, LossBackend backend) {
            String what = loss + ", " + layout + ", " + activation + (mask == null ? ", " : ", masked, ")
                    + backend.name();
            ToDoubleFunction<INDArray> value = at -> LossInternals.value(loss, batch(at), backend);
            LossResult result = LossInternals.valueAndGradient(loss, batch(predictions), backend);
            assertThat(result.value()).as(what).isCloseTo(value.applyAsDouble(predictions), within(1e-12)).isNotNaN();
            INDArray direction = filled(layout.shape((int) predictions.size(1)), random::nextGaussian);
            double slope = (value.applyAsDouble(predictions.add(direction.mul(STEP)))
                    - value.applyAsDouble(predictions.sub(direction.mul(STEP)))) / (2 * STEP);
            assertThat(result.gradient().mul(layout.laidOut(direction)).sumNumber().doubleValue()).as(what)
                    .isCloseTo(slope, within(1e-6 * Math.max(1, Math.abs(result.value()))));
        }
    }
}
