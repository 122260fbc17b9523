package org.segloss4j.internal.cuda.budget;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.segloss4j.LossInternals;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Counting;
import org.segloss4j.internal.backend.ElementType;
import org.segloss4j.internal.backend.Labels;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.backend.TestTensors;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LabelSmoothing;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.OtherLabelsTerm;
import org.segloss4j.internal.math.OtherLabelsTerm.OtherLabels;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;

/**
 * One loss on one kind of data, whose kernels have a budget.
 *
 * @param name     by which it is asked for, and the key of its row; dense labels of a softmax are one-hot unless it
 *                 ends with "-of-shares"
 * @param element  type of logits and gradient
 * @param channels C
 * @param axes     order in memory, outermost first
 * @param side     of an image, in pixels; what is not a multiple of 8 makes channels that are aligned differently
 * @param labels   type of the labels: an integer for class indices, FLOAT for one value per class
 * @param loss     what is computed; it ignores label 255 if some pixels have it, or a class of dense labels
 * @param terms    what is computed instead, or null: a loss that has no name
 * @param activation what makes probabilities of the logits
 * @param masked   which weights of pixels there are
 * @param counts   whether hard predictions are counted, too
 * @param shape    of which a time is computed, {@code NxCxHxW}
 */
record BudgetCase(String name, ElementType element, int channels, String axes, int side, ElementType labels,
                  SegmentationLoss loss, LossSpec terms, Activation activation, Mask masked, boolean counts,
                  String shape) {

    private static final int VOID = 255;
    private static final String SOFT = "-of-shares";

    /** Weights of pixels. */
    enum Mask {
        NONE,
        FRACTIONS,
        /** 2 of 100 pixels are void. */
        ZEROS_AND_ONES,
        /** 2 of 100 outputs are void. */
        OF_OUTPUTS
    }

    static final List<BudgetCase> ALL = List.of(
            jaccard("19-float", ElementType.FLOAT, 19, "8x19x512x512"),
            jaccard("19-bfloat16", ElementType.BFLOAT16, 19, "8x19x512x512"),
            jaccard("3-float", ElementType.FLOAT, 3, "8x3x128x128"),
            jaccard("4-float", ElementType.FLOAT, 4, "2x4x128x128x128"),
            jaccard("21-float", ElementType.FLOAT, 21, "16x21x512x512"),
            jaccard("12-double", ElementType.DOUBLE, 12, "2x12x360x480"),
            jaccard("150-float", ElementType.FLOAT, 150, "2x150x512x512"),
            jaccard("19-float-channels-last", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC"),
            jaccard("150-float-channels-last", ElementType.FLOAT, 150, "2x150x512x512").axes("NSC"),
            jaccard("19-float-unaligned", ElementType.FLOAT, 19, "8x19x512x512").side(127),
            jaccard("19-float-int32-labels", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.INT32),
            jaccard("19-float-mask", ElementType.FLOAT, 19, "8x19x512x512").weighted(),
            jaccard("19-float-ignored", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.jaccard().ignoreIndex(VOID)),
            jaccard("19-float-ce", ElementType.FLOAT, 19, "8x19x512x512").loss(Losses.categoricalCrossEntropy()),
            jaccard("19-float-dice-ce-focal", ElementType.FLOAT, 19, "8x19x512x512").loss(Losses.dice()
                    .plus(Losses.categoricalCrossEntropy()).plus(Losses.categoricalFocal())),
            jaccard("19-float-exact-ce", ElementType.FLOAT, 19, "8x19x512x512").terms(null, exact(0)),
            jaccard("19-float-exact-focal", ElementType.FLOAT, 19, "8x19x512x512").terms(null, exact(2)),
            jaccard("19-float-dice-exact-ce", ElementType.FLOAT, 19, "8x19x512x512").terms(dice(), exact(0)),
            jaccard("19-float-counts", ElementType.FLOAT, 19, "8x19x512x512").counted(),
            jaccard("19-float-ce-counts", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.categoricalCrossEntropy()).counted(),
            jaccard("1-sigmoid", ElementType.FLOAT, 1, "64x1x512x512"),
            jaccard("1-sigmoid-dense", ElementType.FLOAT, 1, "64x1x512x512").labels(ElementType.FLOAT),
            jaccard("1-sigmoid-bce", ElementType.FLOAT, 1, "64x1x512x512").loss(Losses.binaryCrossEntropy()),
            jaccard("1-sigmoid-counts", ElementType.FLOAT, 1, "64x1x512x512").counted(),
            jaccard("8-sigmoid-dense", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT).sigmoid(),
            jaccard("8-sigmoid-dense-counts", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT).sigmoid()
                    .counted(),
            jaccard("8-sigmoid-dense-bce", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT).sigmoid()
                    .loss(Losses.binaryCrossEntropy()),
            jaccard("8-sigmoid-dense-bce-counts", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.binaryCrossEntropy()).counted(),
            // Exact pixel losses, in the order in which people use them.
            jaccard("19-float-dice-exact-focal", ElementType.FLOAT, 19, "8x19x512x512").terms(dice(), exact(2)),
            jaccard("19-float-smoothed-ce", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.crossEntropy().labelSmoothing(0.1)),
            jaccard("19-float-dice-smoothed-ce", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.dice().plus(Losses.crossEntropy().labelSmoothing(0.1))),
            jaccard("19-float-smoothed-poly1", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.poly1(1).labelSmoothing(0.1)),
            jaccard("19-float-weighted-smoothed-poly1", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.poly1(1).labelSmoothing(0.1).classWeights(classWeights(19))),
            jaccard("19-float-dice-smoothed-poly1", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.dice().plus(Losses.poly1(1).labelSmoothing(0.1))),
            jaccard("19-float-smoothed-focal-poly1", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.poly1(1).gamma(2).labelSmoothing(0.1)),
            jaccard("19-float-dice-smoothed-ce-focal", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.dice().plus(Losses.crossEntropy().labelSmoothing(0.1)).plus(Losses.softmaxFocal())),
            jaccard("19-float-vnet-smoothed-ce", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.vNetDice().plus(Losses.crossEntropy().labelSmoothing(0.1))),
            jaccard("40-float-dice-smoothed-ce-focal", ElementType.FLOAT, 40, "8x40x256x256")
                    .loss(Losses.dice().plus(Losses.crossEntropy().labelSmoothing(0.1)).plus(Losses.softmaxFocal())),
            jaccard("19-float-poly1", ElementType.FLOAT, 19, "8x19x512x512").loss(Losses.poly1(1)),
            jaccard("19-float-gce", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.generalisedCrossEntropy(0.7)),
            jaccard("19-float-unified-focal", ElementType.FLOAT, 19, "8x19x512x512").loss(Losses.unifiedFocal()),
            jaccard("19-dense", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT),
            jaccard("19-dense-ce", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.categoricalCrossEntropy()),
            jaccard("19-dense-exact-ce", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.crossEntropy().labelSmoothing(0.1)),
            jaccard("19-dense-exact-focal", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.softmaxFocal()),
            jaccard("19-dense-dice-exact-ce", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.dice().plus(Losses.crossEntropy())),
            jaccard("19-dense-dice-ce", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.dice().plus(Losses.categoricalCrossEntropy())),
            jaccard("19-dense-dice-exact-focal", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.dice().plus(Losses.softmaxFocal())),
            jaccard("19-dense-dice-exact-ce-of-shares", ElementType.FLOAT, 19, "8x19x512x512")
                    .labels(ElementType.FLOAT).loss(Losses.dice().plus(Losses.crossEntropy())),
            jaccard("19-dense-dice-exact-focal-of-shares", ElementType.FLOAT, 19, "8x19x512x512")
                    .labels(ElementType.FLOAT).loss(Losses.dice().plus(Losses.softmaxFocal())),
            jaccard("19-dense-poly1", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.poly1(1)),
            jaccard("19-dense-smoothed-poly1", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.poly1(1).labelSmoothing(0.1)),
            jaccard("19-dense-gce", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.generalisedCrossEntropy(0.7)),
            // The same with channels last.
            jaccard("19-last-softmax-dense", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC")
                    .labels(ElementType.FLOAT),
            jaccard("19-last-softmax-dense-exact-ce", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).loss(Losses.crossEntropy().labelSmoothing(0.1)),
            jaccard("19-last-softmax-dense-exact-focal", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).loss(Losses.softmaxFocal()),
            jaccard("19-last-softmax-dense-dice-exact-ce", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).loss(Losses.dice().plus(Losses.crossEntropy())),
            jaccard("4-last-softmax-dense", ElementType.FLOAT, 4, "2x4x128x128x128").axes("NSC")
                    .labels(ElementType.FLOAT),
            jaccard("40-last-softmax-dense", ElementType.FLOAT, 40, "8x40x256x256").axes("NSC")
                    .labels(ElementType.FLOAT),
            jaccard("4-dense", ElementType.FLOAT, 4, "2x4x128x128x128").labels(ElementType.FLOAT),
            jaccard("4-dense-dice-exact-ce", ElementType.FLOAT, 4, "2x4x128x128x128").labels(ElementType.FLOAT)
                    .loss(Losses.dice().plus(Losses.crossEntropy())),
            jaccard("40-float", ElementType.FLOAT, 40, "8x40x256x256"),
            jaccard("40-float-smoothed-ce", ElementType.FLOAT, 40, "8x40x256x256")
                    .loss(Losses.crossEntropy().labelSmoothing(0.1)),
            jaccard("40-float-dice-smoothed-ce", ElementType.FLOAT, 40, "8x40x256x256")
                    .loss(Losses.dice().plus(Losses.crossEntropy().labelSmoothing(0.1))),
            jaccard("40-float-smoothed-poly1", ElementType.FLOAT, 40, "8x40x256x256")
                    .loss(Losses.poly1(1).labelSmoothing(0.1)),
            jaccard("150-float-smoothed-ce", ElementType.FLOAT, 150, "2x150x512x512")
                    .loss(Losses.crossEntropy().labelSmoothing(0.1)),
            jaccard("150-float-dice-smoothed-ce", ElementType.FLOAT, 150, "2x150x512x512")
                    .loss(Losses.dice().plus(Losses.crossEntropy().labelSmoothing(0.1))),
            jaccard("40-dense", ElementType.FLOAT, 40, "8x40x256x256").labels(ElementType.FLOAT),
            jaccard("40-dense-exact-ce", ElementType.FLOAT, 40, "8x40x256x256").labels(ElementType.FLOAT)
                    .loss(Losses.crossEntropy()),
            jaccard("40-dense-dice-exact-ce", ElementType.FLOAT, 40, "8x40x256x256").labels(ElementType.FLOAT)
                    .loss(Losses.dice().plus(Losses.crossEntropy())),
            jaccard("40-dense-dice-exact-focal", ElementType.FLOAT, 40, "8x40x256x256").labels(ElementType.FLOAT)
                    .loss(Losses.dice().plus(Losses.softmaxFocal())),
            jaccard("150-dense-dice-exact-ce-of-shares", ElementType.FLOAT, 150, "2x150x512x512")
                    .labels(ElementType.FLOAT).loss(Losses.dice().plus(Losses.crossEntropy())),
            jaccard("150-dense-exact-ce", ElementType.FLOAT, 150, "2x150x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.crossEntropy()),
            jaccard("150-dense-dice-exact-ce", ElementType.FLOAT, 150, "2x150x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.dice().plus(Losses.crossEntropy())),
            jaccard("150-dense-dice-exact-focal", ElementType.FLOAT, 150, "2x150x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.dice().plus(Losses.softmaxFocal())),
            jaccard("150-dense", ElementType.FLOAT, 150, "2x150x512x512").labels(ElementType.FLOAT),
            jaccard("1-sigmoid-exact-bce", ElementType.FLOAT, 1, "64x1x512x512").loss(Losses.sigmoidCrossEntropy()),
            jaccard("1-sigmoid-weighted-bce", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.sigmoidCrossEntropy().positiveWeights(3)),
            jaccard("1-sigmoid-exact-focal", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.sigmoidFocal().alpha(0.25)),
            jaccard("1-sigmoid-dice-exact-bce", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.sigmoidCrossEntropy())),
            jaccard("1-sigmoid-dice-exact-focal", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.sigmoidFocal())),
            jaccard("1-sigmoid-exact-focal-1.5", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.sigmoidFocal().gamma(1.5)),
            jaccard("1-sigmoid-dice-exact-focal-1.5", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.sigmoidFocal().gamma(1.5))),
            jaccard("1-sigmoid-dice-bce", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.binaryCrossEntropy())),
            jaccard("1-sigmoid-dice-focal", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.binaryFocal())),
            jaccard("8-sigmoid-dense-dice-bce", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.dice().plus(Losses.binaryCrossEntropy())),
            jaccard("8-sigmoid-dense-exact-bce", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.sigmoidCrossEntropy().positiveWeights(1, 2, 3, 4, 5, 6, 7, 8)),
            jaccard("8-sigmoid-dense-dice-exact-bce", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.dice().plus(Losses.sigmoidCrossEntropy())),
            // The same with channels last.
            jaccard("8-last-dense", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").labels(ElementType.FLOAT)
                    .sigmoid(),
            jaccard("8-last-dense-bce", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.binaryCrossEntropy()),
            jaccard("8-last-dense-dice-bce", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).sigmoid().loss(Losses.dice().plus(Losses.binaryCrossEntropy())),
            jaccard("8-last-dense-exact-bce", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).sigmoid()
                    .loss(Losses.sigmoidCrossEntropy().positiveWeights(1, 2, 3, 4, 5, 6, 7, 8)),
            jaccard("8-last-dense-dice-exact-bce", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).sigmoid().loss(Losses.dice().plus(Losses.sigmoidCrossEntropy())),
            jaccard("8-last-dense-squared", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).sigmoid().loss(Losses.vNetDice()),
            jaccard("8-last-dense-soft", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.jaccardMetric()),
            jaccard("8-last-dense-counts", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").labels(ElementType.FLOAT)
                    .sigmoid().counted(),
            jaccard("3-last-dense", ElementType.FLOAT, 3, "8x3x512x512").axes("NSC").labels(ElementType.FLOAT)
                    .sigmoid(),
            jaccard("19-last-dense-mask", ElementType.BFLOAT16, 19, "8x19x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).sigmoid().weighted(),
            jaccard("150-last-dense", ElementType.FLOAT, 150, "2x150x512x512").axes("NSC").labels(ElementType.FLOAT)
                    .sigmoid(),
            jaccard("150-float-counts", ElementType.FLOAT, 150, "2x150x512x512").counted(),
            jaccard("150-float-exact-ce", ElementType.FLOAT, 150, "2x150x512x512").loss(Losses.crossEntropy()),
            jaccard("150-float-dice-exact-ce", ElementType.FLOAT, 150, "2x150x512x512")
                    .loss(Losses.dice().plus(Losses.crossEntropy())),
            // Squares, distances and pairs of classes.
            jaccard("19-float-squared", ElementType.FLOAT, 19, "8x19x512x512").loss(Losses.vNetDice()),
            jaccard("4-float-squared", ElementType.FLOAT, 4, "2x4x128x128x128").loss(Losses.vNetDice()),
            jaccard("150-float-squared", ElementType.FLOAT, 150, "2x150x512x512").loss(Losses.vNetDice()),
            jaccard("1-sigmoid-squared", ElementType.FLOAT, 1, "64x1x512x512").loss(Losses.vNetDice()),
            jaccard("8-sigmoid-dense-squared", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.vNetDice()),
            jaccard("8-sigmoid-dense-soft", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.jaccardMetric()),
            jaccard("19-dense-squared", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.vNetDice()),
            jaccard("19-dense-soft", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.jaccardMetric()),
            jaccard("19-dense-squared-exact-ce", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .loss(Losses.vNetDice().plus(Losses.crossEntropy())),
            jaccard("19-float-squared-exact-ce", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.vNetDice().plus(Losses.crossEntropy())),
            jaccard("4-float-groups", ElementType.FLOAT, 4, "2x4x128x128x128").loss(Losses.dice()
                    .classGroups(new int[] {1, 2, 3}, new int[] {1, 3}, new int[] {3})),
            jaccard("4-float-wasserstein", ElementType.FLOAT, 4, "2x4x128x128x128")
                    .loss(Losses.wassersteinDice(distances(4))),
            jaccard("19-float-wasserstein", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.wassersteinDice(distances(19))),
            // Channels of a sigmoid that share class indices.
            jaccard("8-sigmoid-index", ElementType.FLOAT, 8, "8x8x512x512").sigmoid(),
            jaccard("8-sigmoid-index-exact-bce", ElementType.FLOAT, 8, "8x8x512x512")
                    .sigmoid().loss(Losses.sigmoidCrossEntropy()),
            jaccard("8-sigmoid-index-dice-exact-bce", ElementType.FLOAT, 8, "8x8x512x512")
                    .sigmoid().loss(Losses.dice().plus(Losses.sigmoidCrossEntropy())),
            jaccard("8-sigmoid-index-dice-exact-focal", ElementType.FLOAT, 8, "8x8x512x512")
                    .sigmoid().loss(Losses.dice().plus(Losses.sigmoidFocal())),
            jaccard("8-sigmoid-index-dice-bce", ElementType.FLOAT, 8, "8x8x512x512")
                    .sigmoid().loss(Losses.dice().plus(Losses.binaryCrossEntropy())),
            jaccard("8-sigmoid-index-squared", ElementType.FLOAT, 8, "8x8x512x512").sigmoid().loss(Losses.vNetDice()),
            jaccard("8-sigmoid-index-counts", ElementType.FLOAT, 8, "8x8x512x512").sigmoid().counted(),
            jaccard("8-last-index", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").sigmoid(),
            jaccard("8-last-index-bce", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").sigmoid()
                    .loss(Losses.binaryCrossEntropy()),
            jaccard("8-last-index-exact-bce", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").sigmoid()
                    .loss(Losses.sigmoidCrossEntropy()),
            jaccard("8-last-index-dice-exact-bce", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").sigmoid()
                    .loss(Losses.dice().plus(Losses.sigmoidCrossEntropy())),
            jaccard("8-last-index-dice-bce", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").sigmoid()
                    .loss(Losses.dice().plus(Losses.binaryCrossEntropy())),
            jaccard("8-last-index-ignored", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").sigmoid()
                    .loss(Losses.jaccard().ignoreIndex(VOID)),
            // Void pixels and weights under a sigmoid.
            jaccard("1-sigmoid-ignored", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.jaccard().ignoreIndex(VOID)),
            jaccard("1-sigmoid-mask", ElementType.FLOAT, 1, "64x1x512x512").masked(Mask.ZEROS_AND_ONES),
            jaccard("1-sigmoid-weights", ElementType.FLOAT, 1, "64x1x512x512").weighted(),
            jaccard("1-sigmoid-exact-bce-mask", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.sigmoidCrossEntropy()).masked(Mask.ZEROS_AND_ONES),
            jaccard("1-sigmoid-dice-exact-bce-ignored", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.sigmoidCrossEntropy()).ignoreIndex(VOID)),
            jaccard("1-sigmoid-dice-exact-bce-mask", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.sigmoidCrossEntropy())).masked(Mask.ZEROS_AND_ONES),
            jaccard("1-sigmoid-dice-exact-bce-weights", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.sigmoidCrossEntropy())).weighted(),
            jaccard("1-sigmoid-dice-bce-mask", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.binaryCrossEntropy())).masked(Mask.ZEROS_AND_ONES),
            jaccard("1-sigmoid-dice-bce-weights", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.binaryCrossEntropy())).weighted(),
            jaccard("8-sigmoid-dense-mask", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().masked(Mask.ZEROS_AND_ONES),
            jaccard("8-sigmoid-dense-dice-exact-bce-mask", ElementType.FLOAT, 8, "8x8x512x512")
                    .labels(ElementType.FLOAT).sigmoid()
                    .loss(Losses.dice().plus(Losses.sigmoidCrossEntropy())).masked(Mask.ZEROS_AND_ONES),
            jaccard("8-sigmoid-dense-ignored", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.jaccard().ignoreIndex(VOID)),
            jaccard("8-sigmoid-dense-exact-bce-ignored", ElementType.FLOAT, 8, "8x8x512x512")
                    .labels(ElementType.FLOAT).sigmoid().loss(Losses.sigmoidCrossEntropy().ignoreIndex(VOID)),
            jaccard("8-sigmoid-dense-dice-exact-bce-ignored", ElementType.FLOAT, 8, "8x8x512x512")
                    .labels(ElementType.FLOAT).sigmoid()
                    .loss(Losses.dice().plus(Losses.sigmoidCrossEntropy()).ignoreIndex(VOID)),
            jaccard("8-last-dense-ignored", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.jaccard().ignoreIndex(VOID)),
            jaccard("8-sigmoid-index-ignored", ElementType.FLOAT, 8, "8x8x512x512")
                    .sigmoid().loss(Losses.jaccard().ignoreIndex(VOID)),
            jaccard("8-sigmoid-index-dice-exact-bce-ignored", ElementType.FLOAT, 8, "8x8x512x512")
                    .sigmoid().loss(Losses.dice().plus(Losses.sigmoidCrossEntropy()).ignoreIndex(VOID)),
            // Squares, and exponents below 1, beside losses of sigmoids.
            jaccard("1-sigmoid-squared-exact-bce", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.vNetDice().plus(Losses.sigmoidCrossEntropy())),
            jaccard("8-sigmoid-dense-squared-exact-bce", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.vNetDice().plus(Losses.sigmoidCrossEntropy())),
            jaccard("1-sigmoid-dice-exact-focal-0.5", ElementType.FLOAT, 1, "64x1x512x512")
                    .loss(Losses.dice().plus(Losses.sigmoidFocal().gamma(0.5))),
            // Probabilities in place of logits.
            jaccard("19-probabilities", ElementType.FLOAT, 19, "8x19x512x512").probabilities(),
            jaccard("19-probabilities-ce", ElementType.FLOAT, 19, "8x19x512x512").probabilities()
                    .loss(Losses.categoricalCrossEntropy()),
            jaccard("19-probabilities-focal", ElementType.FLOAT, 19, "8x19x512x512").probabilities()
                    .loss(Losses.categoricalFocal()),
            jaccard("19-probabilities-dice-ce", ElementType.FLOAT, 19, "8x19x512x512").probabilities()
                    .loss(Losses.dice().plus(Losses.categoricalCrossEntropy())),
            jaccard("19-probabilities-dice-focal", ElementType.FLOAT, 19, "8x19x512x512").probabilities()
                    .loss(Losses.dice().plus(Losses.categoricalFocal())),
            jaccard("19-dense-probabilities", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .probabilities(),
            jaccard("19-dense-probabilities-ce", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .probabilities().loss(Losses.categoricalCrossEntropy()),
            jaccard("19-dense-probabilities-focal", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .probabilities().loss(Losses.categoricalFocal()),
            jaccard("19-dense-probabilities-dice-ce", ElementType.FLOAT, 19, "8x19x512x512").labels(ElementType.FLOAT)
                    .probabilities().loss(Losses.dice().plus(Losses.categoricalCrossEntropy())),
            jaccard("19-dense-probabilities-dice-focal", ElementType.FLOAT, 19, "8x19x512x512")
                    .labels(ElementType.FLOAT).probabilities()
                    .loss(Losses.dice().plus(Losses.categoricalFocal())),
            jaccard("1-probability", ElementType.FLOAT, 1, "64x1x512x512").probabilities(),
            jaccard("1-probability-bce", ElementType.FLOAT, 1, "64x1x512x512").probabilities()
                    .loss(Losses.binaryCrossEntropy()),
            jaccard("1-probability-dice-bce", ElementType.FLOAT, 1, "64x1x512x512").probabilities()
                    .loss(Losses.dice().plus(Losses.binaryCrossEntropy())),
            jaccard("1-probability-dice-focal", ElementType.FLOAT, 1, "64x1x512x512").probabilities()
                    .loss(Losses.dice().plus(Losses.binaryFocal())),
            jaccard("8-dense-probabilities", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .probabilities(),
            jaccard("8-dense-probabilities-bce", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .probabilities().loss(Losses.binaryCrossEntropy()),
            jaccard("8-dense-probabilities-dice-bce", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .probabilities().loss(Losses.dice().plus(Losses.binaryCrossEntropy())),
            // The same with channels last.
            jaccard("8-last-probabilities", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).probabilities(),
            jaccard("8-last-probabilities-bce", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).probabilities().loss(Losses.binaryCrossEntropy()),
            jaccard("8-last-probabilities-dice-bce", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).probabilities()
                    .loss(Losses.dice().plus(Losses.binaryCrossEntropy())),
            jaccard("19-last-probabilities", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC").probabilities(),
            jaccard("19-last-probabilities-ce", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC").probabilities()
                    .loss(Losses.categoricalCrossEntropy()),
            jaccard("19-last-probabilities-dice-ce", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC")
                    .probabilities().loss(Losses.dice().plus(Losses.categoricalCrossEntropy())),
            jaccard("19-last-dense-probabilities", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).probabilities(),
            jaccard("19-last-dense-probabilities-ce", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).probabilities().loss(Losses.categoricalCrossEntropy()),
            jaccard("19-last-dense-probabilities-dice-ce", ElementType.FLOAT, 19, "8x19x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).probabilities()
                    .loss(Losses.dice().plus(Losses.categoricalCrossEntropy())),
            // The same of single outputs, and by one class of dense labels.
            jaccard("8-sigmoid-index-output-mask", ElementType.FLOAT, 8, "8x8x512x512").sigmoid()
                    .masked(Mask.OF_OUTPUTS),
            jaccard("8-sigmoid-index-dice-exact-bce-output-mask", ElementType.FLOAT, 8, "8x8x512x512").sigmoid()
                    .loss(Losses.dice().plus(Losses.sigmoidCrossEntropy())).masked(Mask.OF_OUTPUTS),
            jaccard("8-last-index-output-mask", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC").sigmoid()
                    .masked(Mask.OF_OUTPUTS),
            jaccard("8-sigmoid-dense-output-mask", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().masked(Mask.OF_OUTPUTS),
            jaccard("8-last-dense-output-mask", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).sigmoid().masked(Mask.OF_OUTPUTS),
            jaccard("8-last-dense-dice-exact-bce-output-mask", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).sigmoid()
                    .loss(Losses.dice().plus(Losses.sigmoidCrossEntropy())).masked(Mask.OF_OUTPUTS),
            jaccard("8-sigmoid-dense-ignored-class", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().loss(Losses.jaccard().ignoreIndex(7)),
            jaccard("8-sigmoid-dense-dice-exact-bce-ignored-class", ElementType.FLOAT, 8, "8x8x512x512")
                    .labels(ElementType.FLOAT).sigmoid()
                    .loss(Losses.dice().plus(Losses.sigmoidCrossEntropy()).ignoreIndex(7)),
            jaccard("8-last-dense-ignored-class", ElementType.FLOAT, 8, "8x8x512x512").axes("NSC")
                    .labels(ElementType.FLOAT).sigmoid().loss(Losses.jaccard().ignoreIndex(7)),
            // Void pixels and weights.
            jaccard("1-probability-ignored", ElementType.FLOAT, 1, "64x1x512x512").probabilities()
                    .loss(Losses.jaccard().ignoreIndex(VOID)),
            jaccard("1-probability-mask", ElementType.FLOAT, 1, "64x1x512x512").probabilities()
                    .masked(Mask.ZEROS_AND_ONES),
            jaccard("1-probability-bce-mask", ElementType.FLOAT, 1, "64x1x512x512").probabilities()
                    .loss(Losses.binaryCrossEntropy()).masked(Mask.ZEROS_AND_ONES),
            jaccard("1-probability-dice-bce-ignored", ElementType.FLOAT, 1, "64x1x512x512").probabilities()
                    .loss(Losses.dice().plus(Losses.binaryCrossEntropy()).ignoreIndex(VOID)),
            jaccard("1-probability-dice-bce-mask", ElementType.FLOAT, 1, "64x1x512x512").probabilities()
                    .loss(Losses.dice().plus(Losses.binaryCrossEntropy())).masked(Mask.ZEROS_AND_ONES),
            jaccard("1-probability-dice-bce-weights", ElementType.FLOAT, 1, "64x1x512x512").probabilities()
                    .loss(Losses.dice().plus(Losses.binaryCrossEntropy())).weighted(),
            jaccard("8-dense-probabilities-mask", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .probabilities().masked(Mask.ZEROS_AND_ONES),
            jaccard("8-dense-probabilities-dice-bce-mask", ElementType.FLOAT, 8, "8x8x512x512")
                    .labels(ElementType.FLOAT).probabilities()
                    .loss(Losses.dice().plus(Losses.binaryCrossEntropy())).masked(Mask.ZEROS_AND_ONES),
            jaccard("19-probabilities-ignored", ElementType.FLOAT, 19, "8x19x512x512").probabilities()
                    .loss(Losses.jaccard().ignoreIndex(VOID)),
            jaccard("19-probabilities-dice-ce-ignored", ElementType.FLOAT, 19, "8x19x512x512").probabilities()
                    .loss(Losses.dice().plus(Losses.categoricalCrossEntropy()).ignoreIndex(VOID)),
            jaccard("19-probabilities-mask", ElementType.FLOAT, 19, "8x19x512x512").probabilities()
                    .masked(Mask.ZEROS_AND_ONES),
            jaccard("19-dense-probabilities-dice-ce-mask", ElementType.FLOAT, 19, "8x19x512x512")
                    .labels(ElementType.FLOAT).probabilities()
                    .loss(Losses.dice().plus(Losses.categoricalCrossEntropy())).masked(Mask.ZEROS_AND_ONES),
            // Terms with passes of their own.
            jaccard("19-float-lovasz", ElementType.FLOAT, 19, "8x19x512x512").loss(Losses.lovaszSoftmax()),
            jaccard("19-float-lovasz-mask", ElementType.FLOAT, 19, "8x19x512x512").loss(Losses.lovaszSoftmax())
                    .weighted(),
            jaccard("19-float-lovasz-bins", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.lovaszSoftmax().exact(false)),
            jaccard("1-sigmoid-lovasz-hinge", ElementType.FLOAT, 1, "64x1x512x512").loss(Losses.lovaszHinge()),
            jaccard("19-float-top-k", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.topKCrossEntropy(0.1)),
            jaccard("19-float-ohem", ElementType.FLOAT, 19, "8x19x512x512").loss(Losses.ohemCrossEntropy(0.7, 1000)),
            jaccard("19-float-ace", ElementType.FLOAT, 19, "8x19x512x512")
                    .loss(Losses.l1Ace()),
            jaccard("8-sigmoid-boundary", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().other(OtherLabels.DISTANCES),
            jaccard("8-sigmoid-skeleton", ElementType.FLOAT, 8, "8x8x512x512").labels(ElementType.FLOAT)
                    .sigmoid().other(OtherLabels.SKELETON));

    /** Jaccard of class indices in bytes, from packed images. */
    private static BudgetCase jaccard(String name, ElementType element, int channels, String shape) {
        return new BudgetCase(name, element, channels, "NCS", channels > 32 ? 64 : 128, ElementType.UINT8,
                Losses.jaccard(), null, channels == 1 ? Activation.SIGMOID : Activation.SOFTMAX,
                Mask.NONE, false, shape);
    }

    /** The distance of two classes is that of their numbers. */
    private static double[][] distances(int channels) {
        double[][] distances = new double[channels][channels];
        for (int y = 0; y < channels; y++) {
            for (int c = 0; c < channels; c++) {
                distances[y][c] = Math.abs(y - c);
            }
        }
        return distances;
    }

    private BudgetCase axes(String other) {
        return new BudgetCase(name, element, channels, other, side, labels, loss, terms, activation, masked,
                counts, shape);
    }

    /** Several channels of which each is decided on its own. */
    private BudgetCase sigmoid() {
        return new BudgetCase(name, element, channels, axes, side, labels, loss, terms, Activation.SIGMOID, masked,
                counts, shape);
    }

    /** Predictions that are probabilities already. */
    private BudgetCase probabilities() {
        return new BudgetCase(name, element, channels, axes, side, labels, loss, terms, Activation.IDENTITY, masked,
                counts, shape);
    }

    private BudgetCase side(int other) {
        return new BudgetCase(name, element, channels, axes, other, labels, loss, terms, activation, masked,
                counts, shape);
    }

    private BudgetCase labels(ElementType other) {
        return new BudgetCase(name, element, channels, axes, side, other, loss, terms, activation, masked,
                counts, shape);
    }

    private BudgetCase loss(SegmentationLoss other) {
        return new BudgetCase(name, element, channels, axes, side, labels, other, terms, activation, masked,
                counts, shape);
    }

    private BudgetCase terms(RegionTerm region, PixelTerm... pixels) {
        LossSpec other = new LossSpec(region == null ? List.of() : List.of(region), List.of(pixels), null, null);
        return new BudgetCase(name, element, channels, axes, side, labels, loss, other, activation, masked,
                counts, shape);
    }

    /** What compares predictions with other labels than the loss: sweeps of its own over these. */
    private BudgetCase other(OtherLabels given) {
        LossSpec own = new OtherLabelsTerm(1, given, ClassSelection.ALL, 1e-5, false).spec(channels, null);
        return new BudgetCase(name, element, channels, axes, side, labels, loss, own, activation, masked,
                counts, shape);
    }

    /** Other weights of all classes. */
    private static double[] classWeights(int classes) {
        return IntStream.range(0, classes).mapToDouble(c -> 1 + 0.125 * c).toArray();
    }

    /** The mean over pixels of the exact focal loss of the true class; cross-entropy if gamma is 0. */
    private static PixelTerm exact(double gamma) {
        return new PixelTerm(1, new FocalCurve(1, gamma, 0), null, PixelTerm.Input.PROBABILITY, ClassSelection.ALL,
                null, LabelSmoothing.NONE, Normaliser.PIXELS);
    }

    private static RegionTerm dice() {
        return new RegionTerm(1, RegionScore.fScore(1, 1e-5), ClassSelection.ALL, false);
    }

    /** What is computed. */
    LossSpec spec() {
        return terms == null ? LossInternals.spec(loss) : terms;
    }

    private BudgetCase weighted() {
        return masked(Mask.FRACTIONS);
    }

    private BudgetCase masked(Mask other) {
        return new BudgetCase(name, element, channels, axes, side, labels, loss, terms, activation, other,
                counts, shape);
    }

    private BudgetCase counted() {
        return new BudgetCase(name, element, channels, axes, side, labels, loss, terms, activation, masked, true,
                shape);
    }

    /** What is counted beside the loss, or null: of channels that are decided on their own the outcomes of each. */
    Counting counting() {
        boolean isOfLabels = channels > 1 && activation == Activation.SIGMOID;
        return !counts ? null : isOfLabels ? Counting.ofLabels(loss.ignoreIndex(), 0.5)
                : new Counting(loss.ignoreIndex(), 0.5);
    }

    /** The case of a name. */
    static BudgetCase named(String name) {
        return ALL.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow(
                () -> new IllegalArgumentException("no case is called " + name + "; there are "
                        + ALL.stream().map(BudgetCase::name).collect(Collectors.joining(", "))));
    }

    /** Bytes per logit that cannot be avoided: logits, labels and mask read once, the gradient written once. */
    double fewestBytes() {
        double pixel = labels.integer() ? labels.bytes() : labels.bytes() * channels;
        double mask = masked == Mask.NONE ? 0 : ElementType.FLOAT.bytes() * (masked == Mask.OF_OUTPUTS ? channels : 1);
        return 2 * element.bytes() + (pixel + mask) / channels;
    }

    /** Logits of so many examples. */
    long logits(int examples) {
        return (long) examples * channels * side * side;
    }

    /** The data of so many examples, the same numbers every time; 2 of 100 pixels are void if some are ignored. */
    Batch batch(int examples) {
        Random random = new Random(7);
        long pixels = (long) side * side;
        boolean dense = !labels.integer();
        Tensor predictions = TestTensors.fill(TestTensors.laidOut(element, examples, channels, pixels, axes, 0),
                () -> activation == Activation.IDENTITY ? 0.01 + 0.98 * random.nextDouble()
                        : 2 * random.nextGaussian());
        Tensor truth = dense && activation != Activation.SIGMOID ? shares(random, examples)
                : TestTensors.fill(dense ? TestTensors.laidOut(labels, examples, channels, pixels, axes, 0)
                : TestTensors.packed(labels, examples, 1, pixels),
                () -> ignores(VOID) && random.nextInt(50) == 0 ? VOID
                        : random.nextInt(dense ? 2 : Math.max(2, channels)));
        if (loss.ignoreIndex() != null && !ignores(VOID)) {
            for (long k = 0; k < examples * pixels; k++) {
                TestTensors.put(truth, k / pixels, loss.ignoreIndex(), k % pixels, random.nextInt(50) == 0 ? 1 : 0);
            }
        }
        Tensor weights = masked == Mask.NONE ? null
                : TestTensors.fill(masked == Mask.OF_OUTPUTS
                ? TestTensors.laidOut(ElementType.FLOAT, examples, channels, pixels, axes, 0)
                : TestTensors.packed(ElementType.FLOAT, examples, 1, pixels),
                masked == Mask.FRACTIONS ? random::nextDouble : () -> random.nextInt(50) == 0 ? 0 : 1);
        return new Batch(predictions, activation, new Labels(dense ? Labels.Kind.DENSE : Labels.Kind.INDEX, truth),
                weights);
    }

    private boolean ignores(int label) {
        return loss.ignoreIndex() != null && loss.ignoreIndex() == label;
    }

    /** Dense labels of classes that exclude one another: one-hot, or halves of two classes. */
    private Tensor shares(Random random, int examples) {
        Tensor truth = TestTensors.laidOut(labels, examples, channels, (long) side * side, axes, 0);
        for (int n = 0; n < examples; n++) {
            for (long s = 0; s < truth.pixels(); s++) {
                int y = random.nextInt(channels);
                TestTensors.put(truth, n, y, s, isSoft() ? 0.5 : 1);
                if (isSoft()) {
                    TestTensors.put(truth, n, (y + 1) % channels, s, 0.5);
                }
            }
        }
        return truth;
    }

    /** Whether dense labels of classes that exclude one another are not one-hot. */
    private boolean isSoft() {
        return name.endsWith(SOFT);
    }

    /** Room for the gradient, which lies as the logits do. */
    Tensor gradient(int examples) {
        return TestTensors.laidOut(element, examples, channels, (long) side * side, axes, 0);
    }
}
