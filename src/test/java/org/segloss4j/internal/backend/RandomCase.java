package org.segloss4j.internal.backend;

import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.segloss4j.LossCases;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;
import org.segloss4j.internal.math.LossSpec;

/** A batch and a loss drawn from a seed: every layout, type, label kind, mask, activation and setting may occur. */
final class RandomCase {

    private final Random random;
    private final StringBuilder description = new StringBuilder();
    private final int examples;
    private final int channels;
    private final int pixels;
    private ElementType type;
    private final boolean channelsLast;
    private final Integer ignore;
    private final Activation activation;
    private boolean saturated = true;

    RandomCase(long seed) {
        this(seed, 0, 0, 0);
    }

    /** Fixes what is not 0. */
    RandomCase(long seed, int examples, int channels, int pixels) {
        random = new Random(seed);
        this.examples = examples > 0 ? examples : 1 + random.nextInt(3);
        this.channels = channels > 0 ? channels : pick(1, 1, 2, 3, 5, 8);
        this.pixels = pixels > 0 ? pixels : pick(7, 65, 33, 60);
        type = pick(ElementType.FLOAT, ElementType.FLOAT, ElementType.DOUBLE, ElementType.HALF, ElementType.BFLOAT16);
        channelsLast = random.nextBoolean();
        ignore = random.nextInt(3) == 0 ? pick(255, this.channels - 1, -1) : null;
        activation = pick(Activation.SOFTMAX, Activation.SOFTMAX, Activation.SIGMOID, Activation.IDENTITY);
        describe("type", type);
        describe("channelsLast", channelsLast);
        describe("activation", activation);
    }

    /**
     * The first case that fits, drawn until there is one: a test that passes over what does not fit would assert
     * nothing without a word.
     *
     * @param fits  asked about a case of its own, since what is drawn from it cannot be drawn again
     * @param what  for the message
     * @param drawn the cases from number 0 on
     */
    static RandomCase first(Predicate<RandomCase> fits, Object what, IntFunction<RandomCase> drawn) {
        for (int k = 0; k < 300; k++) {
            if (fits.test(drawn.apply(k))) {
                return drawn.apply(k);
            }
        }
        throw new AssertionError("none of 300 cases fits: " + what + ", such as " + drawn.apply(0));
    }

    ElementType type() {
        return type;
    }

    @Override
    public String toString() {
        return "N=" + examples + " C=" + channels + " S=" + pixels + description;
    }

    /** The batch in a given type, without the few logits that saturate: there slopes change within a step. */
    Batch batchOf(ElementType wanted) {
        type = wanted;
        saturated = false;
        return batch();
    }

    Batch batch() {
        Tensor predictions = TestTensors.fill(drawLayout(type, channels), this::drawPrediction);
        return new Batch(predictions, activation, labels(), mask());
    }

    /** Memory for the gradient, in an order of its own. */
    Tensor gradient() {
        return drawLayout(type, channels);
    }

    private double drawPrediction() {
        double value = activation == Activation.IDENTITY ? 0.01 + 0.98 * random.nextDouble()
                : random.nextGaussian() * (saturated ? 3 : 1);
        boolean extreme = saturated && random.nextInt(50) == 0;
        return !extreme ? value : activation == Activation.IDENTITY ? random.nextInt(2) : 30 * value;
    }

    /** Memory for [N, C, S] in one of the orders that occur, or as a view into something larger. */
    private Tensor drawLayout(ElementType of, int count) {
        int kind = random.nextInt(4);
        describe("order", kind);
        String plain = channelsLast ? "NSC" : "NCS";
        return switch (kind) {
            case 1 -> TestTensors.laidOut(of, examples, count, pixels, channelsLast ? "CSN" : "SCN", 0);
            case 2 -> TestTensors.laidOut(of, examples, count, pixels, plain, 1);
            // As a ConvolutionLayer leaves it: channels outermost in memory.
            case 3 -> TestTensors.laidOut(of, examples, count, pixels, channelsLast ? "SNC" : "CNS", 0);
            default -> TestTensors.laidOut(of, examples, count, pixels, plain, 0);
        };
    }

