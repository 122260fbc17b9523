package org.segloss4j.bench;

import static org.segloss4j.bench.Nd4jParts.mean;
import static org.segloss4j.bench.Nd4jParts.sum;
import static org.segloss4j.bench.Nd4jParts.times;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.bench.Nd4jParts.Further;

/**
 * A loss of the catalogue beside the same by ND4J operations.
 *
 * @param name        as the table shows it
 * @param loss        ours, by the number of classes
 * @param activation  of the predictions
 * @param composition by ND4J operations
 */
record CatalogueLoss(String name, IntFunction<SegmentationLoss> loss, Activation activation,
                     Function<Nd4jParts, LossResult> composition) {

    private static final double SMOOTH = 1e-5;
    /** Pixels of an image that OHEM keeps at least. */
    private static final int MIN_KEPT = 1000;

    /** What the time of every loss is compared with. */
    static final CatalogueLoss JACCARD = new CatalogueLoss("jaccard", classes -> Losses.jaccard(), Activation.SOFTMAX,
            parts -> parts.region(Further.NOTHING, mean((i, p, g, none) -> 1 - (i + SMOOTH) / (p + g - i + SMOOTH))));

    /** All of them. The boundary loss reads its labels, too, so the distances here are one-hot labels less a half. */
    static List<CatalogueLoss> all() {
        return List.of(JACCARD,
                region("vNetDice", Losses.vNetDice(), Further.SQUARES,
                        (i, p, g, squares) -> 1 - (2 * i + SMOOTH) / (squares + SMOOTH)),
                region("jaccard softLabels", Losses.jaccard().softLabels(true), Further.DISTANCES,
                        (i, p, g, apart) -> 1 - ((p + g - apart) / 2 + SMOOTH) / ((p + g + apart) / 2 + SMOOTH)),
                new CatalogueLoss("generalisedDice", classes -> Losses.generalisedDice(), Activation.SOFTMAX,
                        parts -> parts.region(Further.NOTHING, CatalogueLoss::generalisedDice)),
                region("logCoshDice", Losses.logCoshDice(), Further.NOTHING,
                        (i, p, g, none) -> Math.log(Math.cosh(1 - (2 * i + SMOOTH) / (p + g + SMOOTH)))),
                region("focalTversky", Losses.focalTversky(0.3, 0.7, 0.75), Further.NOTHING, (i, p, g, none) ->
                        Math.pow(1 - (i + SMOOTH) / (i + 0.3 * (p - i) + 0.7 * (g - i) + SMOOTH), 0.75)),
                new CatalogueLoss("mcc", classes -> Losses.mcc(), Activation.SOFTMAX, parts -> parts.region(
                        Further.NOTHING, mean((i, p, g, none) -> 1 - correlation(i, p, g, parts.pixels)))),
                new CatalogueLoss("dice classGroups", classes -> Losses.dice().classGroups(groups(classes)),
                        Activation.SOFTMAX, parts -> parts.groups(groups(parts.channels), SMOOTH)),
                new CatalogueLoss("wassersteinDice", classes -> Losses.wassersteinDice(distances(classes)),
                        Activation.SOFTMAX, parts -> parts.wasserstein(distances(parts.channels), SMOOTH)),
                ofTruth("crossEntropy", Losses.crossEntropy(), u -> Transforms.log(u, true).negi(), u -> u.rdiv(-1)),
                new CatalogueLoss("crossEntropy weights smoothing", classes -> Losses.crossEntropy()
                        .classWeights(weights(classes)).labelSmoothing(0.1), Activation.SOFTMAX,
                        parts -> parts.crossEntropy(weights(parts.channels), 0.1)),
                ofTruth("softmaxFocal", Losses.softmaxFocal(), CatalogueLoss::focal, CatalogueLoss::focalSlope),
                ofTruth("poly1", Losses.poly1(1), u -> Transforms.log(u, true).addi(u).rsubi(1),
                        u -> u.rdiv(-1).subi(1)),
                ofTruth("generalisedCrossEntropy", Losses.generalisedCrossEntropy(0.7),
                        u -> Transforms.pow(u, 0.7, true).rsubi(1).divi(0.7),
                        u -> Transforms.pow(u, -0.3, true).negi()),
                new CatalogueLoss("unifiedFocal", classes -> Losses.unifiedFocal(), Activation.SOFTMAX,
                        parts -> sum(times(0.5, parts.asymmetricFocal(0.6, 0.5)),
                                times(0.5, parts.region(Further.NOTHING, CatalogueLoss::asymmetricTversky)))),
                new CatalogueLoss("dice + crossEntropy", classes -> Losses.dice().plus(Losses.crossEntropy()),
                        Activation.SOFTMAX, parts -> sum(parts.region(Further.NOTHING, mean((i, p, g, none) ->
                        1 - (2 * i + SMOOTH) / (p + g + SMOOTH))), parts.ofTruth(
                                u -> Transforms.log(u, true).negi(), u -> u.rdiv(-1)))),
                new CatalogueLoss("sigmoidCrossEntropy positiveWeights", classes -> Losses.sigmoidCrossEntropy()
                        .positiveWeights(2), Activation.SIGMOID, parts -> parts.sigmoidCrossEntropy(2)),
                new CatalogueLoss("sigmoidFocal", classes -> Losses.sigmoidFocal(), Activation.SIGMOID,
                        Nd4jParts::sigmoidFocal),
                new CatalogueLoss("boundary", classes -> Losses.boundary(), Activation.SOFTMAX,
                        parts -> parts.boundary(distances(parts.g))),
                new CatalogueLoss("lovaszSoftmax", classes -> Losses.lovaszSoftmax(), Activation.SOFTMAX,
                        Nd4jRanks::lovasz),
                new CatalogueLoss("topKCrossEntropy", classes -> Losses.topKCrossEntropy(0.1), Activation.SOFTMAX,
                        parts -> Nd4jRanks.hardest(parts, 0.1)),
                new CatalogueLoss("ohemCrossEntropy", classes -> Losses.ohemCrossEntropy(0.7, MIN_KEPT),
                        Activation.SOFTMAX, parts -> Nd4jRanks.hardExamples(parts, 0.7, MIN_KEPT)),
                new CatalogueLoss("l1Ace", classes -> Losses.l1Ace(), Activation.SOFTMAX,
                        parts -> Nd4jRanks.calibrationError(parts, 20)),
                new CatalogueLoss("skeletonRecall", classes -> Losses.skeletonRecall(), Activation.SOFTMAX,
                        parts -> parts.withLabels(parts.skeleton).region(Further.NOTHING,
                                CatalogueLoss::skeletonRecall)));
    }

    /** Distances for the boundary loss, [N, C, …] as the labels. */
    static INDArray distances(INDArray oneHot) {
        return oneHot.rsub(0.5);
    }

    private static CatalogueLoss region(String name, SegmentationLoss loss, Further further,
                                        Nd4jParts.ClassLoss ofClass) {
        return new CatalogueLoss(name, classes -> loss, Activation.SOFTMAX,
                parts -> parts.region(further, mean(ofClass)));
    }

    private static CatalogueLoss ofTruth(String name, SegmentationLoss loss,
                                         UnaryOperator<INDArray> value,
                                         UnaryOperator<INDArray> slope) {
        return new CatalogueLoss(name, classes -> loss, Activation.SOFTMAX, parts -> parts.ofTruth(value, slope));
    }

    private static double generalisedDice(Nd4jParts.Sums sums) {
        double above = SMOOTH;
        double below = SMOOTH;
        for (int c = 0; c < sums.i().length; c++) {
            double weight = 1 / (sums.g()[c] * sums.g()[c]);
            above += 2 * weight * sums.i()[c];
            below += weight * (sums.p()[c] + sums.g()[c]);
        }
        return 1 - above / below;
    }

    private static double correlation(double i, double p, double g, double pixels) {
        double tp = i + SMOOTH;
        double fp = p - i + SMOOTH;
        double fn = g - i + SMOOTH;
        double tn = pixels - p - g + i + SMOOTH;
        return (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
    }

    private static double asymmetricTversky(Nd4jParts.Sums sums) {
        double sum = 0;
        for (int c = 0; c < sums.i().length; c++) {
            double i = sums.i()[c];
            double index = (i + SMOOTH) / (i + 0.4 * (sums.p()[c] - i) + 0.6 * (sums.g()[c] - i) + SMOOTH);
            sum += Math.pow(1 - index, c == 0 ? 1 : 0.5);
        }
        return sum / sums.i().length;
    }

    /** The background has no skeleton. */
    private static double skeletonRecall(Nd4jParts.Sums sums) {
        int foreground = sums.i().length - 1;
        double loss = 1;
        for (int c = 1; c <= foreground; c++) {
            loss -= (sums.i()[c] + SMOOTH) / (sums.g()[c] + SMOOTH) / foreground;
        }
        return loss;
    }

    private static INDArray focal(INDArray u) {
        INDArray rest = u.rsub(1);
        return rest.mul(rest).muli(Transforms.log(u, true)).negi();
    }

    private static INDArray focalSlope(INDArray u) {
        INDArray rest = u.rsub(1);
        return Transforms.log(u, true).muli(2).subi(rest.div(u)).muli(rest);
    }

    private static int[][] groups(int classes) {
        return classes == 4 ? new int[][] {{1, 2, 3}, {1, 3}, {3}} : new int[][] {{1, 2, 3}, {4, 5, 6, 7},
                {classes - 1}};
    }

    private static double[][] distances(int classes) {
        double[][] distances = new double[classes][classes];
        for (int y = 0; y < classes; y++) {
            for (int c = 0; c < classes; c++) {
                distances[y][c] = Math.abs(y - c) / (double) classes;
            }
        }
        return distances;
    }

    private static double[] weights(int classes) {
        double[] weights = new double[classes];
        Arrays.setAll(weights, c -> 0.5 + c / (double) classes);
        return weights;
    }
}
