package org.segloss4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.LossResult;
import org.segloss4j.Losses;
import org.segloss4j.SegmentationBatch;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cuda.KernelVariant.Entry;

/** One launch for value and gradient, and tiles that are copied ahead: the bits are those of two plain launches. */
class FusedSweepsTest {

    /** So few threads that a part has several tiles. */
    private static final String PLAIN = "t32b2v4s2r1";

    private static final String RECALL = "        recall(k, z);\n";
    private static final String FETCH = "        fetch(in, {group.n, group.first + SEG_STAGES * step, group.from,"
            + " group.to}, k + SEG_STAGES * turn);\n";

    @BeforeAll
    static void requireCompiler() {
        HostBackends.require();
    }

    @AfterEach
    void forgetPolicy() {
        System.clearProperty(LaunchPolicy.PROPERTY);
    }

    /** Value and gradient of a call, and how it was launched. */
    private record Result(double value, double[] gradient, int launches) {
    }

    private static Result run(String policy, SegmentationLoss loss, SegmentationBatch batch, CudaBackend backend,
                              HostDevice device) {
        System.setProperty(LaunchPolicy.PROPERTY, policy);
        int before = device.launches.get();
        LossResult result = loss.valueAndGradient(batch, backend);
        return new Result(result.value(), result.gradient().dup('c').castTo(DataType.DOUBLE).data().asDouble(),
                device.launches.get() - before);
    }

    private static Result run(String policy, SegmentationLoss loss, SegmentationBatch batch) {
        HostDevice device = new HostDevice(null, UnaryOperator.identity());
        try (device; CudaBackend backend = new CudaBackend(device)) {
            return run(policy, loss, batch, backend, device);
        }
    }

    private static SegmentationBatch batch(int examples, int channels, int pixels, DataType type, DataType labelType) {
        Nd4j.getRandom().setSeed(examples * pixels);
        INDArray logits = Nd4j.randn(DataType.FLOAT, examples, channels, pixels).mul(2).castTo(type);
        INDArray index = Nd4j.rand(DataType.FLOAT, examples, pixels).mul(channels + 1);
        INDArray labels = labelType == DataType.FLOAT ? Nd4j.rand(labelType, examples, channels, pixels)
                : index.castTo(labelType);
        INDArray mask = Nd4j.rand(DataType.FLOAT, examples, pixels).mul(3).castTo(DataType.INT32)
                .castTo(DataType.FLOAT);
        return SegmentationBatch.of(labels, logits).activation(Activation.SOFTMAX).mask(mask);
    }

    @ParameterizedTest
    @CsvSource({
        "t32b2v4s2r1, 3, FLOAT, UBYTE, false",
    })
    void bitsAreThoseOfTwoLaunches(String plain, int channels, DataType type, DataType labels, boolean pixelLosses) {
        SegmentationLoss loss = pixelLosses ? Losses.dice().perImage(true).plus(Losses.categoricalFocal())
                : Losses.jaccard();
        loss = labels == DataType.FLOAT ? loss : loss.ignoreIndex(channels);
        for (int pixels : new int[] {1208, 8, 257}) {
            for (int examples : new int[] {3, 13}) {
                SegmentationBatch batch = batch(examples, channels, pixels, type, labels);
                Result expected = run(plain, loss, batch);
                assertThat(expected.launches()).isEqualTo(2);
                for (String more : new String[] {"f1", "a1", "a2", "f1a1", "f1a3"}) {
                    Result actual = run(plain + more, loss, batch);
                    assertThat(actual.launches()).as(more).isEqualTo(more.startsWith("f") ? 1 : 2);
                    assertThat(actual.value()).as(more).isEqualTo(expected.value());
                    assertThat(actual.gradient()).as(more).isEqualTo(expected.gradient());
                }
            }
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        "t32b2v8s1r0, 4, BFLOAT16, INT, true",
        "t64b2v2s2r0, 19, FLOAT, UBYTE, true",
        "t32b2v1s0r1, 5, HALF, LONG, true",
        "t32b2v2s2r1, 5, DOUBLE, INT, true",
        "t32b2v4s2r1, 3, FLOAT, FLOAT, false",
    })
    void bitsOfOthersAreThoseOfTwoLaunches(String plain, int channels, DataType type, DataType labels,
                                           boolean pixelLosses) {
        bitsAreThoseOfTwoLaunches(plain, channels, type, labels, pixelLosses);
    }

    /** What a launch leaves behind is what the next one needs, and what others write in another order is the same. */
    @ParameterizedTest
    @ValueSource(strings = {"f1", "a2", "f1a1"})
    void launchesFollowOneAnother(String more) {
        SegmentationBatch first = batch(3, 3, 1208, DataType.FLOAT, DataType.UINT8);
        SegmentationBatch second = batch(2, 3, 264, DataType.FLOAT, DataType.UINT8);
        SegmentationLoss loss = Losses.jaccard().ignoreIndex(3);
        Result expected = run(PLAIN, loss, first);
        HostDevice device = new HostDevice(null, UnaryOperator.identity());
        try (device; CudaBackend backend = new CudaBackend(device)) {
            for (int k = 0; k < 10; k++) {
                Result actual = run(PLAIN + more, loss, first, backend, device);
                assertThat(actual.value()).isEqualTo(expected.value());
                assertThat(actual.gradient()).isEqualTo(expected.gradient());
                run(k % 2 == 0 ? PLAIN + more : PLAIN, loss, second, backend, device);
            }
        }
    }