    private Labels labels() {
        int kind = random.nextInt(4);
        describe("labels", kind);
        if (kind == 3) {
            return new Labels(Labels.Kind.DENSE, softLabels());
        }
        int[] indices = new int[examples * pixels];
        boolean mayIgnore = ignore != null && (kind < 2 || ignore >= 0);
        for (int k = 0; k < indices.length; k++) {
            boolean isVoid = mayIgnore && random.nextInt(4) == 0;
            indices[k] = isVoid ? ignore : random.nextInt(Math.max(2, channels));
        }
        if (kind == 2) {
            return new Labels(Labels.Kind.DENSE, oneHot(indices));
        }
        ElementType indexType = ignore != null && ignore < 0 ? ElementType.INT32 : pick(ElementType.UINT8,
                ElementType.INT32, ElementType.INT64);
        describe("index", indexType);
        int[] at = new int[1];
        return new Labels(Labels.Kind.INDEX, TestTensors.fill(kind == 0 ? drawLayout(indexType, 1)
                : TestTensors.packed(indexType, examples, 1, pixels), () -> indices[at[0]++]));
    }

    private Tensor softLabels() {
        Tensor soft = TestTensors.fill(TestTensors.laidOut(ElementType.FLOAT, examples, channels, pixels,
                channelsLast ? "NSC" : "NCS", 0), random::nextDouble);
        for (int k = 0; channels > 1 && k < examples * pixels; k++) {
            double sum = 0;
            for (int c = 0; c < channels; c++) {
                sum += Elements.get(soft, k / pixels, c, k % pixels);
            }
            for (int c = 0; c < channels; c++) {
                Elements.put(soft, k / pixels, c, k % pixels, Elements.get(soft, k / pixels, c, k % pixels) / sum);
            }
        }
        return soft;
    }

    private Tensor oneHot(int[] indices) {
        ElementType oneHotType = pick(ElementType.FLOAT, ElementType.UINT8, ElementType.DOUBLE, ElementType.BOOL);
        describe("oneHot", oneHotType);
        Tensor result = drawLayout(oneHotType, channels);
        for (int k = 0; k < indices.length; k++) {
            for (int c = 0; c < channels; c++) {
                TestTensors.put(result, k / pixels, c, k % pixels, indices[k] == (channels == 1 ? 1 : c) ? 1 : 0);
            }
        }
        return result;
    }

    private Tensor mask() {
        int kind = random.nextInt(8);
        describe("mask", kind);
        return switch (kind) {
            case 0, 1 -> {
                // One weight per example, repeated over the pixels.
                Tensor weights = TestTensors.fill(TestTensors.packed(ElementType.FLOAT, examples, 1, 1),
                        () -> random.nextInt(2));
                yield new Tensor(weights.storage(), weights.type(), 0, examples, 1, pixels, 1, 0, 0);
            }
            case 2 -> TestTensors.fill(TestTensors.packed(ElementType.FLOAT, examples, 1, pixels), this::drawWeight);
            case 3 -> TestTensors.fill(drawLayout(ElementType.UINT8, 1), () -> random.nextInt(2));
            case 4 -> TestTensors.fill(drawLayout(ElementType.DOUBLE, channels), this::drawWeight);
            default -> null;
        };
    }

    private double drawWeight() {
        return random.nextInt(3) / 2.0;
    }

    /** A loss of any terms, for a batch of this case. */
    LossSpec spec(Batch batch) {
        LossSpec spec = new RandomSpec(random, batch).draw(ignore);
        describe("spec", spec);
        return spec;
    }

    SegmentationLoss loss() {
        SegmentationLoss loss = single();
        if (random.nextInt(3) == 0) {
            loss = loss.plus(single().times(0.5 + random.nextInt(3)));
        }
        loss = ignore == null ? loss : loss.ignoreIndex(ignore);
        describe("loss", loss);
        return loss;
    }

    private SegmentationLoss single() {
        List<LossKind> kinds = LossCases.kinds();
        LossKind kind = kinds.get(random.nextInt(kinds.size()));
        List<LossCases.Case> cases = LossCases.cases(channels).stream().filter(c -> c.kind() == kind).toList();
        SegmentationLoss loss = cases.get(random.nextInt(cases.size())).loss();
        // The catalogue gathers the outermost classes.
        return kind.has(Setting.CLASS_INDEXES) && random.nextInt(3) == 0
                ? Losses.named(kind.lossName()).classIndexes(random.nextInt(channels), random.nextInt(channels)) : loss;
    }

    private void describe(String what, Object value) {
        description.append(' ').append(what).append('=').append(value);
    }

    @SafeVarargs
    private <T> T pick(T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
