package org.segloss4j.internal.loss.peers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.segloss4j.internal.backend.Activation;
import org.segloss4j.internal.loss.LossKind;
import org.segloss4j.internal.loss.Setting;

/** The losses of nnU-Net 2. */
final class NnUnetLosses {

    static final Map<String, Function<Parameters, PeerLoss>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("TopKLoss", NnUnetLosses::topK);
    }

    private NnUnetLosses() {
    }

    /** The library counts ignored pixels when it takes k per cent; only then is the number of pixels another one. */
    private static PeerLoss topK(Parameters of) {
        double smoothing = of.number("label_smoothing", 0);
        if (smoothing != 0) {
            throw new IllegalArgumentException("label_smoothing of " + of.loss() + " is " + smoothing
                    + ", but the largest losses are found without it");
        }
        return PeerLoss.of(PeerLoss.term(LossKind.TOP_K_CROSS_ENTROPY, Setting.FRACTION, of.number("k", 10) / 100,
                Setting.CLASS_WEIGHTS, of.numbersOrNull("weight")), Activation.SOFTMAX,
                of.wholeOrNull("ignore_index", -100));
    }
}
