package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.internal.cuda.RealBackends;

/** Pixel losses of dense labels under a softmax on a device, each form of the kernels once. */
class RealDeviceTruthsTest {

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
    }

    @ParameterizedTest
    @CsvSource({"4, NCS, FLOAT, 256", "19, NCS, FLOAT, 97", "8, NSC, HALF, 65", "32, NCS, BFLOAT16, 64",
        "5, NCS, DOUBLE, 65"})
    void curvesOfDenseLabelsAreExact(int channels, String axes, ElementType element, int pixels) {
        HostWideLossTest.checkTruths(RealBackends.backend(), 8, channels, axes, element, pixels);
    }

    @ParameterizedTest
    @CsvSource({"4, NCS, FLOAT, UINT8, 256", "19, NSC, HALF, INT32, 97", "40, NCS, FLOAT, UINT8, 64"})
    void curvesOfSmoothedIndicesAreExact(int channels, String axes, ElementType element, ElementType labels,
                                         int pixels) {
        HostSpreadLossTest.check(RealBackends.backend(), 8, channels, axes, element, labels, pixels);
    }

    @ParameterizedTest
    @CsvSource({"4, NCS, FLOAT, FLOAT, 256", "19, NCS, FLOAT, FLOAT, 97", "20, NSC, BFLOAT16, DOUBLE, 65"})
    void oneHotPixelsAndOthersMayBeNeighbours(int channels, String axes, ElementType element, ElementType labels,
                                              int pixels) {
        HostOneHotTest.checkNeighbours(RealBackends.backend(), channels, axes, element, labels, pixels);
    }

    @ParameterizedTest
    @CsvSource({"19, FLOAT, 97", "8, HALF, 65", "40, FLOAT, 33"})
    void labelsBesideRowsMayLieAnywhere(int channels, ElementType element, int pixels) {
        HostDenseRowsTest.checkPlaces(RealBackends.backend(), channels, element, pixels);
    }
}
