package org.segloss4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.Need;

/**
 * The kernels of the unfused contender are at least valid where no GPU can run them.
 * {@code -Dsegloss4j.test.require=nvcc} makes a missing compiler a failure.
 */
class UnfusedKernelsTest {

    @Test
    void nvccMakesMachineCodeOfThem(@TempDir Path folder) throws IOException, InterruptedException {
        Need.present("nvcc", cause());
        Path source = Files.writeString(folder.resolve("unfused.cu"), UnfusedKernels.source());
        Process process = nvcc("-cubin", "-arch=sm_80", "-Werror=all-warnings", "-o",
                folder.resolve("unfused.cubin").toString(), source.toString());
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    private static String cause() {
        try {
            nvcc("--version").destroy();
            return null;
        } catch (IOException e) {
            return "nvcc cannot be run: " + e.getMessage();
        }
    }

    private static Process nvcc(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("nvcc"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
