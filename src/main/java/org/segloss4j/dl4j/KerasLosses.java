package org.segloss4j.dl4j;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.modelimport.keras.config.Keras2LayerConfiguration;
import org.deeplearning4j.nn.modelimport.keras.exceptions.UnsupportedKerasConfigurationException;
import org.deeplearning4j.nn.modelimport.keras.utils.KerasLossUtils;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationLoss;

/**
 * Makes DL4J's import of Keras models know the losses of {@code segmentation_models} by name, so that a model compiled
 * with one can be imported with its training configuration. Needs {@code deeplearning4j-modelimport}, which users of
 * this class bring along.
 *
 * <p>DL4J puts the loss into a {@code CnnLossLayer} named after the model's output with the suffix {@code _loss}, with
 * the identity as activation (the Keras model ends in probabilities) and pixels as rows, so the loss must know how many
 * pixels an example has. It looks names up in lower case, and keeps {@code binary_crossentropy} and
 * {@code categorical_crossentropy} for its own losses, which are sums over the pixels instead of means; these two
 * cannot be registered, only their sums with others.
 *
 * <p>Keras models are mostly channels-last, and there the score of {@code CnnLossLayer} is broken. Put a
 * {@link SegmentationLossLayer} in its place, which also brings back the two cross-entropies. The import gives each
 * convolution a dropout that retains everything, and channels-last convolutions with a dropout cannot be trained in
 * DL4J 1.0.0-M2.1, so take it away, too:
 * <pre>{@code
 * KerasLosses.register(256 * 256);
 * ComputationGraph imported = KerasModelImport.importKerasModelAndWeights("model.h5", true);
 * ComputationGraph network = new TransferLearning.GraphBuilder(imported)
 *         .fineTuneConfiguration(new FineTuneConfiguration.Builder().dropOut(0).build())
 *         .removeVertexAndConnections("softmax_loss")
 *         .addLayer("loss", new SegmentationLossLayer.Builder(Losses.jaccard()).activation(Activation.IDENTITY)
 *                 .build(), "softmax")
 *         .setOutputs("loss").build();
 * }</pre>
 *
 * <p>DL4J's registry is one for the whole JVM and not made for threads: register before importing.
 *
 * @since 0.1.0
 */
public final class KerasLosses {

    private static final Set<String> KEPT_BY_DL4J = Set.of("binary_crossentropy", "categorical_crossentropy");
    /** All that the import looks up by their own names. */
    private static final List<SegmentationLoss> CATALOGUE = Stream.concat(
            Losses.names().stream().filter(name -> !KEPT_BY_DL4J.contains(name)).map(Losses::named),
            Stream.of(Losses.BCE_DICE_LOSS, Losses.BCE_JACCARD_LOSS, Losses.CCE_DICE_LOSS, Losses.CCE_JACCARD_LOSS,
                    Losses.BINARY_FOCAL_DICE_LOSS, Losses.BINARY_FOCAL_JACCARD_LOSS,
                    Losses.CATEGORICAL_FOCAL_DICE_LOSS, Losses.CATEGORICAL_FOCAL_JACCARD_LOSS)).toList();

    private KerasLosses() {
    }

    /**
     * Registers all {@linkplain Losses#names losses} but the two cross-entropies, and the eight predefined sums, with
     * their default settings; {@code tversky} is the name of Keras itself. Keras files hold no settings: register a
     * loss with others by {@link #register(SegmentationLoss)} afterwards.
     *
     * @param pixelsPerExample H·W of the model's output, at least 1
     * @throws IllegalArgumentException if it is below 1
     */
    public static void register(long pixelsPerExample) {
        for (SegmentationLoss loss : CATALOGUE) {
            register(loss.pixelsPerExample(pixelsPerExample));
        }
    }

    /**
     * Registers a loss under its own name, in place of any that was registered so before. Multiples are named as in
     * Keras, {@code 2dice_loss}, but {@code 2.0 * dice_loss} is {@code 2.0dice_loss} there: use
     * {@link SegmentationLoss#named}.
     *
     * @param loss with {@link SegmentationLoss#pixelsPerExample(long)}, unless the model's output is [N, C]
     * @throws IllegalArgumentException if DL4J keeps the name for a loss of its own
     */
    public static void register(SegmentationLoss loss) {
        String name = loss.name().toLowerCase(Locale.ROOT);
        KerasLossUtils.registerCustomLoss(name, loss);
        if (lookUp(name) != loss) {
            throw new IllegalArgumentException("DL4J imports the Keras loss " + name + " as a loss of its own: replace"
                    + " the loss layer of the imported network instead");
        }
    }

    private static ILossFunction lookUp(String name) {
        try {
            return KerasLossUtils.mapLossFunction(name, new Keras2LayerConfiguration());
        } catch (UnsupportedKerasConfigurationException e) {
            throw new IllegalStateException("the Keras loss " + name + " was registered, but DL4J does not know it", e);
        }
    }
}
