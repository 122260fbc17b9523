package org.segloss4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.internal.backend.BadInput;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkersTest {

    /** One thread beside the caller. */
    private final Workers two = new Workers(2);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void runEveryChunkOnce(int threads) {
        int[] runs = new int[1000];
        BadInput bad = new Workers(threads)
                .spread(chunks(runs.length), new Scratch<>(() -> threads), (state, found, chunk, n, from, to) -> {
            assertThat(state).isEqualTo(threads);
            runs[(int) chunk]++;
        });
        assertThat(runs).containsOnly(1);
        assertThat(bad).isNotNull();
        assertThat(new Workers(threads)
                .spread(chunks(0), new Scratch<>(() -> fail("no state is needed")), (s, found, chunk, n, from, to) ->
                fail("there is no chunk"))).isNotNull();
    }

    /** Of one pixel each. */
    private static Chunks chunks(int count) {
        return new Chunks(1, count, 1);
    }

    private static Object fail(String message) {
        throw new AssertionError(message);
    }

    /** Another caller's job keeps the only helper busy until it is released. */
    private Thread occupy(CountDownLatch release) throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(2);
        Thread other = new Thread(() ->
                two.spread(chunks(2), new Scratch<>(() -> 0), (state, bad, chunk, n, from, to) -> {
            inside.countDown();
            await(release);
        }));
        other.start();
        assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
        return other;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aSmallCallDoesNotWaitForTheLongCallOfAnother() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        Thread other = occupy(release);
        AtomicInteger done = new AtomicInteger();
        Thread small = new Thread(() ->
                two.spread(chunks(3), new Scratch<>(() -> 0),
                (state, bad, chunk, n, from, to) -> done.incrementAndGet()));
        small.start();
        small.join(Duration.ofSeconds(10).toMillis());
        boolean waits = small.isAlive();
        release.countDown();
        other.join();
        small.join();
        assertThat(waits).isFalse();
        assertThat(done).hasValue(3);
    }

    /** Helpers that never got to a call stay queued behind the long one; they must not keep its arrays. */
    @Test
    void aCallLeavesNothingBehindInTheQueue() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        Thread other = occupy(release);
        WeakReference<Object> arrays = callWithArrays();
        for (int k = 0; k < 100 && arrays.get() != null; k++) {
            System.gc();
            Thread.sleep(20);
        }
        release.countDown();
        other.join();
        assertThat(arrays.get()).isNull();
    }

    private WeakReference<Object> callWithArrays() {
        double[] arrays = new double[10];
        two.spread(chunks(2), new Scratch<>(() -> arrays), (state, bad, chunk, n, from, to) -> arrays[(int) chunk]++);
        return new WeakReference<>(arrays);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAnyThreadThrowsReachesTheCaller(boolean onTheCaller) {
        for (Throwable thrown : new Throwable[] {new IllegalStateException("here"), new StackOverflowError("there")}) {
            Thread caller = Thread.currentThread();
            CyclicBarrier both = new CyclicBarrier(2);
            assertThatThrownBy(() -> two.spread(chunks(2), new Scratch<>(() -> 0), (state, bad, chunk, n, from, to) -> {
                meet(both);
                if (Thread.currentThread() == caller == onTheCaller) {
                    raise(thrown);
                }
            })).isSameAs(thrown);
        }
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void raise(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) thrown;
    }

    /** The caller's arrays may be freed once its call has returned or thrown. */
    @Test
    void nobodyWorksAfterTheReturn() throws InterruptedException {
        for (boolean interrupted : new boolean[] {false, true}) {
            Thread caller = Thread.currentThread();
            CyclicBarrier both = new CyclicBarrier(2);
            AtomicInteger begun = new AtomicInteger();
            AtomicInteger ended = new AtomicInteger();
            assertThatThrownBy(() -> two.spread(chunks(1000), new Scratch<>(() -> 0),
                    (state, bad, chunk, n, from, to) -> {
                begun.incrementAndGet();
                if (chunk < 2) {
                    meet(both);
                }
                if (Thread.currentThread() == caller) {
                    ended.incrementAndGet();
                    if (interrupted) {
                        caller.interrupt();
                    }
                    throw new IllegalStateException("the caller fails");
                }
                long end = System.nanoTime() + 200_000_000;
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                ended.incrementAndGet();
            })).hasMessage("the caller fails");
            int seen = begun.get();
            assertThat(ended).hasValue(seen);
            assertThat(Thread.interrupted()).isEqualTo(interrupted);
            Thread.sleep(300);
            assertThat(begun).hasValue(seen);
        }
    }

    @Test
    void callersShareThePool() {
        int[] sums = IntStream.range(0, 200).parallel().map(call -> {
            AtomicInteger sum = new AtomicInteger();
            two.spread(chunks(50), new Scratch<>(() -> call), (state, bad, chunk, n, from, to) -> sum.addAndGet(state));
            return sum.get();
        }).toArray();
        assertThat(sums).isEqualTo(IntStream.range(0, 200).map(call -> 50 * call).toArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "0", "-3", "", "2.5", "32768", "99999999999"})
    void rejectsNumbersOfThreadsThatAreNone(String setting) {
        assertThatIllegalArgumentException().isThrownBy(() -> Workers.threads(setting))
                .withMessage("-Dsegloss4j.threads is \"" + setting
                        + "\", but must be a whole number from 1 to 32767");
    }

    @Test
    void takesOneThreadPerProcessorByDefault() {
        assertThat(Workers.threads(null)).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(Workers.threads("7")).isEqualTo(7);
    }
}
