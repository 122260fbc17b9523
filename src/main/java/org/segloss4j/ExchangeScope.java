package org.segloss4j;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.segloss4j.internal.loss.LossCall;

/**
 * Says of the present thread that the batches of the networks which it trains are parts of larger ones. Until the scope
 * is closed, the backward pass of every segmentation loss on this thread exchanges its sums with the other replicas,
 * and gives the gradient, and afterwards the score, of the whole batch's loss.
 *
 * <pre>{@code
 * try (ExchangeScope scope = ExchangeScope.open(exchange, ExchangeScope.Join.AVERAGE)) {
 *     net.fit(part);
 * }
 * }</pre>
 *
 * <p>Each loss layer exchanges once in each backward pass, the layers of a graph in the order in which DL4J goes back
 * through them, which is the same in all replicas of a graph. So all replicas take the same number of steps; one that
 * has no examples for a step calls {@link SumsExchange#allReduce} with null once for each loss layer. An exchange that
 * fails ends the step with its exception.
 *
 * <p>A score that is asked for without a backward pass before, as by {@code net.score(data)}, is that of the own
 * examples and waits for nobody. Below DL4J's own layers, which compute the score from arrays that they prepare anew,
 * it is the whole batch's if the own sums are the same to the bit as those of the backward pass; where a layer hands
 * over differently ordered arrays, as {@code RnnLossLayer} does, it is that of the own examples.
 *
 * <p>Scopes nest. A scope is of one thread and is closed there.
 *
 * @since 0.1.0
 */
public final class ExchangeScope implements AutoCloseable {

    private static final ThreadLocal<ExchangeScope> CURRENT = new ThreadLocal<>();

    /** How many backward passes below DL4J's own layers may wait for somebody to ask for their score. */
    private static final int MOST_VALUES = 64;

    private final SumsExchange exchange;
    private final Join join;
    private final ExchangeScope outer;
    private final Thread owner = Thread.currentThread();
    private final Deque<KnownValue> values = new ArrayDeque<>();
    private boolean isClosed;

    private ExchangeScope(SumsExchange exchange, Join join, ExchangeScope outer) {
        this.exchange = exchange;
        this.join = join;
        this.outer = outer;
    }

    /**
     * What a trainer does with the gradients of the replicas, which says by what to multiply them.
     *
     * @since 0.1.0
     */
    public enum Join {

        /**
         * It adds them up and applies an updater once, which it tells the number of examples of the whole batch: they
         * are multiplied by that number, by which the updater divides.
         */
        SUM {
            @Override
            double scale(long own, long whole, int replicas) {
                return whole;
            }
        },

        /**
         * Each replica applies an updater of its own, and then their gradients, steps or parameters are averaged over
         * all replicas, as {@code ParallelWrapper} does: they are multiplied by the number of own examples, by which
         * that updater divides, and by the number of replicas.
         */
        AVERAGE {
            @Override
            double scale(long own, long whole, int replicas) {
                return (double) own * replicas;
            }
        };

        /**
         * The factor of a gradient.
         *
         * @param own      examples of this replica, or 1 if the updater does not divide
         * @param whole    examples of all, or 1 if the updater does not divide
         * @param replicas how many there are
         */
        abstract double scale(long own, long whole, int replicas);
    }

    /**
     * Opens a scope for the present thread.
     *
     * @param exchange how the replicas join their sums; this thread's own
     * @param join     what the trainer does with gradients
     * @return the scope, to be closed by the same thread
     */
    public static ExchangeScope open(SumsExchange exchange, Join join) {
        ExchangeScope scope = new ExchangeScope(Objects.requireNonNull(exchange, "exchange"),
                Objects.requireNonNull(join, "join"), CURRENT.get());
        CURRENT.set(scope);
        return scope;
    }

    /**
     * The scope of the present thread.
     *
     * @return the one opened last, or null if none is open
     */
    public static ExchangeScope current() {
        return CURRENT.get();
    }

