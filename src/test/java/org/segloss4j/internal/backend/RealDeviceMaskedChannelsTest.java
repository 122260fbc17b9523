package org.segloss4j.internal.backend;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.segloss4j.internal.cuda.RealBackends;

/** Void pixels and weights of sigmoids on a device, with class indices of several channels and dense labels. */
class RealDeviceMaskedChannelsTest {

    @BeforeAll
    static void requireDevice() {
        RealBackends.require();
    }

    @ParameterizedTest
    @CsvSource({"1, FLOAT, UINT8, 1100", "3, FLOAT, UINT8, 600", "5, BFLOAT16, INT32, 544", "2, FLOAT, FLOAT, 600"})
    void channelsAgree(int channels, ElementType element, ElementType labels, int pixels) {
        HostMaskedChannelsTest.check(RealBackends.backend(), channels, element, labels, pixels);
    }
}
