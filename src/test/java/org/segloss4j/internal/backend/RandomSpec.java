package org.segloss4j.internal.backend;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.segloss4j.internal.math.AbsentPolicy;
import org.segloss4j.internal.math.Aggregation;
import org.segloss4j.internal.math.BoundedCurve;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.FactorCurve;
import org.segloss4j.internal.math.FocalCurve;
import org.segloss4j.internal.math.LabelSmoothing;
import org.segloss4j.internal.math.Link;
import org.segloss4j.internal.math.LogCurve;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.Normaliser;
import org.segloss4j.internal.math.PairSum;
import org.segloss4j.internal.math.PixelCurve;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.PixelTerm.Input;
import org.segloss4j.internal.math.RatioScore;
import org.segloss4j.internal.math.Reduction;
import org.segloss4j.internal.math.RegionScore;
import org.segloss4j.internal.math.RegionTerm;
import org.segloss4j.internal.math.ScoreFunction;
import org.segloss4j.internal.math.Statistics;
import org.segloss4j.internal.math.Sums;

/** Losses of terms that no kind of loss may have: every curve, input, weight, smoothing, normaliser and statistic. */
final class RandomSpec {

    private final Random random;
    private final int channels;
    private final Activation activation;

    RandomSpec(Random random, Batch batch) {
        this.random = random;
        channels = batch.predictions().channels();
        activation = batch.activation();
    }

    /** A loss with at least one term. */
    LossSpec draw(Integer ignore) {
        List<RegionTerm> regions = new ArrayList<>();
        List<PixelTerm> pixels = new ArrayList<>();
        do {
            for (int k = random.nextInt(3); k > 0; k--) {
                regions.add(region());
            }
            for (int k = random.nextInt(3); k > 0; k--) {
                addPixel(pixels);
            }
        } while (regions.isEmpty() && pixels.isEmpty());
        return new LossSpec(regions, pixels, ignore, null);
    }

    /** Pixel terms of the true class alone, perhaps beside a region term that a device can finalise. */
    LossSpec drawOwn(Integer ignore) {
        List<PixelTerm> pixels = new ArrayList<>();
        for (int k = 1 + random.nextInt(2); k > 0; k--) {
            PixelCurve curve = pick(new FocalCurve(1, 0, 0), new FocalCurve(1.5, pick(0.5, 2.0, 1.0), pick(0.0, 0.5)),
                    new BoundedCurve(1, pick(1.0, 0.7)), new LogCurve(1, 2, 0), new FactorCurve(1, 2, 0));
            pixels.add(new PixelTerm(0.5 + random.nextInt(3), curve, null, Input.PROBABILITY, selection(), null,
                    LabelSmoothing.NONE, pick(Normaliser.OUTPUTS, Normaliser.PIXELS, Normaliser.TRUE_WEIGHTS,
                            Normaliser.ALL_OUTPUTS, Normaliser.ALL_PIXELS, Normaliser.ONE)));
        }
        List<RegionTerm> regions = random.nextBoolean() ? List.of()
                : List.of(new RegionTerm(1, RegionScore.fScore(1, 1), selection(), random.nextBoolean()));
        return new LossSpec(regions, pixels, ignore, null);
    }

    /**
     * Region terms that need sums which kernels with unrolled loops have, half of them finalised on a device, perhaps
     * with pixel terms of the true class.
     */
    LossSpec drawFurther(Integer ignore, boolean squares, boolean distances, boolean pairs, boolean terms) {
        List<RegionTerm> regions = new ArrayList<>();
        if (squares) {
            regions.add(region(pick(new SquaredDice(), new RatioScore(RegionScore.fScore(1, pick(0.0, 1.0)), false,
                    true, pick(0.0, 30.0), pick(0.0, 20.0)))));
        }
        if (distances) {
            regions.add(region(pick(new DistanceDice(), new RatioScore(RegionScore.iou(1), true, false,
                    pick(0.0, 30.0), pick(0.0, 20.0)))));
        }
        if (pairs) {
            regions.add(region(new PairScore(pairs())));
            regions.add(region(new PairScore(pairs())));
        }
        if (regions.isEmpty() || random.nextBoolean()) {
            regions.add(region(RegionScore.tversky(0.3, 0.6, 1)));
        }
        return new LossSpec(regions, terms ? drawOwn(ignore).pixels() : List.of(), ignore, null);
    }