    /**
     * A backward pass, for layers: exchanges the sums of a part and computes the gradient of the whole batch's loss
     * with respect to its predictions.
     *
     * @param loss        the loss
     * @param batch       predictions, labels and mask of the part
     * @param isMiniBatch whether the updater divides by the number of examples
     * @param gradient    receives the gradient times what {@link Join} says; as in {@link SegmentationLoss#gradient(
     *                    SegmentationBatch, ClassSums, int, double, INDArray)}
     * @return L of the whole batch
     */
    public double valueAndGradient(SegmentationLoss loss, SegmentationBatch batch, boolean isMiniBatch,
                                   INDArray gradient) {
        return exchange(loss, batch, isMiniBatch, gradient).getAsDouble();
    }

    /**
     * A backward pass as {@link #valueAndGradient} makes it, with the value of each term of the loss.
     *
     * @param loss        the loss
     * @param batch       predictions, labels and mask of the part
     * @param isMiniBatch whether the updater divides by the number of examples
     * @param gradient    receives the gradient
     * @return L of the whole batch, and its terms
     * @throws UnsupportedOperationException if the loss is not {@linkplain SegmentationLoss#mergesExactly mergeable}
     * @since 0.1.0
     */
    public LossValue exchange(SegmentationLoss loss, SegmentationBatch batch, boolean isMiniBatch,
                              INDArray gradient) {
        return backward(loss, batch, loss.call(batch), isMiniBatch, gradient).value;
    }

    /** The same for a layer that asks for the score with arrays of its own afterwards. */
    double rememberedValueAndGradient(SegmentationLoss loss, SegmentationBatch batch, LossCall call,
                                      INDArray gradient) {
        KnownValue known = backward(loss, batch, call, true, gradient);
        if (values.size() == MOST_VALUES) {
            values.removeFirst();
        }
        values.addLast(known);
        return known.value.getAsDouble();
    }

    private KnownValue backward(SegmentationLoss loss, SegmentationBatch batch, LossCall call, boolean isMiniBatch,
                                INDArray gradient) {
        ClassSums own = loss.sums(call);
        SumsExchange.Whole whole = exchange.allReduce(own, Math.toIntExact(batch.examples()));
        double scale = isMiniBatch ? join.scale(batch.examples(), whole.examples(), exchange.replicas())
                : join.scale(1, 1, exchange.replicas());
        loss.gradient(batch, call, whole.sums(), whole.firstExample(), scale, gradient);
        return new KnownValue(loss, own, loss.lossValue(whole.sums()));
    }

    /** L of the whole batch if it is that of a backward pass before, otherwise that of the own examples. */
    double value(SegmentationLoss loss, SegmentationBatch batch) {
        if (values.isEmpty()) {
            return loss.value(batch);
        }
        ClassSums own = loss.sums(batch);
        for (Iterator<KnownValue> all = values.iterator(); all.hasNext();) {
            KnownValue known = all.next();
            if (known.loss.equals(loss) && known.own.equals(own)) {
                all.remove();
                return known.value.getAsDouble();
            }
        }
        return loss.value(own);
    }

    /**
     * Ends the scope; the one that was open before holds again.
     *
     * @throws IllegalStateException if another thread opened it, or one that was opened later is still open
     */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        if (Thread.currentThread() != owner || CURRENT.get() != this) {
            throw new IllegalStateException(Thread.currentThread() != owner
                    ? "the scope of thread " + owner.getName() + " is closed by thread "
                            + Thread.currentThread().getName()
                    : "a scope is closed before one that was opened later");
        }
        isClosed = true;
        if (outer == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(outer);
        }
    }

    /**
     * What a backward pass found.
     *
     * @param loss  the loss
     * @param own   the sums of the own examples
     * @param value L of the whole batch
     */
    private record KnownValue(SegmentationLoss loss, ClassSums own, LossValue value) {
    }
}
