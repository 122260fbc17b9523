package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.segloss4j.cli.report.EvaluationReport;
import org.segloss4j.cli.report.Example;
import org.segloss4j.cli.report.ImageScore;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.RgbImage;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** What reports hold, as far as no browser is needed to see it. */
class ReportPageTest {

    private static final Pattern PICTURE = Pattern.compile("data:image/(png|jpeg);base64,([A-Za-z0-9+/=]+)");

    private static String html(EvaluationReport report) {
        return new String(report.html(), StandardCharsets.UTF_8);
    }

    private static ImageScore score(String name, double iou) {
        return new ImageScore(name, Double.isNaN(iou) ? 0 : 100, 5, iou, iou, List.of(iou, iou));
    }

    private static EvaluationReport report(List<ImageScore> scores) {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(2).ignoreIndex(255);
        evaluation.add(new long[] {60, 10, 20, 10});
        return new EvaluationReport(evaluation, LabelMap.indexes(2).ignoring(255), scores.size()).perImage(scores);
    }

    private static Example noise(ImageSize size, int seed) {
        Random random = new Random(seed);
        byte[] pixels = new byte[3 * (int) size.pixels()];
        random.nextBytes(pixels);
        MaskImage mask = MaskImage.of(size.width(), size.height(), random.ints(size.pixels(), 0, 2).toArray());
        MaskImage other = MaskImage.of(size.width(), size.height(), random.ints(size.pixels(), 0, 2).toArray());
        return new Example(RgbImage.of(size, pixels), mask, other);
    }

    /** Noise is what pictures cannot compress. */
    @Test
    void theFileStaysSmallWhateverTheImages() {
        List<ImageScore> scores = IntStream.range(0, 9).mapToObj(k -> score("n" + k, k / 10.0)).toList();
        String html = html(report(scores).examples(k -> noise(new ImageSize(1500, 900), k)));
        assertThat(PICTURE.matcher(html).results().filter(found -> found.group(1).equals("jpeg"))).hasSize(6);
        assertThat(PICTURE.matcher(html).results()).hasSize(24);
        assertThat(html.length()).isLessThan(6 * 500_000 + 50_000);
    }

    /** An image of void pixels alone has no score: it is neither a good nor a bad example. */
    @Test
    void examplesAreTheWorstAndTheBest() {
        List<ImageScore> scores = List.of(score("b", 0.9), score("nothing", Double.NaN), score("a", 0.2),
                score("c", 0.5), score("d", 0.6), score("e", 0.3), score("f", 0.7), score("g", 0.8));
        String html = html(report(scores).examples(k -> noise(new ImageSize(4, 3), k)));
        assertThat(Pattern.compile("<h3><bdi>(\\w+)</bdi></h3>").matcher(html).results().map(found -> found.group(1)))
                .containsExactly("a", "e", "c", "d", "b", "g");
        assertThat(Pattern.compile("<tr><th [^>]*><bdi>(\\w+)</bdi>").matcher(html).results()
                .map(found -> found.group(1))).containsExactly("a", "e", "c", "d", "f", "g", "b", "nothing");
        assertThat(html).contains("40 pixels, 28.57 %");
    }

    /** Shown as 100 or as nothing it would hide that something is wrong. */
    @Test
    void almostAllIsNotAll() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(2);
        evaluation.add(new long[] {999_999, 1, 0, 7});
        String html = html(new EvaluationReport(evaluation, LabelMap.indexes(2), 1));
        assertThat(html).contains(">&gt;99</td>", ">&lt;1</td>", ">100</td>", "&lt;0.01 %");
    }

    @Test
    void aPageOfManyClassesStaysReadable() {
        SegmentationEvaluation evaluation = new SegmentationEvaluation(1024);
        long[] confusion = new long[1024 * 1024];
        confusion[1] = 5;
        evaluation.add(confusion);
        String html = html(new EvaluationReport(evaluation, LabelMap.indexes(1024), 1));
        assertThat(html).contains("1023 classes have no pixel in the true masks", "and 1003 more.",
                "Shown are the 60 of 1024 classes").hasSizeLessThan(1_000_000);
    }
}
