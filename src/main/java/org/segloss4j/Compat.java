package org.segloss4j;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.nd4j.linalg.activations.Activation;
import org.segloss4j.internal.loss.peers.PeerLibrary;
import org.segloss4j.internal.loss.peers.PeerLoss;
import org.segloss4j.internal.loss.peers.PythonCall;

/**
 * Losses with the exact numbers of another library, by its names and parameters. The version belongs to the name, since
 * the numbers of some losses changed from one to the next.
 *
 * <pre>{@code
 * SegmentationLoss loss = Compat.MONAI_1_5.loss("DiceCELoss(softmax=True, squared_pred=True)");
 * SegmentationLoss same = Compat.MONAI_1_5.loss("DiceCELoss", Map.of("softmax", true, "squared_pred", true));
 * }</pre>
 *
 * <p>Where the library applies a sigmoid or a softmax itself, the batch has to ask for that activation, or the layer
 * has to have it: {@link #activation} says which. Everything else is that of any {@link SegmentationLoss}.
 *
 * <p>What the library reads off the shape of the predictions is a parameter here: {@code channels}, at least 1. Some
 * losses are others for one channel than for several, and some need to know how many there are.
 *
 * @since 0.1.0
 */
public enum Compat {
    /** {@code segmentation_models} 1.0.1 on Keras. Its losses take probabilities, of any activation. */
    SEGMENTATION_MODELS(PeerLibrary.SEGMENTATION_MODELS),
    /** {@code segmentation_models.pytorch} 0.3.4. */
    SMP_0_3(PeerLibrary.SMP_0_3),
    /** {@code segmentation_models.pytorch} 0.4 and 0.5.0. */
    SMP_0_5(PeerLibrary.SMP_0_5),
    /**
     * {@code segmentation_models.pytorch} 0.5.1, as far as it is known: its development version 5006616. Its focal loss
     * is the mean over classes, and its losses of classes have class weights.
     */
    SMP_0_5_1(PeerLibrary.SMP_0_5_1),
    /** MONAI 1.5. */
    MONAI_1_5(PeerLibrary.MONAI_1_5),
    /** {@code torch.nn}. */
    TORCH(PeerLibrary.TORCH),
    /** nnU-Net 2. */
    NNUNET_2(PeerLibrary.NNUNET_2);

    private final PeerLibrary library;

    Compat(PeerLibrary library) {
        this.library = library;
    }

    /**
     * A loss of any library, as the loss language has it.
     *
     * @param call a name of {@link #prefix}, or its first part for the newest version, and what {@link #loss(String)}
     *             takes: {@code smp_0_5.DiceLoss(mode="binary")} or {@code monai.TverskyLoss(softmax=True)}
     * @return the loss
     * @throws IllegalArgumentException if there is no such library, loss or parameter, or a value does not fit; names
     *                                  those that there are
     */
    public static SegmentationLoss parse(String call) {
        int dot = call.indexOf('.');
        return named(call.substring(0, Math.max(dot, 0))).loss(call.substring(dot + 1));
    }

    /**
     * A loss of any library with class weights, which go to the parameter that the library has for them:
     * {@code weight}, or {@code class_weights}. Where some classes alone take part, their weights are taken.
     *
     * @param call         as {@link #parse} takes it
     * @param classWeights one for each class of the predictions
     * @return the loss
     * @throws IllegalArgumentException      as there, or if the weights do not fit
     * @throws UnsupportedOperationException if the loss has no such parameter, or the call has given it; names the loss
     */
    public static SegmentationLoss weighted(String call, double... classWeights) {
        int dot = call.indexOf('.');
        PythonCall python = PythonCall.of(call.substring(dot + 1));
        return new SegmentationLoss(named(call.substring(0, Math.max(dot, 0))).library.loss(python.name(),
                python.arguments(), Arrays.stream(classWeights).boxed().toList()).definition());
    }

    /**
     * The library of a prefix.
     *
     * @param prefix as {@link #prefix} gives it, or its first part for the newest version, or {@code sm} for
     *               {@code segmentation_models}; letters may be large or small
     * @return the library
     * @throws IllegalArgumentException if there is none; names those that there are
     */
    public static Compat named(String prefix) {
        // As people import it.
        String library = prefix.strip().equalsIgnoreCase("sm") ? SEGMENTATION_MODELS.prefix() : prefix.strip();
        Compat newest = null;
        for (Compat each : values()) {
            if (each.prefix().equalsIgnoreCase(library)
                    || each.prefix().replaceFirst("_\\d.*", "").equalsIgnoreCase(library)) {
                newest = each;
            }
        }
        if (newest == null) {
            throw new IllegalArgumentException("there is no library " + library + "; known are "
                    + Arrays.stream(values()).map(Compat::prefix).collect(Collectors.joining(", ")));
        }
        return newest;
    }

    /**
     * A loss, written as the library's users write it.
     *
     * @param call name and keyword arguments as in Python, such as {@code DiceLoss(mode="multiclass", smooth=1)};
     *             modules in front of the name are left out
     * @return the loss, named by library and class
     * @throws IllegalArgumentException if there is no such loss or parameter, or a value does not fit; names those that
     *                                  there are
     */
    public SegmentationLoss loss(String call) {
        PythonCall python = PythonCall.of(call);
        return loss(python.name(), python.arguments());
    }

    /**
     * A loss.
     *
     * @param name       the name of its class
     * @param parameters the arguments of its constructor by name: numbers, booleans, strings, lists and arrays of
     *                   numbers; null stands for the default
     * @return the loss, named by library and class
     * @throws IllegalArgumentException if there is no such loss or parameter, or a value does not fit; names those that
     *                                  there are
     */
    public SegmentationLoss loss(String name, Map<String, ?> parameters) {
        return new SegmentationLoss(library.loss(name, parameters).definition());
    }

    /**
     * The activation that the library applies inside the loss.
     *
     * @param call as {@link #loss(String)} takes it
     * @return SIGMOID, SOFTMAX, or IDENTITY where the library expects probabilities
     * @throws IllegalArgumentException as there
     */
    public Activation activation(String call) {
        PythonCall python = PythonCall.of(call);
        return activation(python.name(), python.arguments());
    }

    /**
     * The activation that the library applies inside the loss.
     *
     * @param name       the name of its class
     * @param parameters as {@link #loss(String, Map)} takes them
     * @return SIGMOID, SOFTMAX, or IDENTITY where the library expects probabilities
     * @throws IllegalArgumentException as there
     */
    public Activation activation(String name, Map<String, ?> parameters) {
        PeerLoss loss = library.loss(name, parameters);
        return Activation.valueOf(loss.activation().name());
    }

    /**
     * The names of the losses.
     *
     * @return such as {@code DiceLoss}
     */
    public List<String> losses() {
        return List.copyOf(library.names());
    }

    /**
     * The name of the library and version in the loss language, where a loss is written as
     * {@code smp_0_5.DiceLoss(mode=multiclass)}.
     *
     * @return such as {@code smp_0_5}
     */
    public String prefix() {
        return library.prefix();
    }
}
