package org.segloss4j.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.TrainingFiles;
import org.segloss4j.cli.report.EpochScores;
import org.segloss4j.cli.report.EvaluationReport;
import org.segloss4j.cli.report.Example;
import org.segloss4j.cli.report.ImageScore;
import org.segloss4j.cli.report.RunSettings;
import org.segloss4j.cli.report.TrainingReport;
import org.segloss4j.data.ImageSize;
import org.segloss4j.data.LabelMap;
import org.segloss4j.data.MaskImage;
import org.segloss4j.data.RgbImage;
import org.segloss4j.data.SegmentationSample;
import org.segloss4j.evaluation.SegmentationEvaluation;

/** Pages of made-up results, some of which are as unpleasant as real ones. */
final class ReportPages {

    /** Names that would do harm if they were not escaped, or spoil a page that has no room for them. */
    static final List<String> HOSTILE = List.of("<script>alert(1)</script>", "\"><img src=http://192.0.2.1/x onerror=x>",
            "it's \"quoted\" & more", "שלום עולם", "line\nbreak", "abc\u202Egnp.exe", "a name without any end that goes"
            + " on and on, beyond what a page has room for, and on", "x".repeat(120), "</style></script><b>", "日本語の名前");

    private static final RunSettings SETTINGS = new RunSettings("segloss4j evaluate --names '<b>'",
            Map.of("--loss", "jaccard + 2*categorical_focal(gamma=2) <i>"));

    private ReportPages() {
    }

    /** Discs of class 1, once of each size, found a few pixels beside their place; void at the rim. */
    static EvaluationReport binary(boolean withImages) {
        LabelMap labels = LabelMap.values(0, 255).ignoring(128).named("background", "cell");
        ImageSize size = new ImageSize(96, 64);
        List<Example> examples = IntStream.range(0, 14).mapToObj(k -> {
            int radius = 6 + k;
            MaskImage truth = disc(size, 30 + k, 30, radius, 255);
            RgbImage image = grained(truth, k);
            return new Example(withImages ? image : null, truth, disc(size, 30 + k + (14 - k) / 2, 31, radius, -1));
        }).toList();
        return evaluation(labels, examples, IntStream.range(0, 14).mapToObj(k -> "cells-" + k + ".png").toList());
    }

