package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.internal.cuda.RealBackends;

/** Sums beyond those of every loss on a device, each form of the kernels once. */
class RealDeviceStatisticsTest {

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
    }

    @ParameterizedTest
    @CsvSource({"4, NCS, UINT8, SOFTMAX, FLOAT, 257, true, false, false",
        "4, NCS, UINT8, SOFTMAX, FLOAT, 257, false, false, true",
        "19, NCS, UINT8, SOFTMAX, FLOAT, 97, true, false, true",
        "8, NSC, INT32, SOFTMAX, FLOAT, 97, true, false, false",
        "40, NCS, UINT8, SOFTMAX, FLOAT, 193, true, false, false",
        "1, NCS, UINT8, SIGMOID, FLOAT, 1025, true, false, false",
        "3, NCS, FLOAT, SIGMOID, FLOAT, 1025, true, true, false",
        "8, NCS, FLOAT, SOFTMAX, FLOAT, 97, true, true, false",
        "5, NSC, UINT8, SIGMOID, FLOAT, 97, true, false, false",
        "3, NCS, UINT8, SOFTMAX, BFLOAT16, 257, false, false, false"})
    void furtherStatisticsAgree(int channels, String axes, ElementType labels, Activation activation, ElementType type,
                                int pixels, boolean squares, boolean distances, boolean pairs) {
        FurtherStatistics.check(RealBackends.backend(), 8, channels, axes, labels, activation, type, pixels, squares,
                distances, pairs);
    }
}
