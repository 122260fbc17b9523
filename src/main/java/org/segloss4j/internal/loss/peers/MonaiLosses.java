package org.segloss4j.internal.loss.peers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** The losses of MONAI 1.5. */
final class MonaiLosses {

    static final Map<String, Function<Parameters, PeerLoss>> ALL = new LinkedHashMap<>();

    private MonaiLosses() {
    }
}
