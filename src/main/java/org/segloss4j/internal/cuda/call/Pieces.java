package org.segloss4j.internal.cuda.call;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.math.ClassSums;
import org.segloss4j.internal.math.Finalisation;
import org.segloss4j.internal.math.Finalisation.Coefficients;
import org.segloss4j.internal.math.LossSpec;

/**
 * A call on a large batch of the host, in pieces of whole examples: each has a stream and memory of its own, so that
 * kernels work on one while others are copied in or out. The sums of the pieces merge on the host in their order. So
 * the result depends on nothing but the shape, but its last bits may differ from those of the same batch on a device.
 */
public final class Pieces {

    /**
     * Bytes of predictions from which a piece should pay, an estimate: at the 55 GB/s of a bus their copy takes 0.15 ms,
     * some ten times what the launches and waits of one more piece do.
     */
    public static final long LEAST = 8 << 20;
    /** Each holds pinned memory, and with four no more than a quarter of the work has nothing to overlap with. */
    private static final int MOST = 4;

    private final LossSpec spec;
    private final Batch batch;
    private final boolean perImage;
    private final List<CallPlace> places;
    private final List<Workspace> workspaces;
    private final List<Piece> pieces = new ArrayList<>();

    /** Examples from one on, as they lie on the device. */
    private record Piece(long from, DeviceCall call, DeviceSweeps sweeps) {
    }

    /**
     * Begins.
     *
     * @param places     one device and as many streams as there are pieces
     * @param workspaces one for each
     */
    public Pieces(List<CallPlace> places, List<Workspace> workspaces, LossSpec spec, Batch batch, boolean perImage) {
        this.spec = spec;
        this.batch = batch;
        this.perImage = perImage;
        this.places = places;
        this.workspaces = workspaces;
    }

    /** How many there are of a batch: 1 if some of it lies on a device already. */
    public static int count(Batch batch, Tensor gradient, long least) {
        Tensor p = batch.predictions();
        boolean host = Stream.of(p, batch.labels().tensor(), batch.mask(), gradient).filter(Objects::nonNull)
                .allMatch(tensor -> tensor.storage().place() == null);
        long bytes = p.examples() * p.channels() * p.pixels() * p.type().bytes();
        return host ? (int) Math.max(1, Math.min(Math.min(MOST, p.examples()), bytes / least)) : 1;
    }

    /** Enqueues the first sweep of every piece, each behind its copy, and merges what comes of them. */
    public ClassSums sums() {
        for (int k = 0; k < places.size(); k++) {
            bring(k, examples(k)).sweeps.forward();
        }
        BadInput bad = new BadInput();
        ClassSums merged = null;
        for (Piece piece : pieces) {
            piece.call.findings(piece.from, bad);
            ClassSums sums = piece.sweeps.sums();
            merged = merged == null ? sums : merged.merge(sums);
        }
        bad.check(batch, spec.ignoreIndex());
        return merged;
    }

    /** Both sweeps. */
    public double valueAndGradient(double scale, Tensor gradient) {
        ClassSums sums = sums();
        Coefficients table = Finalisation.coefficients(spec, sums);
        List<GradientTransfer> transfers = new ArrayList<>();
        for (int k = 0; k < pieces.size(); k++) {
            transfers.add(backward(pieces.get(k), part(gradient, k), table, 0, scale, false));
        }
        transfers.forEach(GradientTransfer::finish);
        return Finalisation.value(spec, sums);
    }

    /** The second sweep alone, with the rows of the table from one on. */
    public void gradient(Coefficients table, long firstRow, double scale, Tensor gradient) {
        List<GradientTransfer> transfers = new ArrayList<>();
        for (int k = 0; k < places.size(); k++) {
            transfers.add(backward(bring(k, examples(k)), part(gradient, k), table, firstRow, scale, true));
        }
        BadInput bad = new BadInput();
        pieces.forEach(piece -> piece.call.findings(piece.from, bad));
        bad.check(batch, spec.ignoreIndex());
        transfers.forEach(GradientTransfer::finish);
    }

    private Piece bring(int k, Batch examples) {
        DeviceCall call = new DeviceCall(places.get(k), workspaces.get(k), examples);
        Piece piece = new Piece(first(k), call, new DeviceSweeps(call, spec, perImage));
        pieces.add(piece);
        return piece;
    }

    private GradientTransfer backward(Piece piece, Tensor gradient, Coefficients table, long firstRow, double scale,
                                      boolean reports) {
        GradientTransfer transfer = new GradientTransfer(piece.call, gradient);
        piece.sweeps.send(table);
        piece.sweeps.backward(transfer.argument(), table.rows(), perImage ? firstRow + piece.from : 0, scale, reports);
        return transfer;
    }

    private Batch examples(int k) {
        return batch.examples(first(k), first(k + 1));
    }

    private Tensor part(Tensor gradient, int k) {
        return gradient.examples(first(k), first(k + 1));
    }

    private long first(int k) {
        return batch.predictions().examples() * k / places.size();
    }
}
