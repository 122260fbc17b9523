package org.segloss4j.bench.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.ElementType;

/**
 * What is timed: value and gradient of a loss, from logits and UINT8 class indices.
 *
 * @param shape        logits as text, {@code NxCx…}
 * @param type         of the logits and the gradient
 * @param channelsLast whether the channels lie side by side in memory
 * @param combination  whether the loss is Dice + cross-entropy + focal, otherwise Jaccard
 */
record BenchCase(String shape, ElementType type, boolean channelsLast, boolean combination) {

    static final List<String> SHAPES = List.of("8x19x512x512", "16x21x512x512", "4x19x1024x2048", "2x150x512x512",
            "64x1x512x512", "2x4x128x128x128", "2x12x360x480", "8x3x128x128");
    /** Sizes that only show that the benchmark runs. */
    static final List<String> TINY = List.of("2x3x33", "1x19x9x15", "2x1x40");

    /** All cases of some shapes. */
    static List<BenchCase> all(List<String> shapes, List<ElementType> types) {
        List<BenchCase> all = new ArrayList<>();
        for (String shape : shapes) {
            for (ElementType type : types) {
                for (boolean channelsLast : new boolean[] {false, true}) {
                    BenchCase jaccard = new BenchCase(shape, type, channelsLast, false);
                    if (jaccard.channels() > 1 || !channelsLast) {
                        all.add(jaccard);
                        all.add(new BenchCase(shape, type, channelsLast, true));
                    }
                }
            }
        }
        return all;
    }

    private long[] sizes() {
        return Arrays.stream(shape.split("x")).mapToLong(Long::parseLong).toArray();
    }

    long examples() {
        return sizes()[0];
    }

    int channels() {
        return (int) sizes()[1];
    }

    long pixels() {
        return Arrays.stream(sizes()).skip(2).reduce(1, (a, b) -> a * b);
    }

    long logitsBytes() {
        return examples() * channels() * pixels() * type.bytes();
    }

    long labelBytes() {
        return examples() * pixels();
    }

    /** The fewest bytes that any version moves: logits and labels read once, the gradient written once. */
    long floorBytes() {
        return 2 * logitsBytes() + labelBytes();
    }

    Activation activation() {
        return channels() == 1 ? Activation.SIGMOID : Activation.SOFTMAX;
    }

    SegmentationLoss loss() {
        if (!combination) {
            return Losses.jaccard();
        }
        return channels() == 1 ? Losses.dice().plus(Losses.binaryCrossEntropy()).plus(Losses.binaryFocal())
                : Losses.dice().plus(Losses.categoricalCrossEntropy()).plus(Losses.categoricalFocal());
    }
}