    private RegionTerm region(ScoreFunction score) {
        Aggregation aggregation = pick(Aggregation.SCORE_MEAN, Aggregation.LOSS_MEAN, Aggregation.NORMALISED);
        return new RegionTerm(0.5 + random.nextInt(3), score,
                pick(Link.COMPLEMENT, Link.COMPLEMENT, Link.NEGATIVE, Link.LOG_COSH), aggregation, selection(),
                random.nextBoolean(),
                pick(AbsentPolicy.SMOOTH, AbsentPolicy.ZERO, AbsentPolicy.SKIP, AbsentPolicy.PENALISE),
                aggregation == Aggregation.SCORE_MEAN ? Reduction.MEAN : pick(Reduction.MEAN, Reduction.SUM), 1);
    }

    /** Exact curves of the sigmoid of each logit, perhaps beside a region term that a device can finalise. */
    LossSpec drawOutputs(Integer ignore) {
        List<PixelTerm> pixels = new ArrayList<>();
        for (int k = 1 + random.nextInt(2); k > 0; k--) {
            double a = pick(1.0, 0.25);
            double gamma = pick(0.0, 0.0, 2.0, 1.0, 0.5);
            double threshold = gamma == 0 ? 0 : pick(0.0, 0.5);
            PixelCurve curve = gamma > 0 && random.nextInt(3) == 0 ? new FactorCurve(a, gamma, threshold)
                    : new FocalCurve(a, gamma, threshold);
            PixelCurve negative = curve instanceof FactorCurve ? new FactorCurve(1 - a, gamma, threshold)
                    : new FocalCurve(pick(a, 1 - a, 3.0), gamma, threshold);
            ClassSelection classes = selection();
            pixels.add(new PixelTerm(0.5 + random.nextInt(3), curve, random.nextInt(4) > 0 ? negative : null,
                    pick(Input.PROBABILITY, Input.SIGMOID), classes,
                    random.nextBoolean() ? null : new ClassSelection(classes.indexes(), weights(classes)),
                    random.nextInt(3) > 0 ? LabelSmoothing.NONE : new LabelSmoothing(LabelSmoothing.Kind.HALF, 0.2),
                    pick(Normaliser.OUTPUTS, Normaliser.PIXELS, Normaliser.ALL_OUTPUTS, Normaliser.ONE)));
        }
        List<RegionTerm> regions = random.nextBoolean() ? List.of()
                : List.of(new RegionTerm(1, RegionScore.fScore(1, 1), selection(), random.nextBoolean()));
        return new LossSpec(regions, pixels, ignore, null);
    }

    /** Exact cross-entropies of smoothed labels, and terms linear in probabilities, perhaps beside a region term. */
    LossSpec drawEntropies(Integer ignore) {
        List<PixelTerm> pixels = new ArrayList<>();
        for (int k = 1 + random.nextInt(3); k > 0; k--) {
            double a = pick(1.0, 0.5);
            PixelCurve curve = pick(new FocalCurve(a, 0, 0), new FocalCurve(a, 0, 0), new FactorCurve(a, 1, 0),
                    new BoundedCurve(a, 1));
            pixels.add(new PixelTerm(0.5 + random.nextInt(3), curve, null, Input.PROBABILITY, selection(), null,
                    random.nextBoolean() ? LabelSmoothing.NONE
                            : new LabelSmoothing(pick(LabelSmoothing.Kind.values()), 0.2),
                    pick(Normaliser.OUTPUTS, Normaliser.PIXELS, Normaliser.TRUE_WEIGHTS, Normaliser.ONE)));
        }
        List<RegionTerm> regions = random.nextBoolean() ? List.of()
                : List.of(new RegionTerm(1, RegionScore.fScore(1, 1), selection(), random.nextBoolean()));
        return new LossSpec(regions, pixels, ignore, null);
    }

