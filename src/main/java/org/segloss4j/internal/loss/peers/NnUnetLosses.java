package org.segloss4j.internal.loss.peers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** The losses of nnU-Net 2. */
final class NnUnetLosses {

    static final Map<String, Function<Parameters, PeerLoss>> ALL = new LinkedHashMap<>();

    static {
        PixelLosses.addNnUnet(ALL);
    }

    private NnUnetLosses() {
    }
}
