package org.segloss4j.internal.loss;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.segloss4j.internal.math.ClassSelection;
import org.segloss4j.internal.math.ClassSelection.Occurrence;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.LossSpec;
import org.segloss4j.internal.math.PixelTerm;
import org.segloss4j.internal.math.Sums;

/**
 * What each gathered class gives to the value of pixel losses. Their sums are linear in the weights of the classes, so
 * the share of a class is the same loss with all other weights 0, divided by what the whole is divided by.
 */
public final class ClassShares {

    private final LossSpec spec;
    private final int channels;

    private ClassShares(LossSpec spec, int channels) {
        this.spec = spec;
        this.channels = channels;
    }

    /**
     * Computes the shares, by a walk over the batch for each class.
     *
     * @param spec     pixel terms and nothing else
     * @param channels C
     * @param sums     what a backend makes of a loss
     * @return [K] shares of the gathered classes in their order; together they are the value
     * @throws UnsupportedOperationException if the terms gather different classes; names them
     */
    public static double[] of(LossSpec spec, int channels, Function<LossSpec, Sums> sums) {
        ClassShares shares = new ClassShares(spec, channels);
        double[] all = new double[shares.gathered()];
        for (int k = 0; k < all.length; k++) {
            if (shares.isWeighted(k)) {
                all[k] = Finalisation.value(spec, sums.apply(shares.alone(k)));
            }
        }
        return all;
    }

    /** How many classes there are, which must be those of every term. */
    private int gathered() {
        List<List<Integer>> classes = spec.pixels().stream().map(term -> term.classes().occurrences(channels).stream()
                .map(Occurrence::channel).toList()).distinct().toList();
        if (classes.size() > 1) {
            throw new UnsupportedOperationException("a sum whose losses gather different classes, "
                    + classes.stream().map(Object::toString).collect(Collectors.joining(" and "))
                    + ", has no losses per class: ask the losses of the sum one by one");
        }
        return classes.get(0).size();
    }

    private boolean isWeighted(int k) {
        return spec.pixels().stream().anyMatch(term -> term.classes().occurrences(channels).get(k).weight() != 0
                || term.otherClasses().occurrences(channels).get(k).weight() != 0);
    }

    /** The loss without the weights of the other classes. */
    private LossSpec alone(int k) {
        return new LossSpec(List.of(), spec.pixels().stream().map(term -> alone(term, k)).toList(),
                spec.ignoreIndex(), spec.threshold());
    }

    private PixelTerm alone(PixelTerm term, int k) {
        if (term.coefficient() == 0) {
            // It gives nothing to the value, but another term may be divided by its sum over all classes.
            return term;
        }
        return new PixelTerm(term.coefficient(), term.positive(), term.negative(), term.input(),
                alone(term.classes(), k), term.others() == null ? null : alone(term.others(), k), term.smoothing(),
                term.normaliser());
    }

    private ClassSelection alone(ClassSelection classes, int k) {
        List<Double> weights = new ArrayList<>(IntStream.range(0, gathered()).mapToObj(each -> 0.0).toList());
        double own = classes.occurrences(channels).get(k).weight();
        if (own == 0) {
            return classes.weighted(null).times(0, 0);
        }
        weights.set(k, own);
        return classes.weighted(weights);
    }
}