    /** Curves of each probability, exact ones and those of Keras, perhaps beside a region term. */
    LossSpec drawTruths(Integer ignore) {
        List<PixelTerm> pixels = new ArrayList<>();
        boolean isPlain = random.nextInt(3) == 0;
        for (int k = 1 + random.nextInt(2); k > 0; k--) {
            double gamma = pick(0.0, 0.0, 2.0, 1.0, 0.5, 2.5);
            double a = pick(1.0, 0.5);
            PixelCurve curve = isPlain || random.nextInt(4) == 0 ? new LogCurve(a, gamma == 0.5 ? 3 : gamma, 0)
                    : pick(new FocalCurve(a, gamma, 0), new FocalCurve(a, gamma, 0),
                    new FocalCurve(a, gamma == 0 ? 1.5 : gamma, 0.4), new FactorCurve(a, gamma + 1, 0),
                    new BoundedCurve(a, pick(1.0, 0.7, 0.2)));
            pixels.add(new PixelTerm(0.5 + random.nextInt(3), curve, null, Input.PROBABILITY, selection(), null,
                    isPlain || random.nextBoolean() ? LabelSmoothing.NONE
                            : new LabelSmoothing(pick(LabelSmoothing.Kind.values()), 0.2),
                    isPlain ? Normaliser.OUTPUTS
                            : pick(Normaliser.OUTPUTS, Normaliser.PIXELS, Normaliser.TRUE_WEIGHTS, Normaliser.ONE)));
        }
        List<RegionTerm> regions = random.nextBoolean() ? List.of()
                : List.of(new RegionTerm(1, RegionScore.fScore(1, 1), selection(), random.nextBoolean()));
        return new LossSpec(regions, pixels, ignore, null);
    }

    private RegionTerm region() {
        ScoreFunction score = pick(RegionScore.iou(1), new SquaredDice(), new DistanceDice(), new PairScore(pairs()));
        boolean perImage = random.nextBoolean();
        Aggregation aggregation = pick(Aggregation.SCORE_MEAN, Aggregation.LOSS_MEAN, Aggregation.NORMALISED);
        ClassSelection classes = selection();
        // Weights above 1 may make a loss negative, and so may soft labels that count for several classes, which has no
        // power.
        double power = classes.weights() == null && !score.joinsClasses() ? pick(1.0, 0.75) : 1;
        return new RegionTerm(0.5 + random.nextInt(3), score, pick(Link.COMPLEMENT, Link.LOG_COSH, Link.power(1.5)),
                aggregation, classes, perImage,
                pick(AbsentPolicy.SMOOTH, AbsentPolicy.ZERO, AbsentPolicy.SKIP, AbsentPolicy.PENALISE),
                aggregation == Aggregation.SCORE_MEAN ? Reduction.MEAN : pick(Reduction.MEAN, Reduction.SUM),
                power);
    }

    private PairSum pairs() {
        List<Integer> all = new ArrayList<>(IntStream.range(0, channels).boxed().toList());
        Collections.shuffle(all, random);
        return random.nextBoolean() ? new PairSum.Group(all.subList(0, 1 + random.nextInt(channels)))
                : new PairSum.Matrix(Stream.generate(() -> Stream.generate(random::nextDouble).limit(channels).toList())
                        .limit(channels).toList());
    }

    private void addPixel(List<PixelTerm> to) {
        // A softmax over one channel leaves nothing for another side.
        boolean binary = random.nextBoolean() && !(channels == 1 && activation == Activation.SOFTMAX);
        ClassSelection classes = selection();
        ClassSelection others = binary && random.nextBoolean()
                ? new ClassSelection(classes.indexes(), weights(classes)) : null;
        // The other side of a renormalised probability near 1 has a slope that the specification cannot hold.
        Input input = pick(Input.PROBABILITY, binary ? Input.PROBABILITY : Input.RENORMALISED,
                activation == Activation.IDENTITY ? Input.PROBABILITY : Input.SIGMOID);
        LabelSmoothing smoothing = random.nextInt(3) > 0 ? LabelSmoothing.NONE
                : new LabelSmoothing(pick(LabelSmoothing.Kind.values()), 0.2);
        Normaliser normaliser = pick(Normaliser.values());
        PixelTerm term = new PixelTerm(0.5 + random.nextInt(3), curve(), binary ? curve() : null, input, classes,
                others, smoothing, normaliser);
        to.add(term);
        if (normaliser == Normaliser.NEXT_TERM) {
            to.add(new PixelTerm(0, new FactorCurve(1, 2, 0), binary ? new FactorCurve(1, 2, 0) : null, input,
                    classes, others, LabelSmoothing.NONE, Normaliser.ONE));
        }
    }

