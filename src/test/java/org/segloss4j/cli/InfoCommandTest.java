package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.segloss4j.ForkedJvm;
import org.segloss4j.internal.build.Build;

class InfoCommandTest {

    @Test
    void tellsVersionsAndBackends() {
        CommandRun run = CommandRun.of("info");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).containsPattern("SegLoss4J +" + Pattern.quote(Build.version()) + "\n")
                .containsPattern("ND4J +1\\.0\\.0-M2\\.1\n")
                .containsPattern("DL4J +1\\.0\\.0-M2\\.1\n").contains(System.getProperty("java.version"))
                .containsPattern("ND4J runs on +CpuBackend, \\d+ thread")
                .containsPattern("cuda +not available: ").containsPattern("cpu +available\n")
                .containsPattern("reference +available\n").containsPattern("selected +cpu \\(auto");
    }

    @Test
    void namesTheGpusThatNd4jHasNoCodeFor() {
        assertThat(InfoCommand.limits(true, "1.0.0-M2.1")).contains("3.7 to 8.6");
        assertThat(InfoCommand.limits(true, "1.0.0-M1.1")).isNull();
        assertThat(InfoCommand.limits(false, "1.0.0-M2.1")).isNull();
    }

    @Test
    void tellsTheThreadsThatTheCpuBackendUses() throws IOException, InterruptedException {
        assertThat(info("-Dsegloss4j.threads=7")).containsPattern("selected +cpu \\(auto.*\\), 7 threads\n");
        assertThat(info("-Dsegloss4j.threads=1")).containsPattern("selected +cpu \\(auto.*\\), 1 thread\n");
        assertThat(info("-Dsegloss4j.threads=0"))
                .containsPattern("selected +none: -Dsegloss4j.threads is \"0\", but must be a whole number from 1 to");
        assertThat(info("-Dsegloss4j.backend=reference"))
                .containsPattern("selected +reference \\(forced by -Dsegloss4j.backend\\)\n");
    }

    private static String info(String option) throws IOException, InterruptedException {
        return new ForkedJvm(Map.of(), List.of(option), Main.class, "info").result();
    }

    /** As on a machine for which there are no natives. */
    @Test
    void worksWithoutNd4jsNatives() throws IOException, InterruptedException {
        String text = new ForkedJvm(Map.of(), ForkedJvm.without("nd4j-native-1"), Main.class, "info").result();
        assertThat(text).startsWith("0\n").containsPattern("ND4J runs on +nothing: \\S+Exception")
                .containsPattern("selected +cpu");
    }
}