    /** Many classes, of which some are hostile, one never occurs, and one is never found. */
    static EvaluationReport manyClasses(int classes, int images) {
        LabelMap labels = LabelMap.indexes(classes).named(names(classes)).ignoring(255);
        List<Example> examples = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int k = 0; k < images; k++) {
            SegmentationSample sample = bands(k, classes, new ImageSize(k == 0 ? 900 : 60, k == 0 ? 600 : 40));
            examples.add(new Example(sample.image(), sample.mask(), found(sample, classes, 0.75, k)));
            names.add(HOSTILE.get(k % HOSTILE.size()) + " " + k);
        }
        return evaluation(labels, examples, names);
    }

    private static EvaluationReport evaluation(LabelMap labels, List<Example> examples, List<String> names) {
        SegmentationEvaluation all = new SegmentationEvaluation(labels.classes()).classNames(labels.names())
                .ignoreIndex(labels.ignoreIndex());
        List<ImageScore> scores = new ArrayList<>();
        for (int k = 0; k < examples.size(); k++) {
            Example example = examples.get(k);
            SegmentationEvaluation one = scored(labels, example.truth(), example.prediction());
            all.merge(one);
            scores.add(ImageScore.of(names.get(k), one, example.truth().size().pixels() - one.total()));
        }
        return new EvaluationReport(all, labels, examples.size()).settings(SETTINGS)
                .perImage(scores).examples(examples::get);
    }

    /** Training that gets better from epoch to epoch, with a loss that is NaN once, of a given range and level. */
    static byte[] training(int classes, int epochs, double scale, double base) {
        LabelMap labels = LabelMap.indexes(classes).named(names(classes)).ignoring(255);
        ImageSize size = new ImageSize(160, 120);
        List<SegmentationSample> samples = IntStream.range(0, 9).mapToObj(k -> bands(k, classes, size)).toList();
        List<EpochScores> scores = new ArrayList<>();
        for (int epoch = 0; epoch <= epochs; epoch++) {
            SegmentationEvaluation all = scored(labels, samples.get(0).mask(), samples.get(0).mask()).newInstance();
            for (SegmentationSample sample : samples) {
                all.merge(scored(labels, sample.mask(), found(sample, classes, skill(epoch), epoch)));
            }
            double loss = base + scale * (8 * Math.exp(-epoch / 8.0) + 0.01 * epoch);
            scores.add(new EpochScores(epoch, epoch == 0 || epoch == 5 ? Double.NaN : loss,
                    loss + scale * (0.3 + 0.004 * epoch), all, Map.of(), epoch == 0 ? null : all));
        }
        TrainingData data = TrainingFiles.drawn("bands, every fifth pair held out", size, labels, samples, samples);
        return new TrainingReport(data, scores, scores.get(epochs))
                .html(sample -> found(sample, classes, skill(epochs), epochs).labels(), SETTINGS);
    }

    private static double skill(int epoch) {
        return 1 - Math.exp(-epoch / 10.0);
    }

    private static String[] names(int classes) {
        // A label map refuses names with line breaks and the like; those of files come as they are.
        List<String> hostile = HOSTILE.stream().filter(name -> name.codePoints().noneMatch(sign ->
                Character.isISOControl(sign) || Character.getType(sign) == Character.FORMAT)).toList();
        return IntStream.range(0, classes).mapToObj(c -> c % 3 == 1 && c / 3 < hostile.size() ? hostile.get(c / 3)
                : "class " + c).toArray(String[]::new);
    }

    private static SegmentationEvaluation scored(LabelMap labels, MaskImage truth, MaskImage prediction) {
        int classes = labels.classes();
        long[] confusion = new long[classes * classes];
        int[] truths = truth.labels();
        int[] predictions = prediction.labels();
        for (int p = 0; p < truths.length; p++) {
            if (truths[p] != labels.ignoreIndex()) {
                confusion[truths[p] * classes + predictions[p]]++;
            }
        }
        SegmentationEvaluation one = new SegmentationEvaluation(classes).ignoreIndex(labels.ignoreIndex());
        one.add(confusion);
        return one;
    }

    private static MaskImage disc(ImageSize size, int x, int y, int radius, int rim) {
        int[] labels = new int[(int) size.pixels()];
        for (int p = 0; p < labels.length; p++) {
            double distance = Math.hypot(p % size.width() - x, p / size.width() - y);
            labels[p] = distance < radius ? 1 : rim >= 0 && distance < radius + 1 ? rim : 0;
        }
        return MaskImage.of(size.width(), size.height(), labels);
    }

    /** Bands of wavy borders; the last class never occurs, and below lies a void strip. */
    private static SegmentationSample bands(int number, int classes, ImageSize size) {
        int[] labels = new int[(int) size.pixels()];
        for (int p = 0; p < labels.length; p++) {
            double x = (double) (p % size.width()) / size.width();
            double y = (double) (p / size.width()) / size.height();
            double place = 2.2 * x + y + 0.1 * Math.sin(9 * y + number) + 0.37 * number;
            labels[p] = y > 0.95 ? 255 : (int) (place * 7) % Math.max(1, classes - 1);
        }
        MaskImage mask = MaskImage.of(size.width(), size.height(), labels);
        return new SegmentationSample(HOSTILE.get(number % HOSTILE.size()), grained(mask, number), mask);
    }

    private static RgbImage grained(MaskImage mask, int seed) {
        Random random = new Random(seed);
        byte[] pixels = new byte[(int) mask.size().pixels() * RgbImage.CHANNELS];
        int[] labels = mask.labels();
        for (int k = 0; k < pixels.length; k++) {
            int label = labels[k / RgbImage.CHANNELS];
            pixels[k] = (byte) (60 + (label * 37 + k % 3 * 50) % 140 + random.nextInt(30));
        }
        return RgbImage.of(mask.size(), pixels);
    }

    /** A prediction whose 4x4 blocks are right with a probability; class 2 is never found. */
    private static MaskImage found(SegmentationSample sample, int classes, double probability, int seed) {
        int width = sample.size().width();
        int[] labels = sample.mask().labels();
        int blocks = (width + 3) / 4;
        int[] guesses = new Random(seed).ints((long) blocks * (sample.size().height() / 4 + 1), 0, 1000).toArray();
        int[] found = labels.clone();
        Arrays.setAll(found, p -> {
            int guess = guesses[p / width / 4 * blocks + p % width / 4];
            boolean right = guess < 1000 * probability && labels[p] != 255 && labels[p] != 2;
            return right ? labels[p] : guess % 7 == 0 ? (labels[p] + 1) % (classes - 1) : 0;
        });
        return MaskImage.of(width, sample.size().height(), found);
    }
}
