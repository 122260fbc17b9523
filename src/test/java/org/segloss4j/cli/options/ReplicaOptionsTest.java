package org.segloss4j.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import picocli.CommandLine;

/** What schedulers tell a process by its environment. */
class ReplicaOptionsTest {

    @TempDir
    private Path dir;

    @AfterEach
    void forget() {
        System.clearProperty(CudaDevices.PROCESS);
    }

    private ReplicaOptions checked(Map<String, String> environment, String... more) throws IOException {
        Path secret = dir.resolve("secret");
        if (!Files.exists(secret)) {
            Files.createFile(secret,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(secret, "0123456789abcdef");
        }
        List<String> all = new ArrayList<>(List.of("--workers=a:1,b:2,c:3", "--secret-file=" + secret));
        all.addAll(List.of(more));
        ReplicaOptions options = CommandLine.populateCommand(new ReplicaOptions(environment),
                all.toArray(String[]::new));
        options.check();
        return options;
    }

    @Test
    void aSchedulerSaysTheRank() throws IOException {
        assertThat(checked(Map.of("SLURM_PROCID", "2")).rank()).isEqualTo(2);
        assertThat(checked(Map.of("JOB_COMPLETION_INDEX", "1")).rank()).isEqualTo(1);
        assertThat(checked(Map.of("SLURM_PROCID", "2"), "--rank=0").rank()).isZero();
        assertThatThrownBy(() -> checked(Map.of("SLURM_PROCID", "3"))).isInstanceOf(UsageException.class)
                .hasMessage("SLURM_PROCID is 3, but must be from 0 to 2, since --workers names 3");
        assertThatThrownBy(() -> checked(Map.of("JOB_COMPLETION_INDEX", "x"))).isInstanceOf(UsageException.class)
                .hasMessage("JOB_COMPLETION_INDEX of the environment is \"x\", but must be a number; or give --rank");
    }

    @Test
    void theDeviceIsThatOfTheProcessOnItsMachine() throws IOException {
        checked(Map.of("SLURM_PROCID", "2", "SLURM_LOCALID", "0"));
        assertThat(System.getProperty(CudaDevices.PROCESS)).isEqualTo("0");
        forget();
        checked(Map.of(), "--rank=2");
        assertThat(System.getProperty(CudaDevices.PROCESS)).isEqualTo("2");
    }
}
