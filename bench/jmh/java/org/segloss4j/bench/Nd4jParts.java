package org.segloss4j.bench;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.segloss4j.LossResult;

/**
 * What losses of the catalogue are composed of by ND4J operations: on arrays [N, C, S], with sums that are BLAS
 * products, in place where it is easy, and backward passes by hand. One-hot labels are there already.
 */
final class Nd4jParts {

    /** The share of a sum by which it is changed for a slope. */
    private static final double STEP = 1e-5;

    final INDArray z;
    final INDArray g;
    final int channels;
    final double pixels;
    final Nd4jBlocks blocks = new Nd4jBlocks.Blas();

    /** One-hot labels near the skeletons of the classes, and 0 elsewhere. */
    final INDArray skeleton;

    Nd4jParts(INDArray logits, INDArray oneHot, INDArray skeleton) {
        channels = (int) logits.size(1);
        z = logits.reshape(logits.size(0), channels, -1);
        g = oneHot.reshape(z.shape());
        this.skeleton = skeleton.reshape(z.shape());
        pixels = (double) z.length() / channels;
    }

    /** Sums of classes: intersections, predicted and true masses, and Σ(p² + g²) or Σ|p − g| if they are asked for. */
    record Sums(double[] i, double[] p, double[] g, double[] further) {

        Sums stepped(int which, int c, double step) {
            double[][] all = {i.clone(), p.clone(), g, further == null ? null : further.clone()};
            all[which][c] += step;
            return new Sums(all[0], all[1], all[2], all[3]);
        }

        /** The slope by one sum; it takes nothing beside a pass over pixels. */
        double slope(ToDoubleFunction<Sums> loss, int which, int c, double scale) {
            return (loss.applyAsDouble(stepped(which, c, scale)) - loss.applyAsDouble(stepped(which, c, -scale)))
                    / (2 * scale);
        }
    }

    /** What else a region loss sums. */
    enum Further { NOTHING, SQUARES, DISTANCES }

    /** A loss of the sums of each class. */
    LossResult region(Further further, ToDoubleFunction<Sums> loss) {
        INDArray p = blocks.softmax(z);
        INDArray apart = further == Further.DISTANCES ? p.sub(g) : null;
        double[] third = switch (further) {
            case NOTHING -> null;
            case SQUARES -> blocks.classSums(p.mul(p).addi(g.mul(g)));
            case DISTANCES -> blocks.classSums(Transforms.abs(apart, true));
        };
        Sums sums = new Sums(blocks.classSums(g.mul(p)), blocks.classSums(p), blocks.classSums(g), third);
        double[][] slopes = new double[3][channels];
        for (int c = 0; c < channels; c++) {
            double step = STEP * Math.max(1, sums.p[c]);
            slopes[0][c] = sums.slope(loss, 0, c, step);
            slopes[1][c] = sums.slope(loss, 1, c, step);
            slopes[2][c] = third == null ? 0 : sums.slope(loss, 3, c, step);
        }
        INDArray dp = blocks.affine(g, slopes[0], slopes[1]);
        if (further == Further.SQUARES) {
            dp.addi(blocks.affine(p, scaled(slopes[2], 2), new double[channels]));
        } else if (further == Further.DISTANCES) {
            dp.addi(blocks.affine(Transforms.sign(apart, false), slopes[2], new double[channels]));
        }
        return new LossResult(loss.applyAsDouble(sums), blocks.backward(z, p, dp));
    }

    private static double[] scaled(double[] x, double by) {
        double[] y = new double[x.length];
        for (int k = 0; k < y.length; k++) {
            y[k] = by * x[k];
        }
        return y;
    }

    /** The mean over classes of something of I, P and G. */
    static ToDoubleFunction<Sums> mean(ClassLoss loss) {
        return sums -> {
            double sum = 0;
            for (int c = 0; c < sums.i.length; c++) {
                sum += loss.of(sums.i[c], sums.p[c], sums.g[c], sums.further == null ? 0 : sums.further[c]);
            }
            return sum / sums.i.length;
        };
    }

