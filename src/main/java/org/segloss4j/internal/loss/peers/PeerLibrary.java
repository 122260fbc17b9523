package org.segloss4j.internal.loss.peers;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The losses of one version of another library: for each name a builder from the parameters of its constructor. A
 * builder asks for all of them, so that those it does not know are refused.
 */
public enum PeerLibrary {
    /** {@code segmentation_models} 1.0, on Keras. */
    SEGMENTATION_MODELS("segmentation_models", SegmentationModelsLosses.ALL),
    /** {@code segmentation_models.pytorch} 0.3. */
    SMP_0_3("smp_0_3", SmpLosses.OF_0_3),
    /** {@code segmentation_models.pytorch} 0.4 and 0.5.0. */
    SMP_0_5("smp_0_5", SmpLosses.OF_0_5),
    /** The development version of {@code segmentation_models.pytorch} 0.5.1. */
    SMP_0_5_1("smp_0_5_1", SmpLosses.OF_0_5_1),
    /** MONAI 1.5. */
    MONAI_1_5("monai_1_5", MonaiLosses.ALL),
    /** {@code torch.nn}. */
    TORCH("torch", TorchLosses.ALL),
    /** nnU-Net 2. */
    NNUNET_2("nnunet_2", NnUnetLosses.ALL);

    private final String prefix;
    private final Map<String, Function<Parameters, PeerLoss>> losses;

    PeerLibrary(String prefix, Map<String, Function<Parameters, PeerLoss>> losses) {
        this.prefix = prefix;
        this.losses = losses;
    }

    /**
     * The name of the library and its version in the loss language.
     *
     * @return such as {@code smp_0_5}
     */
    public String prefix() {
        return prefix;
    }

    /**
     * The names of its losses.
     *
     * @return in the order in which they are documented
     */
    public Set<String> names() {
        return losses.keySet();
    }

    /**
     * A loss of the library.
     *
     * @param name       the name of its class
     * @param parameters the parameters of its constructor; null stands for a default
     * @return the loss
     * @throws IllegalArgumentException if there is no such loss or parameter, or a value does not fit; names those that
     *                                  there are
     */
    public PeerLoss loss(String name, Map<String, ?> parameters) {
        return loss(name, parameters, null);
    }

    /**
     * A loss of the library with class weights, for the parameter that it has for them.
     *
     * @param name         the name of its class
     * @param parameters   the parameters of its constructor; null stands for a default
     * @param classWeights one for each class, or null for none
     * @return the loss
     * @throws IllegalArgumentException      if there is no such loss or parameter, or a value does not fit; names those
     *                                       that there are
     * @throws UnsupportedOperationException if there are class weights, but the loss has no parameter for them, or has
     *                                       been given it
     */
    public PeerLoss loss(String name, Map<String, ?> parameters, List<Double> classWeights) {
        Function<Parameters, PeerLoss> builder = losses.get(name);
        if (builder == null) {
            throw new IllegalArgumentException(prefix + " has no loss " + name + "; known are "
                    + String.join(", ", names()));
        }
        OfferedWeights offered = new OfferedWeights(classWeights);
        Parameters given = new Parameters(name, parameters, offered);
        PeerLoss loss = builder.apply(given);
        given.finish();
        offered.requireTaken(prefix + "." + name);
        return new PeerLoss(loss.definition().named(prefix + "." + name), loss.activation());
    }
}
