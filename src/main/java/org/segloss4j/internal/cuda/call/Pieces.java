package org.segloss4j.internal.cuda.call;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.segloss4j.internal.backend.BadInput;
import org.segloss4j.internal.backend.Batch;
import org.segloss4j.internal.backend.Job;
import org.segloss4j.internal.backend.Summands;
import org.segloss4j.internal.backend.Tensor;
import org.segloss4j.internal.cuda.call.Workspaces.Lease;
import org.segloss4j.internal.cuda.driver.CudaException;
import org.segloss4j.internal.cuda.plan.LaunchPolicy;
import org.segloss4j.internal.math.Coefficients;
import org.segloss4j.internal.math.Sums;

/**
 * A call on a large batch in host memory, in pieces of whole examples. Each piece has its own stream and memory, so
 * that kernels work on one piece while others are copied. The host merges the sums of the pieces in their order, so the
 * result only depends on the shape; its last bits may differ from those of the same batch in device memory.
 */
public final class Pieces implements AutoCloseable {

    /**
     * The fewest bytes of predictions in a piece. This is an estimate: at 55 GB/s their copy takes 0.15 ms, about ten
     * times as long as the launches and waits of one more piece.
     */
    public static final long LEAST = 8 << 20;
    /** The most pieces. Each holds pinned memory, and with four only a quarter of the work overlaps with nothing. */
    private static final int MOST = 4;

    private final Job job;
    private final List<Lease> leases = new ArrayList<>();
    private final List<Piece> pieces = new ArrayList<>();
    private final LaunchPolicy policy;

    /** Consecutive examples of the batch, on the device. */
    private record Piece(Job job, long from, DeviceSweeps sweeps) {

        GradientTransfer backward(Coefficients table, long firstRow, boolean reports) {
            sweeps.send(table);
            return sweeps.backward(job.gradient(), table.rows(), job.perImage() ? firstRow + from : 0, reports);
        }
    }

    /**
     * Begins.
     *
     * @param place a device; each piece has a stream of its own there
     * @param count how many pieces
     */
    public Pieces(Workspaces workspaces, CallPlace place, int count, Job job, LaunchPolicy policy) {
        this.job = job;
        this.policy = policy;
        // A stream may be refused. Nobody would return the leases of the pieces before it.
        List<CallPlace> places = IntStream.range(0, count).mapToObj(place::onStream).toList();
        places.forEach(each -> leases.add(workspaces.lease(each)));
    }

    /** How many pieces a batch is divided into: 1 if some of it is in device memory already. */
    public static int count(Job job, long least) {
        Batch batch = job.batch();
        Tensor p = batch.predictions();
        boolean host = Stream.of(p, batch.labels().tensor(), batch.mask(), job.gradient()).filter(Objects::nonNull)
                .allMatch(tensor -> tensor.storage().place() == null);
        long bytes = p.examples() * p.channels() * p.pixels() * p.type().bytes();
        return host ? (int) Math.max(1, Math.min(Math.min(MOST, p.examples()), bytes / least)) : 1;
    }

    /** Enqueues the first sweep of every piece after its copy, waits, and merges the sums. */
    public Sums sums() {
        return kept(merged());
    }

    private Sums merged() {
        for (int k = 0; k < leases.size(); k++) {
            bring(k).sweeps.forward();
        }
        return mergedSums();
    }

    /** Waits, checks what the kernels of all pieces found, and merges their sums. */
    private Sums mergedSums() {
        BadInput bad = new BadInput();
        Sums merged = null;
        for (Piece piece : pieces) {
            piece.sweeps.findings(piece.from, bad);
            Sums sums = piece.sweeps.sums();
            merged = merged == null ? sums : merged.merge(sums);
        }
        job.check(bad);
        return merged;
    }

    /** Both sweeps or, of a loss without region terms, the count of all weights and then the one sweep. */
    public Summands valueAndGradient() {
        if (job.spec().isOfPixelTerms()) {
            return pixelTerms();
        }
        Sums sums = merged();
        Coefficients table = job.coefficients(sums);
        List<GradientTransfer> transfers = new ArrayList<>();
        pieces.forEach(piece -> transfers.add(piece.backward(table, 0, false)));
        transfers.forEach(GradientTransfer::finish);
        return kept(counted(job.summands(sums)));
    }

    /** The value with the counts of all pieces, if there are any. */
    private Summands counted(Summands value) {
        if (job.counting() == null) {
            return value;
        }
        BadInput bad = new BadInput();
        long[] all = new long[0];
        for (Piece piece : pieces) {
            long[] some = piece.sweeps.counts(piece.from, bad);
            // Outcomes are counted for each image, and those of a piece follow those of the pieces before it.
            int at = job.counting().isOfLabels() ? all.length : 0;
            all = Arrays.copyOf(all, at + some.length);
            for (int k = 0; k < some.length; k++) {
                all[at + k] += some[k];
            }
        }
        long[] counts = all;
        return value.counted(() -> SweepCounts.checked(counts, bad, job.batch(), job.counting()));
    }

    private Summands pixelTerms() {
        for (int k = 0; k < leases.size(); k++) {
            bring(k).sweeps.weights();
        }
        Coefficients table = job.coefficients(mergedSums());
        List<GradientTransfer> transfers = new ArrayList<>();
        for (Piece piece : pieces) {
            piece.sweeps.send(table);
            transfers.add(piece.sweeps.losses(piece.job.gradient()));
        }
        Sums sums = mergedSums();
        transfers.forEach(GradientTransfer::finish);
        return kept(counted(job.summands(sums)));
    }

    /** The second sweep alone, with coefficients whose first row is given. */
    public void gradient(Coefficients table, long firstRow) {
        List<GradientTransfer> transfers = new ArrayList<>();
        for (int k = 0; k < leases.size(); k++) {
            transfers.add(bring(k).backward(table, firstRow, true));
        }
        BadInput bad = new BadInput();
        pieces.forEach(piece -> piece.sweeps.findings(piece.from, bad));
        job.check(bad);
        transfers.forEach(GradientTransfer::finish);
        kept(null);
    }

    private Piece bring(int k) {
        Job part = job.examples(first(k), first(k + 1));
        Piece piece = new Piece(part, first(k), new DeviceSweeps(leases.get(k), part, part.batch(), policy));
        pieces.add(piece);
        return piece;
    }

    private long first(int k) {
        return job.batch().predictions().examples() * k / leases.size();
    }

    private <T> T kept(T result) {
        leases.forEach(lease -> lease.keep(null));
        return result;
    }

    /** Returns the workspaces. After a failure it waits for all streams before it frees any memory. */
    @Override
    public void close() {
        RuntimeException first = null;
        for (Lease lease : leases) {
            first = after(first, lease::settle);
        }
        for (Lease lease : leases) {
            first = after(first, lease::close);
        }
        if (first != null) {
            throw first;
        }
    }

    private static RuntimeException after(RuntimeException first, Runnable work) {
        try {
            work.run();
        } catch (CudaException e) {
            if (first == null) {
                return e;
            }
            first.addSuppressed(e);
        }
        return first;
    }
}