    /** The loss of one class. */
    interface ClassLoss {
        double of(double i, double p, double g, double further);
    }

    /** The same predictions with other one-hot labels. */
    Nd4jParts withLabels(INDArray oneHot) {
        return new Nd4jParts(z, oneHot, skeleton);
    }

    /** The mean over pixels of a function of the true class's probability, whose slope is given. */
    LossResult ofTruth(UnaryOperator<INDArray> loss, UnaryOperator<INDArray> slope) {
        INDArray p = blocks.softmax(z);
        INDArray product = g.mul(p);
        INDArray u = product.sum(true, 1);
        double value = loss.apply(u).sumNumber().doubleValue() / pixels;
        g.mul(slope.apply(u).divi(pixels), product);
        return new LossResult(value, blocks.backward(z, p, product));
    }

    /** Cross-entropy with torch's weights of classes and smoothing of labels. */
    LossResult crossEntropy(double[] weights, double smoothing) {
        INDArray p = blocks.softmax(z);
        double[] offset = scaled(weights, smoothing / channels);
        INDArray target = blocks.affine(g, scaled(weights, 1 - smoothing), offset);
        double[] truth = blocks.classSums(g);
        double mass = 0;
        for (int c = 0; c < channels; c++) {
            mass += weights[c] * truth[c];
        }
        INDArray log = Transforms.log(p, true);
        double value = -log.muli(target).sumNumber().doubleValue() / mass;
        INDArray all = target.sum(true, 1);
        return new LossResult(value, p.muli(all).subi(target).divi(mass));
    }

    /** Binary cross-entropy of each class against the rest, whose truths weigh more. */
    LossResult sigmoidCrossEntropy(double positive) {
        INDArray p = Transforms.sigmoid(z, true);
        INDArray weight = g.mul(positive - 1).addi(1);
        INDArray truth = Transforms.abs(g.sub(p), false).rsubi(1);
        double outputs = z.length();
        double value = -Transforms.log(truth, false).muli(weight).sumNumber().doubleValue() / outputs;
        return new LossResult(value, p.subi(g).muli(weight).divi(outputs));
    }

    /** Focal loss of each class against the rest, γ = 2, without α. */
    LossResult sigmoidFocal() {
        INDArray p = Transforms.sigmoid(z, true);
        INDArray rest = Transforms.abs(g.sub(p), false);
        INDArray truth = rest.rsub(1);
        INDArray log = Transforms.log(truth, true);
        double outputs = z.length();
        INDArray square = rest.mul(rest);
        double value = -square.mul(log).sumNumber().doubleValue() / outputs;
        // By the logit of the truth: r²·(2·u·log u − r), with the label's sign.
        INDArray slope = log.muli(truth).muli(2).subi(rest).muli(square);
        return new LossResult(value, slope.muli(g.mul(2).subi(1)).divi(outputs));
    }

    /** The sum of two losses. */
    static LossResult sum(LossResult a, LossResult b) {
        return new LossResult(a.value() + b.value(), a.gradient().addi(b.gradient()));
    }

    /** A loss times a factor. */
    static LossResult times(double factor, LossResult loss) {
        return new LossResult(factor * loss.value(), loss.gradient().muli(factor));
    }

    /** Focal loss of the background and cross-entropy of the other classes, with weights of both. */
    LossResult asymmetricFocal(double delta, double gamma) {
        INDArray p = blocks.softmax(z);
        INDArray log = Transforms.log(p, true);
        double[] background = new double[channels];
        double[] foreground = new double[channels];
        Arrays.fill(foreground, delta);
        foreground[0] = 0;
        background[0] = 1 - delta;
        double[] none = new double[channels];
        INDArray ofBackground = blocks.affine(g, background, none);
        INDArray ofForeground = blocks.affine(g, foreground, none);
        INDArray rest = p.rsub(1);
        INDArray modulated = Transforms.pow(rest, gamma, true);
        double value = -(modulated.mul(log).muli(ofBackground).sumNumber().doubleValue()
                + log.mul(ofForeground).sumNumber().doubleValue()) / pixels;
        // By log p: −F·(1 − γ·p·log p / (1 − p)).
        INDArray slope = log.muli(p).muli(gamma).divi(rest).rsubi(1).muli(modulated).muli(ofBackground)
                .addi(ofForeground).divi(-pixels);
        INDArray all = slope.sum(true, 1);
        return new LossResult(value, slope.subi(p.muli(all)));
    }

