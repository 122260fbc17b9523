package org.segloss4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernels of the unfused contender are at least valid where no GPU can run them. */
class UnfusedKernelsTest {

    @Test
    void nvccMakesMachineCodeOfThem(@TempDir Path folder) throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("unfused.cu"), UnfusedKernels.source());
        Process process;
        try {
            process = new ProcessBuilder("nvcc", "-cubin", "-arch=sm_80", "-Werror=all-warnings", "-o",
                    folder.resolve("unfused.cubin").toString(), source.toString()).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "nvcc is not on the PATH");
            return;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
