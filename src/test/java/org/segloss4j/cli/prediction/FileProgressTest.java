package org.segloss4j.cli.prediction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FileProgressTest {

    private final AtomicLong seconds = new AtomicLong(5);
    private final StringWriter lines = new StringWriter();

    private FileProgress progress(int images) {
        return new FileProgress("predicted", images, new PrintWriter(lines), null,
                () -> seconds.get() * 1_000_000_000);
    }

    @Test
    void aLogGetsALineEveryTenSeconds() {
        try (FileProgress progress = progress(100)) {
            for (int k = 0; k < 100; k++) {
                seconds.incrementAndGet();
                progress.done();
            }
            assertThat(progress.seconds()).isEqualTo(100);
        }
        // The last one is for the command to tell.
        assertThat(lines.toString().lines()).hasSize(9).startsWith("predicted 10 of 100, 10 s",
                "predicted 20 of 100, 20 s");
    }

    @Test
    void aLargeImageIsNotSilent() {
        try (FileProgress progress = progress(2)) {
            progress.done();
            for (int y = 0; y < 50; y++) {
                seconds.incrementAndGet();
                progress.row(y, 50);
            }
            progress.done();
        }
        assertThat(lines.toString().lines()).hasSize(5).startsWith("predicted 1 of 2 and 20 % of the next, 10 s",
                "predicted 1 of 2 and 40 % of the next, 20 s");
    }

    @Test
    void whatIsQuickIsSilent() {
        try (FileProgress progress = progress(3)) {
            progress.row(0, 10);
            progress.done();
            progress.done();
            progress.done();
        }
        assertThat(lines.toString()).isEmpty();
    }
}
