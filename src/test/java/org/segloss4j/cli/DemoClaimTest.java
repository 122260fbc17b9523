package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the first command of the README promises: rare classes are found, and frequent ones do not pay for it. */
@Tag("slow")
class DemoClaimTest {

    @TempDir
    private Path dir;

    @Test
    void findsTheRareClassesWithoutLosingTheFrequentOnes() throws IOException {
        CommandRun run = CommandRun.of("demo", "--out", dir);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        List<CSVRecord> rows = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get()
                .parse(new StringReader(Files.readString(dir.resolve("comparison.csv")))).getRecords();
        assertThat(rare(rows, "SegLoss4J")).isGreaterThan(rare(rows, "LossMCXENT") + 0.1);
        assertThat(meanIou(rows, "SegLoss4J")).isGreaterThan(meanIou(rows, "LossMCXENT") + 0.03)
                .isGreaterThan(meanIou(rows, "LossMCXENT, weighted") + 0.03);
    }

    private static double rare(List<CSVRecord> rows, String loss) {
        CSVRecord last = last(rows, loss);
        return (Double.parseDouble(last.get("iou_ring")) + Double.parseDouble(last.get("iou_star"))) / 2;
    }

    private static double meanIou(List<CSVRecord> rows, String loss) {
        return Double.parseDouble(last(rows, loss).get("mean_iou"));
    }

    private static CSVRecord last(List<CSVRecord> rows, String loss) {
        return rows.stream().filter(row -> row.get("loss").equals(loss)).reduce((a, b) -> b).orElseThrow();
    }
}