    /** The Dice loss of groups of classes, whose sums are products with a matrix [R, C]. */
    LossResult groups(int[][] groups, double smooth) {
        INDArray member = Nd4j.zeros(DataType.FLOAT, groups.length, channels);
        for (int r = 0; r < groups.length; r++) {
            for (int c : groups[r]) {
                member.putScalar(r, c, 1);
            }
        }
        INDArray p = blocks.softmax(z);
        INDArray dp = Nd4j.createUninitialized(DataType.FLOAT, p.shape());
        INDArray ofGroups = Nd4j.createUninitialized(DataType.FLOAT, p.size(0), groups.length, p.size(2));
        INDArray truths = Nd4j.createUninitialized(DataType.FLOAT, ofGroups.shape());
        for (int n = 0; n < p.size(0); n++) {
            ofGroups.slice(n).assign(member.mmul(p.slice(n)));
            truths.slice(n).assign(member.mmul(g.slice(n)));
        }
        double[] i = blocks.classSums(truths.mul(ofGroups));
        double[] predicted = blocks.classSums(ofGroups);
        double[] truth = blocks.classSums(truths);
        double[] a = new double[groups.length];
        double[] b = new double[groups.length];
        double value = 1;
        for (int r = 0; r < groups.length; r++) {
            double mass = predicted[r] + truth[r] + smooth;
            value -= (2 * i[r] + smooth) / mass / groups.length;
            a[r] = -2 / mass / groups.length;
            b[r] = (2 * i[r] + smooth) / mass / mass / groups.length;
        }
        INDArray slopes = blocks.affine(truths, a, b);
        for (int n = 0; n < p.size(0); n++) {
            dp.slice(n).assign(member.transpose().mmul(slopes.slice(n)));
        }
        return new LossResult(value, blocks.backward(z, p, dp));
    }

    /** Wasserstein Dice loss: the error of a pixel is the mean distance of what is predicted from its true class. */
    LossResult wasserstein(double[][] distances, double smooth) {
        INDArray matrix = Nd4j.createFromArray(distances).castTo(DataType.FLOAT);
        matrix.divi(matrix.maxNumber());
        INDArray p = blocks.softmax(z);
        INDArray far = Nd4j.createUninitialized(DataType.FLOAT, p.shape());
        for (int n = 0; n < p.size(0); n++) {
            far.slice(n).assign(matrix.transpose().mmul(g.slice(n)));
        }
        INDArray error = far.mul(p).sum(true, 1);
        double[] alphas = new double[channels];
        Arrays.fill(alphas, 1);
        alphas[0] = 0;
        INDArray alpha = blocks.affine(g, alphas, new double[channels]).sum(true, 1);
        double hits = alpha.mul(error.rsub(1)).sumNumber().doubleValue();
        double all = error.sumNumber().doubleValue();
        double below = 2 * hits + all + smooth;
        double score = (2 * hits + smooth) / below;
        double byHits = -(2 - 2 * score) / below;
        double byError = score / below;
        INDArray slope = alpha.muli(-byHits).addi(byError);
        return new LossResult(1 - score, blocks.backward(z, p, far.muli(slope)));
    }

    /** The mean of the products of probabilities and distances. */
    LossResult boundary(INDArray distances) {
        INDArray p = blocks.softmax(z);
        double value = distances.mul(p).sumNumber().doubleValue() / z.length();
        return new LossResult(value, blocks.backward(z, p, distances.div(z.length())));
    }
}
