package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompileCommandTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "--arch=volta | --arch: volta is no architecture like sm_80",
            "--arch=sm_80,compute_80 | --arch: compute_80 is no architecture like sm_80",
            "--arch=sm_80 --ptx | --ptx needs --out: the cache holds what GPUs here load, which is machine code",
            "--arch=sm_80 --types=float,quad | --types: quad is none of float, double, half and bfloat16",
            "--arch=sm_80 --types=int32 | predictions cannot be INT32",
            "--arch=sm_80 --classes=-3 | number of classes is -3, but must be at least 0"})
    void errorsAreOneLine(String arguments, String complaint) {
        CommandRun run = CommandRun.of((Object[]) ("compile " + arguments).split(" "));
        assertThat(run.complaints()).containsExactly("segloss4j: " + complaint);
        assertThat(run.code()).isEqualTo(1);
    }

    @Test
    void architectureIsNeeded() {
        CommandRun run = CommandRun.of("compile");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("Missing required option: '--arch=ARCH'");
    }
}
