package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.segloss4j.Backends;

/** What train makes of what break-even kept. */
class HostThresholdTest {

    private static final String CACHE = "segloss4j.cache";

    @TempDir
    private Path dir;
    private String cache;
    private String backend;

    @BeforeEach
    void settings() {
        cache = System.getProperty(CACHE);
        backend = System.getProperty(Backends.PROPERTY);
        System.setProperty(CACHE, dir.toString());
        System.setProperty(Backends.PROPERTY, "auto");
    }

    @AfterEach
    void restore() {
        System.clearProperty(Backends.THRESHOLD);
        restore(CACHE, cache);
        restore(Backends.PROPERTY, backend);
    }

    private static void restore(String property, String value) {
        if (value == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, value);
        }
    }

    private static void keep(int channels, long from) {
        assertThat(MeasuredThresholds.keep(channels, from < 0 ? OptionalLong.empty() : OptionalLong.of(from), 4096))
                .startsWith("kept for train in ");
    }

    private static void check(int channels, String threshold, String note) {
        try (HostThreshold host = HostThreshold.measured(channels)) {
            assertThat(System.getProperty(Backends.THRESHOLD)).isEqualTo(threshold);
            assertThat(host.note()).isEqualTo(note);
        }
        assertThat(System.getProperty(Backends.THRESHOLD)).isNull();
    }

    private void write(String text) throws IOException {
        Files.writeString(dir.resolve("break-even.properties"), text);
    }

    @Test
    void withoutAMeasurementNothingIsSetOrSaid() {
        check(19, null, "");
    }

    /** One channel is like no other number; of the others, the nearest by ratio counts. */
    @ParameterizedTest
    @CsvSource({"1, 7, one channel under a sigmoid", "2, 30, classes: 3", "3, 30, classes: 3", "7, 30, classes: 3",
        "8, 190, classes: 19", "200, 190, classes: 19"})
    void theMostSimilarMeasurementCounts(int channels, String threshold, String what) {
        keep(1, 7);
        keep(3, 30);
        keep(19, 190);
        check(channels, threshold, ", by break-even (" + what + ")");
    }

    @Test
    void measurementsOfOneChannelSayNothingOfSeveral() {
        keep(1, 7);
        check(2, null, "");
    }

    @Test
    void whereCudaWasNeverFasterItSaysSo() {
        keep(19, -1);
        check(19, null, "; break-even (classes: 19) found cuda no faster up to 4096 logits");
        keep(19, 50);
        check(19, "50", ", by break-even (classes: 19)");
    }

    @Test
    void measurementsWithOtherProcessorsDoNotCount() throws IOException {
        write("device=\nprocessors=977\nchannels.19=50\n");
        check(19, null, "; break-even (classes: 19) was run with 977 processors, not "
                + Runtime.getRuntime().availableProcessors() + ": run it again");
        keep(3, 30);
        check(19, "30", ", by break-even (classes: 3)");
    }

    @Test
    void settingsOfTheUserComeFirst() {
        keep(19, 50);
        System.setProperty(Backends.THRESHOLD, "7");
        try (HostThreshold host = HostThreshold.measured(19)) {
            assertThat(host.note()).isEmpty();
        }
        assertThat(System.getProperty(Backends.THRESHOLD)).isEqualTo("7");
        System.clearProperty(Backends.THRESHOLD);
        System.setProperty(Backends.PROPERTY, "cpu");
        check(19, null, "");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "channels.19=many  | it is damaged: channels.19 is many",
        "channels.19=50    | it is damaged: it lacks device or processors",
        "channels.19=\\uXY | it is damaged: Malformed \\uxxxx encoding."})
    void aDamagedFileIsTold(String text, String cause) throws IOException {
        write(text);
        check(19, null, "; what break-even has kept cannot be read: " + cause);
    }

    /** What took minutes to measure is not lost to what a damaged file held. */
    @ParameterizedTest
    @ValueSource(strings = {"channels.19=\\uXY", "channels.19=50"})
    void aDamagedFileIsReplaced(String text) throws IOException {
        write(text);
        keep(3, 30);
        check(19, "30", ", by break-even (classes: 3)");
    }

    @Test
    void whatCannotBeKeptIsTold() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "");
        System.setProperty(CACHE, file.toString());
        assertThat(MeasuredThresholds.keep(19, OptionalLong.of(5), 10)).startsWith("not kept for train: "
                + file.resolve("break-even.properties") + ": ");
    }
}
