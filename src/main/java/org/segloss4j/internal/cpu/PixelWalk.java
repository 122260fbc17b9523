package org.segloss4j.internal.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.cpu.sweep.VisitSweep;

/** Shows all pixels of a batch to visitors, of which each thread has its own. */
public final class PixelWalk {

    /** Pixels that one thread walks at a time. */
    private static final int CHUNK = 4096;

    private PixelWalk() {
    }

    /**
     * Walks the batch.
     *
     * @param batch       in the memory of the host
     * @param ignoreIndex the label of void pixels, or null
     * @param visitors    makes a visitor for each thread that helps
     * @param <V>         what looks at the pixels
     * @return the visitors; which of them saw a pixel differs from call to call
     * @throws IllegalArgumentException if a label, a weight of the mask or a prediction is none; names the first
     */
    public static <V extends VisitSweep.Visitor> List<V> visit(Batch batch, Integer ignoreIndex,
                                                               Supplier<V> visitors) {
        Scratch<VisitSweep<V>> sweeps = new Scratch<>(() -> new VisitSweep<>(batch, ignoreIndex, visitors.get()));
        BadInput bad = Workers.shared().spread(Chunks.of(batch.predictions(), CHUNK), sweeps,
                (sweep, found, chunk, n, from, to) -> sweep.visit(n, from, to, found));
        bad.check(batch, ignoreIndex);
        List<V> all = new ArrayList<>();
        sweeps.forEach(sweep -> all.add(sweep.visitor()));
        return all;
    }
}
