package org.segloss4j.internal.math;

import java.util.ArrayList;
import java.util.List;

/**
 * Which classes a term looks at and how much each one counts: {@code class_indexes} and {@code class_weights} of
 * {@code segmentation_models}. An index may repeat and then counts each time. One weight serves all classes, otherwise
 * there is one per gathered class, in the order of the indexes; what they multiply is a matter of the term.
 *
 * @param indexes    the gathered channels, or null for all of them
 * @param weights    one weight per gathered channel or a single one, or null for 1
 * @param background whether channel 0 is gathered; if false it is left out, unless it is the only channel
 * @param backgroundFactor factor of the weight of channel 0
 * @param foregroundFactor factor of the weights of the other channels, however many there are
 */
public record ClassSelection(List<Integer> indexes, List<Double> weights, boolean background,
                             double backgroundFactor, double foregroundFactor) {

    /** All classes, each with weight 1. */
    public static final ClassSelection ALL = new ClassSelection(null, null);

    /**
     * A selection that says by its indexes whether channel 0 is gathered.
     *
     * @param indexes the gathered channels, or null for all of them
     * @param weights one weight per gathered channel or a single one, or null for 1
     * @throws IllegalArgumentException as with all of them
     */
    public ClassSelection(List<Integer> indexes, List<Double> weights) {
        this(indexes, weights, true);
    }

    /**
     * A selection without factors.
     *
     * @param indexes    the gathered channels, or null for all of them
     * @param weights    one weight per gathered channel or a single one, or null for 1
     * @param background whether channel 0 is gathered; if false it is left out, unless it is the only channel
     * @throws IllegalArgumentException as with all of them
     */
    public ClassSelection(List<Integer> indexes, List<Double> weights, boolean background) {
        this(indexes, weights, background, 1, 1);
    }

    /**
     * Checks and copies the lists.
     *
     * @param indexes    the gathered channels, or null for all of them
     * @param weights    one weight per gathered channel or a single one, or null for 1
     * @param background whether channel 0 is gathered; if false it is left out, unless it is the only channel
     * @param backgroundFactor factor of the weight of channel 0
     * @param foregroundFactor factor of the weights of the other channels, however many there are
     * @throws IllegalArgumentException for an empty list, a negative index, a weight that is negative or not finite,
     *                                  weights that sum to 0 or infinity, or as many weights as do not fit the indexes
     */
    public ClassSelection {
        if (indexes != null) {
            require(!indexes.isEmpty(), "classIndexes must name at least one class");
            boolean all = background;
            indexes = indexes.stream().filter(index -> all || index != 0).toList();
            require(!indexes.isEmpty(), "classIndexes names nothing but class 0, which is left out as the background");
            for (int index : indexes) {
                require(index >= 0, "classIndexes holds " + index + ", but a class index is at least 0");
            }
        }
        if (weights != null) {
            weights = List.copyOf(weights);
            require(!weights.isEmpty(), "classWeights must hold at least one weight");
            double sum = 0;
            for (double weight : weights) {
                require(weight >= 0 && weight < Double.POSITIVE_INFINITY,
                        "classWeights holds " + weight + ", but a weight is a finite number of at least 0");
                sum += weight;
            }
            require(sum > 0 && sum < Double.POSITIVE_INFINITY, "classWeights " + weights + " sum to "
                    + (sum == 0 ? "0" : sum));
            if (indexes != null && weights.size() != 1) {
                requireSameCount(weights.size(), indexes.size());
            }
        }
    }

    /**
     * Lays the selection out over the channels of one batch.
     *
     * @param channels C, the number of channels of the predictions
     * @return multiplicity and summed weight per channel
     * @throws IllegalArgumentException if an index lies beyond the channels or the weights do not fit them
     */
    public Resolved resolve(int channels) {
        int[] multiplicity = new int[channels];
        double[] weight = new double[channels];
        List<Occurrence> occurrences = occurrences(channels);
        for (Occurrence each : occurrences) {
            multiplicity[each.channel]++;
            weight[each.channel] += each.weight;
        }
        return new Resolved(multiplicity, weight, occurrences.size());
    }

    /**
     * A gathered class; one that is gathered twice occurs twice.
     *
     * @param channel the channel
     * @param weight  its weight
     */
    public record Occurrence(int channel, double weight) {
    }

    /**
     * The gathered classes, in their order.
     *
     * @param channels C, the number of channels of the predictions
     * @return one for each occurrence
     * @throws IllegalArgumentException if an index lies beyond the channels or the weights do not fit them
     */
    public List<Occurrence> occurrences(int channels) {
        List<Occurrence> occurrences = new ArrayList<>();
        int from = background || channels == 1 ? 0 : 1;
        int count = indexes == null ? channels - from : indexes.size();
        if (weights != null && weights.size() != 1) {
            requireSameCount(weights.size(), count);
        }
        for (int k = 0; k < count; k++) {
            int channel = indexes == null ? from + k : indexes.get(k);
            require(channel < channels, "classIndexes holds " + channel + ", but the predictions have only "
                    + channels + " channels");
            occurrences.add(new Occurrence(channel, (channel == 0 ? backgroundFactor : foregroundFactor)
                    * (weights == null ? 1 : weights.get(weights.size() == 1 ? 0 : k))));
        }
        return occurrences;
    }

    /**
     * Whether each occurrence of a class weighs 1.
     *
     * @return true if there are neither weights nor factors
     */
    public boolean isUnweighted() {
        return weights == null && backgroundFactor == 1 && foregroundFactor == 1;
    }

    /**
     * The same classes with factors of their weights.
     *
     * @param ofBackground factor of the weight of channel 0
     * @param ofForeground factor of the weights of the others
     * @return the weighted selection
     */
    public ClassSelection times(double ofBackground, double ofForeground) {
        return new ClassSelection(indexes, weights, background, backgroundFactor * ofBackground,
                foregroundFactor * ofForeground);
    }

    /**
     * The same classes with other weights.
     *
     * @param others one weight per gathered channel or a single one, or null for 1
     * @return the weighted selection
     */
    public ClassSelection weighted(List<Double> others) {
        return new ClassSelection(indexes, others, background);
    }

    private static void requireSameCount(int weights, int classes) {
        require(weights == classes, "classWeights has " + weights + " values, but " + classes
                + " classes are gathered");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /**
     * A selection laid out over C channels. The arrays belong to the reader and are not to be written.
     *
     * @param multiplicity [C], how often each channel is gathered
     * @param weight       [C], the sum of a channel's weights over its occurrences
     * @param count        the number of gathered classes, occurrences counted
     */
    public record Resolved(int[] multiplicity, double[] weight, int count) {

        /**
         * Whether every channel is gathered exactly once.
         *
         * @return true if no channel is left out or repeated
         */
        public boolean coversEachOnce() {
            for (int m : multiplicity) {
                if (m != 1) {
                    return false;
                }
            }
            return true;
        }
    }
}
