package org.segloss4j.dl4j;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what each term of a loss adds to the score, so that Dice and cross-entropy of a sum are seen apart. The values
 * come with the score and cost no pass of their own.
 *
 * <pre>{@code
 * network.setListeners(new LossTermsListener(10));
 * Map<String, Map<String, Double>> now = LossTermsListener.terms(network);
 * }</pre>
 *
 * <p>It sees the losses of {@link SegmentationLossLayer}; DL4J's own output layers ask a loss for nothing but its
 * score. Below an {@link org.segloss4j.ExchangeScope} the values are those of the whole batch.
 *
 * @since 0.1.0
 */
public final class LossTermsListener extends BaseTrainingListener {

    private static final Logger LOG = LoggerFactory.getLogger(LossTermsListener.class);

    private final int every;

    /**
     * A listener for any network.
     *
     * @param every after how many iterations it logs, at least 1
     * @throws IllegalArgumentException if it is below 1
     */
    public LossTermsListener(int every) {
        if (every < 1) {
            throw new IllegalArgumentException("loss terms are to be logged every " + every
                    + " iterations, but it must be at least 1");
        }
        this.every = every;
    }

    /**
     * The value of each term at the last score of a network.
     *
     * @param model a MultiLayerNetwork or ComputationGraph
     * @return by the name of the layer, or its index where it has none, the values that
     *         {@link org.segloss4j.LossValue#terms} describes; empty if there was no score yet, or no
     *         {@link SegmentationLossLayer}
     * @throws IllegalArgumentException if it is another kind of model
     */
    public static Map<String, Map<String, Double>> terms(Model model) {
        Map<String, Map<String, Double>> all = new LinkedHashMap<>();
        List<Layer> layers = layers(model);
        for (int k = 0; k < layers.size(); k++) {
            if (layers.get(k) instanceof SegmentationLossLayerImpl layer && !layer.terms().isEmpty()) {
                String name = layer.conf().getLayer().getLayerName();
                all.put(name == null ? String.valueOf(k) : name, layer.terms());
            }
        }
        return all;
    }

    private static List<Layer> layers(Model model) {
        if (model instanceof ComputationGraph graph) {
            return Arrays.asList(graph.getLayers());
        }
        if (model instanceof MultiLayerNetwork network) {
            return Arrays.asList(network.getLayers());
        }
        throw new IllegalArgumentException(model.getClass().getName()
                + " is neither a MultiLayerNetwork nor a ComputationGraph, so its losses are not known");
    }

    @Override
    public void iterationDone(Model model, int iteration, int epoch) {
        if (iteration % every != 0) {
            return;
        }
        Map<String, Map<String, Double>> all = terms(model);
        all.forEach((layer, values) -> LOG.info("iteration {}{}: {}", iteration, all.size() == 1 ? "" : ", " + layer,
                values.entrySet().stream().map(term -> String.format(Locale.ROOT, "%s %.4g", term.getKey(),
                        term.getValue())).collect(Collectors.joining(", "))));
    }
}
