package org.segloss4j.replicas;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TcpReplicasTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void everyoneGetsTheMessagesOfAllInTheOrderOfTheRanks(int size) {
        List<List<String>> got = LoopbackJob.run(size, replicas -> {
            List<String> all = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                String own = "x".repeat(i * replicas.rank() * 37) + replicas.rank();
                replicas.allGather(own.getBytes(StandardCharsets.UTF_8))
                        .forEach(message -> all.add(new String(message, StandardCharsets.UTF_8)));
            }
            return all;
        });
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            for (int rank = 0; rank < size; rank++) {
                expected.add("x".repeat(i * rank * 37) + rank);
            }
        }
        assertThat(got).hasSize(size).allSatisfy(all -> assertThat(all).isEqualTo(expected));
    }

    @Test
    void messagesMayBeLarge() {
        byte[] large = new byte[1 << 20];
        new Random(1).nextBytes(large);
        List<Boolean> same = LoopbackJob.run(3, replicas -> {
            List<byte[]> all = replicas.allGather(replicas.rank() == 1 ? new byte[0] : large);
            return all.get(1).length == 0 && Arrays.equals(all.get(0), large) && Arrays.equals(all.get(2), large);
        });
        assertThat(same).containsOnly(true);
    }

    @Test
    void oneMayWaitForEver() {
        assertThat(new LoopbackJob(2, Duration.ofSeconds(Long.MAX_VALUE)).all(own -> own.allGather(new byte[1]).size()))
                .containsExactly(2, 2);
    }

    /** The numbers of parts of the replicas, of which some have none. */
    @ParameterizedTest
    @CsvSource({"1, FLOAT", "5, DOUBLE", "2 3, FLOAT", "5 0, FLOAT", "0 5, DOUBLE", "1 0 4, FLOAT", "0 0 5 0, DOUBLE",
        "1 1 1 1 1, FLOAT", "0 2 0 3 0, FLOAT"})
    void aSumHasTheBitsOfOneAfterTheOther(String counts, DataType type) {
        List<Integer> shares = Arrays.stream(counts.split(" ")).map(Integer::valueOf).toList();
        int parts = shares.stream().mapToInt(Integer::intValue).sum();
        for (long length : new long[] {1, 32_768, 70_001}) {
            List<INDArray> all = IntStream.range(0, parts).mapToObj(p -> part(length, p, type)).toList();
            INDArray expected = all.get(0).dup();
            all.subList(1, parts).forEach(expected::addi);
            List<INDArray> sums = LoopbackJob.run(shares.size(), replicas -> {
                int first = shares.subList(0, replicas.rank()).stream().mapToInt(Integer::intValue).sum();
                List<INDArray> own = all.subList(first, first + shares.get(replicas.rank()));
                INDArray result = Nd4j.create(type, 1, length);
                replicas.sum(own, result);
                return result;
            });
            assertThat(sums).hasSize(shares.size())
                    .allSatisfy(sum -> assertThat(bits(sum)).isEqualTo(bits(expected)));
        }
    }

    /** Numbers of very different sizes, so that another order has other bits; and a negative zero. */
    private static INDArray part(long length, int seed, DataType type) {
        Random random = new Random(seed);
        double[] numbers = new double[(int) length];
        for (int i = 1; i < length; i++) {
            numbers[i] = random.nextGaussian() * Math.pow(10, random.nextInt(12) - 6);
        }
        numbers[0] = -0.0;
        return Nd4j.create(numbers, new long[] {1, length}, type);
    }

    private static long[] bits(INDArray array) {
        return Arrays.stream(array.data().asDouble()).mapToLong(Double::doubleToRawLongBits).toArray();
    }

    @Test
    void theResultMayBeAPartAndAView() {
        List<double[]> sums = LoopbackJob.run(2, replicas -> {
            INDArray all = Nd4j.arange(0, 8).castTo(DataType.FLOAT).reshape(2, 4);
            INDArray row = all.getRow(1, true);
            replicas.sum(List.of(row, row), row);
            return all.data().asDouble();
        });
        assertThat(sums).hasSize(2).allSatisfy(
                all -> assertThat(all).containsExactly(0, 1, 2, 3, 16, 20, 24, 28));
    }
}
