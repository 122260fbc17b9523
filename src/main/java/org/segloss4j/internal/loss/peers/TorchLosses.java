package org.segloss4j.internal.loss.peers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** The losses of {@code torch.nn}. */
final class TorchLosses {

    static final Map<String, Function<Parameters, PeerLoss>> ALL = new LinkedHashMap<>();

    private TorchLosses() {
    }
}
