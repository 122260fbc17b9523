package org.segloss4j.replicas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.ClassSums;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.SumsExchange;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ReplicaSumsTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final SegmentationLoss POOLED = Losses.jaccard().plus(Losses.categoricalFocal());
    private static final SegmentationLoss PER_IMAGE = Losses.dice().perImage(true);

    private static ClassSums sums(SegmentationLoss loss, int examples, int classes, int seed) {
        INDArray predictions = Nd4j.createFromArray(new Random(seed).doubles((long) examples * classes * 6).toArray())
                .reshape(examples, classes, 6);
        return loss.sums(SegmentationBatch.predictions(predictions).labels(Nd4j.zeros(DataType.UINT8, examples, 6)));
    }

    @Test
    void bytesHoldTheSumsToTheBit() {
        for (ClassSums sums : List.of(sums(POOLED, 2, 3, 1), sums(PER_IMAGE, 4, 2, 2), sums(PER_IMAGE, 1, 1, 3),
                sums(POOLED.ignoreIndex(255), 1, 5, 4))) {
            ClassSums read = ClassSums.ofBytes(sums.toBytes());
            assertThat(read).isEqualTo(sums).hasToString(sums.toString());
            assertThat(read.toBytes()).isEqualTo(sums.toBytes());
        }
    }

    /** Whatever a stranger sends is refused by one line, or is sums of its length. */
    @Test
    void bytesThatAreNoSumsAreRefused() {
        byte[] good = sums(PER_IMAGE, 3, 2, 1).toBytes();
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatIllegalArgumentException().isThrownBy(() -> ClassSums.ofBytes(cut))
                    .withMessageNotContaining("\n");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> ClassSums.ofBytes(Arrays.copyOf(good, good.length + 8)));
        Random random = new Random(5);
        int refused = 0;
        for (int k = 0; k < 20_000; k++) {
            byte[] bad = good.clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                bad[random.nextInt(40)] = (byte) random.nextInt();
            }
            try {
                assertThat(ClassSums.ofBytes(bad).toBytes()).isEqualTo(bad);
            } catch (IllegalArgumentException e) {
                refused++;
                assertThat(e.getMessage()).doesNotContain("\n");
            }
        }
        assertThat(refused).isGreaterThan(15_000);
    }

    /** A message may claim what no loss gives: the text of two pixel terms with the sum of one. */
    @Test
    void sumsThatLackWhatTheirTextSaysAreRefused() {
        SegmentationLoss two = POOLED.plus(Losses.categoricalCrossEntropy());
        ClassSums whole = sums(two, 2, 3, 1);
        byte[] bytes = whole.toBytes();
        byte[] less = Arrays.copyOf(bytes, bytes.length - Double.BYTES);
        ByteBuffer.wrap(less).putInt(14, 1);
        ClassSums lacking = ClassSums.ofBytes(less);
        assertThatIllegalArgumentException().isThrownBy(() -> whole.merge(lacking));
        assertThatIllegalArgumentException().isThrownBy(() -> lacking.merge(whole));
        assertThatIllegalArgumentException().isThrownBy(() -> two.value(lacking))
                .withMessageStartingWith("a loss of 2 pixel terms needs their sums");
        assertThat(two.value(whole)).isFinite();
    }

    /** The sums of the parts merge in the order of the ranks; those without examples take part. */
    @Test
    void everyReplicaGetsTheSumsOfAllAndItsPlace() {
        for (SegmentationLoss loss : List.of(POOLED, PER_IMAGE)) {
            int[] examples = {0, 2, 0, 3, 1};
            List<ClassSums> parts = new ArrayList<>();
            for (int rank = 0; rank < 5; rank++) {
                parts.add(examples[rank] == 0 ? null : sums(loss, examples[rank], 3, rank));
            }
            ClassSums whole = parts.get(1).merge(parts.get(3)).merge(parts.get(4));
            List<SumsExchange.Whole> got = LocalReplicas.run(5, LONG, replicas -> {
                SumsExchange exchange = new ReplicaSums(replicas);
                assertThat(exchange.replicas()).isEqualTo(5);
                assertThat(exchange.rank()).isEqualTo(replicas.rank());
                assertThat(exchange.allReduce(null, 0)).isEqualTo(new SumsExchange.Whole(null, 0, 0));
                return exchange.allReduce(parts.get(exchange.rank()), examples[exchange.rank()]);
            });
            int[] first = {0, 0, 2, 2, 5};
            for (int rank = 0; rank < 5; rank++) {
                assertThat(got.get(rank)).isEqualTo(new SumsExchange.Whole(whole, first[rank], 6));
            }
        }
    }

    @Test
    void sumsThatDoNotFitNameRanksAndBothSides() {
        assertFails(sums(POOLED, 1, 3, 1), sums(POOLED, 1, 2, 1), "replica 2 has ClassSums[batch, 2 classes, ",
                "but replica 0 has ClassSums[batch, 3 classes, ");
        assertFails(sums(POOLED, 1, 3, 1), sums(Losses.jaccard(), 1, 3, 1), "replica 2 has ClassSums[",
                "gamma=2.0", "all need the same loss");
        assertFails(sums(POOLED, 1, 3, 1), sums(POOLED.ignoreIndex(7), 1, 3, 1), "ignoreIndex 7", "ignoreIndex null");
        assertFails(sums(Losses.dice(), 1, 3, 1), sums(PER_IMAGE, 1, 3, 1), "1 images", "batch");
    }

    private static void assertFails(ClassSums first, ClassSums third, String... parts) {
        List<String> lines = LocalReplicas.run(3, LONG, replicas -> {
            ClassSums own = replicas.rank() == 0 ? first : replicas.rank() == 1 ? null : third;
            try {
                return "" + new ReplicaSums(replicas).allReduce(own, own == null ? 0 : 1);
            } catch (ReplicaException e) {
                return e.getMessage();
            }
        });
        assertThat(lines).allMatch(lines.get(0)::equals);
        assertThat(lines.get(0)).contains(parts).doesNotContain("\n");
    }

    @Test
    void garbageNamesTheRank() {
        for (byte[] garbage : List.of(new byte[0], new byte[] {0, 0, 0, 0, 1}, "GET / HTTP/1.1".getBytes())) {
            LocalReplicas.run(2, LONG, replicas -> {
                if (replicas.rank() == 1) {
                    replicas.allGather(garbage);
                    return null;
                }
                assertThatExceptionOfType(ReplicaException.class)
                        .isThrownBy(() -> new ReplicaSums(replicas).allReduce(null, 0))
                        .withMessageStartingWith("replica 1 sent what are no sums: ");
                return null;
            });
        }
    }

    @Test
    void examplesAndSumsBelongTogether() {
        ReplicaSums alone = new ReplicaSums(LocalReplicas.of(1, LONG).get(0));
        assertThatIllegalArgumentException().isThrownBy(() -> alone.allReduce(null, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> alone.allReduce(sums(POOLED, 1, 3, 1), 0));
        assertThatIllegalArgumentException().isThrownBy(() -> alone.allReduce(sums(POOLED, 1, 3, 1), -1));
    }
}