    private PixelCurve curve() {
        double gamma = pick(0.0, 1.0, 2.0, 0.5, 2.5);
        double threshold = pick(0.0, 0.0, 0.5);
        return switch (random.nextInt(4)) {
            case 0 -> new LogCurve(0.5 + random.nextInt(2), pick(0.0, 2.0), 0);
            case 1 -> new FactorCurve(0.5 + random.nextInt(2), pick(1.0, 2.0, 2.5), threshold);
            // Of a smaller exponent, the slope at a probability of 0 is beyond float.
            case 2 -> new BoundedCurve(0.5 + random.nextInt(2), pick(1.0, 0.7, 0.3));
            default -> new FocalCurve(0.5 + random.nextInt(2), gamma, threshold);
        };
    }

    private ClassSelection selection() {
        ClassSelection some = random.nextBoolean() ? ClassSelection.ALL : new ClassSelection(Stream.generate(
                () -> random.nextInt(channels)).limit(1 + random.nextInt(3)).toList(), null);
        return random.nextBoolean() ? some : new ClassSelection(some.indexes(), weights(some));
    }

    private List<Double> weights(ClassSelection of) {
        int count = of.indexes() == null ? channels : of.indexes().size();
        return Stream.generate(() -> 0.5 + random.nextInt(3)).limit(count).toList();
    }

    @SafeVarargs
    private <T> T pick(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** {@code (2I + 1) / (Q + 1)}. */
    record SquaredDice() implements ScoreFunction {

        @Override
        public double value(Sums sums, int row, int c) {
            return (2 * sums.intersection(row, c) + 1) / (sums.squares(row, c) + 1);
        }

        @Override
        public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
            to.addA(toRow, c, 2 * factor / (sums.squares(row, c) + 1));
            to.addSquares(toRow, c, -factor * value(sums, row, c) / (sums.squares(row, c) + 1));
        }

        @Override
        public Statistics statistics() {
            return Statistics.SQUARES;
        }
    }

    /** {@code (P + G − D + 1) / (P + G + 1)}. */
    record DistanceDice() implements ScoreFunction {

        @Override
        public double value(Sums sums, int row, int c) {
            double masses = sums.predicted(row, c) + sums.truth(row, c);
            return (masses - sums.distance(row, c) + 1) / (masses + 1);
        }

        @Override
        public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
            double den = sums.predicted(row, c) + sums.truth(row, c) + 1;
            to.addB(toRow, c, factor * (1 - value(sums, row, c)) / den);
            to.addDistance(toRow, c, -factor / den);
        }

        @Override
        public Statistics statistics() {
            return Statistics.DISTANCES;
        }
    }

    /** {@code (pair + 1) / (ΣM + 1)}, one for all classes. */
    record PairScore(PairSum pair) implements ScoreFunction {

        private static double weight(Sums sums, int row) {
            return IntStream.range(0, sums.classes()).mapToDouble(c -> sums.weight(row, c)).sum() + 1;
        }

        @Override
        public double value(Sums sums, int row, int c) {
            return (sums.pair(row, pair) + 1) / weight(sums, row);
        }

        @Override
        public void addSlopes(Sums sums, int row, int c, double factor, Coefficients to, int toRow) {
            to.addPair(toRow, pair, factor / weight(sums, row));
        }

        @Override
        public Statistics statistics() {
            return Statistics.of(List.of(pair));
        }

        @Override
        public boolean joinsClasses() {
            return true;
        }
    }
}
