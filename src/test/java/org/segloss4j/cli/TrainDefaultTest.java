package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the first command of the README promises. */
@Tag("slow")
class TrainDefaultTest {

    private static final Pattern TIMES = Pattern.compile("([0-9.]+) times the");

    @TempDir
    private Path dir;

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void isFarBetterThanTheUntrainedNetworkAndTheMajorityClass(long seed) {
        CommandRun run = CommandRun.of("train", "--seed", seed, "--out", dir);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        Matcher times = TIMES.matcher(run.out());
        for (int k = 0; k < 2; k++) {
            assertThat(times.find()).isTrue();
            assertThat(Double.parseDouble(times.group(1))).isGreaterThanOrEqualTo(2);
        }
    }
}