    @Test
    void badInputIsToldOnceAndTheNextCallWorks() {
        SegmentationBatch batch = batch(3, 3, 1208, DataType.FLOAT, DataType.UINT8);
        HostDevice device = new HostDevice(null, UnaryOperator.identity());
        try (device; CudaBackend backend = new CudaBackend(device)) {
            assertThatThrownBy(() -> run(PLAIN + "f1", Losses.jaccard(), batch, backend, device))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("label");
            String message = message(() -> run(PLAIN, Losses.jaccard(), batch));
            assertThat(message(() -> run(PLAIN + "f1", Losses.jaccard(), batch, backend, device))).isEqualTo(message);
            assertThat(run(PLAIN + "f1", Losses.jaccard().ignoreIndex(3), batch, backend, device).gradient())
                    .isEqualTo(run(PLAIN, Losses.jaccard().ignoreIndex(3), batch).gradient());
        }
    }

    private static String message(Runnable work) {
        try {
            work.run();
            return "none";
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    static Stream<Arguments> others() {
        INDArray labels = Nd4j.rand(DataType.FLOAT, 2, 300).mul(3).castTo(DataType.UINT8);
        return Stream.of(
                Arguments.of("many classes", batch(2, 40, 300, DataType.FLOAT, DataType.UINT8),
                        Losses.jaccard().ignoreIndex(40)),
                Arguments.of("channels last", SegmentationBatch.of(labels, Nd4j.randn(DataType.FLOAT, 2, 300, 3))
                        .channelsLast().activation(Activation.SOFTMAX), Losses.jaccard()),
                Arguments.of("losses of other classes than the true one",
                        batch(2, 3, 300, DataType.FLOAT, DataType.UINT8), Losses.binaryFocal().ignoreIndex(3)));
    }

    @ParameterizedTest
    @MethodSource("others")
    void othersAreTwoPlainLaunches(String name, SegmentationBatch batch, SegmentationLoss loss) {
        Result result = run(PLAIN + "f1a2", loss, batch);
        assertThat(result.launches()).isEqualTo(2);
        assertThat(result.gradient()).isEqualTo(run(PLAIN, loss, batch).gradient());
    }

    @Test
    void blocksThatAreNotThereAtATimeDoNotWaitForOneAnother() {
        SegmentationBatch batch = batch(3, 3, 1208, DataType.FLOAT, DataType.UINT8);
        SegmentationLoss loss = Losses.jaccard().ignoreIndex(3);
        for (int resident : new int[] {0, 5, 6}) {
            HostDevice device = new HostDevice(null, UnaryOperator.identity()) {
                @Override
                public int residentBlocks(KernelVariant variant, LaunchShape shape) {
                    return resident;
                }
            };
            try (device; CudaBackend backend = new CudaBackend(device)) {
                assertThat(run(PLAIN + "f1", loss, batch, backend, device).launches()).isEqualTo(resident < 6 ? 2 : 1);
            }
        }
    }

    static Stream<Arguments> bugs() {
        return Stream.of(
                Arguments.of("no barrier between the sweeps", "f1", "    seg::awaitGrid(args.sums.in.state);\n", ""),
                Arguments.of("a tile that is not kept any more", "f1", "filled && k >= kept",
                        "filled && k >= kept - 1"),
                Arguments.of("no wait for copies", "a2", "        awaitCopies<SEG_STAGES - 1>();\n", ""));
    }

    static Stream<Arguments> otherBugs() {
        return Stream.of(
                Arguments.of("blocks that wait for nobody", "f1", "state->ticket != 0) {", "state->ticket == 0) {"),
                Arguments.of("a ticket that stays", "f1", "*(volatile u64*) &state->ticket = 0;", ""),
                Arguments.of("a tile in another's place", "f1", "if (k >= kept) {\n            keep(k, z);",
                        "if (k >= kept) {\n            keep(k / 2, z);"),
                Arguments.of("a wait for too few copies", "a2", "awaitCopies<SEG_STAGES - 1>",
                        "awaitCopies<SEG_STAGES>"),
                Arguments.of("copies before the place is free", "a1", RECALL + FETCH, FETCH + RECALL),
                Arguments.of("copies of what is not aligned", "a1", "if (group.isWhole()) {\n"
                        + "                    copyAsync", "if (true) {\n                    copyAsync"));
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("otherBugs")
    void otherPlantedBugsAreNoticed(String bug, String more, String right, String wrong) {
        aPlantedBugIsNoticed(bug, more, right, wrong);
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void aPlantedBugIsNoticed(String bug, String more, String right, String wrong) {
        List<Entry> having = new ArrayList<>(List.of(Entry.REGION_FORWARD, Entry.REGION_BACKWARD, Entry.REGION_FUSED));
        having.removeIf(entry -> KernelSource.of(entry).split(Pattern.quote(right), -1).length != 2);
        assertThat(having).as("kernels with %s", right).contains(more.startsWith("f") ? Entry.REGION_FUSED
                : Entry.REGION_FORWARD);
        // Where examples begin at an odd place, parts have edges.
        SegmentationBatch batch = batch(3, 3, 1208, DataType.FLOAT, DataType.UINT8);
        SegmentationLoss loss = Losses.jaccard().ignoreIndex(3);
        Result expected = run(PLAIN, loss, batch);
        HostDevice device = new HostDevice(null, text -> text.replace(right, wrong), 8);
        boolean noticed;
        try (device; CudaBackend backend = new CudaBackend(device)) {
            Result actual = run(PLAIN + more, loss, batch, backend, device);
            noticed = actual.value() != expected.value()
                    || !java.util.Arrays.equals(actual.gradient(), expected.gradient());
        } catch (CudaException e) {
            noticed = true;
        }
        assertThat(noticed).as(bug).isTrue();
    }
}
