package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

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

    @Test
    void namesTheGpusThatNd4jHasNoCodeFor() {
        assertThat(InfoCommand.limits(true, "1.0.0-M2.1")).contains("3.7 to 8.6");
        assertThat(InfoCommand.limits(true, "1.0.0-M1.1")).isNull();
        assertThat(InfoCommand.limits(false, "1.0.0-M2.1")).isNull();
    }

    /** As on a machine for which there are no natives. */
    @Test
    void worksWithoutNd4jsNatives() throws IOException, InterruptedException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("nd4j-native-1")).collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m", "-cp", classPath, Main.class.getName(), "info").redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        assertThat(text).containsPattern("ND4J runs on +nothing: \\S+Exception").containsPattern("selected +cpu");
    }
}
