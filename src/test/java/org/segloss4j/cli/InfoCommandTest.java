package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.segloss4j.ForkedJvm;

class InfoCommandTest {

    @Test
    void tellsVersionsAndBackends() {
        CommandRun run = CommandRun.of("info");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).containsPattern("SegLoss4J +0\\.1\\.0\n").containsPattern("ND4J +1\\.0\\.0-M2\\.1\n")
                .containsPattern("DL4J +1\\.0\\.0-M2\\.1\n").contains(System.getProperty("java.version"))
                .containsPattern("ND4J runs on +CpuBackend, \\d+ thread")
                .containsPattern("cuda +not available: ").containsPattern("cpu +available\n")
                .containsPattern("reference +available\n").containsPattern("selected +cpu \\(auto");
    }

    /** As on a machine for which there are no natives. */
    @Test
    void worksWithoutNd4jsNatives() throws IOException, InterruptedException {
        String text = new ForkedJvm(Map.of(), ForkedJvm.without("nd4j-native-1"), Main.class, "info").result();
        assertThat(text).startsWith("0\n").containsPattern("ND4J runs on +nothing: \\S+Exception").containsPattern("selected +cpu");
    }
}
