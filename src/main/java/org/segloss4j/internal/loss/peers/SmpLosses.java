package org.segloss4j.internal.loss.peers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** The losses of {@code segmentation_models.pytorch}. */
final class SmpLosses {

    static final Map<String, Function<Parameters, PeerLoss>> OF_0_3 = new LinkedHashMap<>();
    static final Map<String, Function<Parameters, PeerLoss>> OF_0_5 = new LinkedHashMap<>();

    private SmpLosses() {
    }
}
