package org.segloss4j;

import java.io.IOException;
import java.net.URISyntaxException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.segloss4j.internal.backend.LossBackend;
import org.segloss4j.internal.cpu.CpuBackend;
import org.segloss4j.internal.cpu.ReferenceBackend;
import org.segloss4j.internal.cuda.RealBackends;

/** The cases of {@link GoldenConformanceTest} as ND4J arrays. */
class GoldenArraysTest {

    static Stream<LossBackend> backends() {
        return Stream.concat(Stream.of(new ReferenceBackend(), new CpuBackend()), RealBackends.ifAvailable());
    }

    @ParameterizedTest
    @MethodSource("backends")
    void agreesWithThePeers(LossBackend backend) throws IOException, URISyntaxException {
        GoldenConformanceTest.check(backend, GoldenCases::throughArrays, golden -> true);
    }
}
