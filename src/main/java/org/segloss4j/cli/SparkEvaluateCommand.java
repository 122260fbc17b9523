package org.segloss4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.segloss4j.cli.evaluation.Comparison;
import org.segloss4j.cli.evaluation.EvaluationTally;
import org.segloss4j.cli.evaluation.MaskPair;
import org.segloss4j.cli.evaluation.ModelComparison;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.options.PredictorOptions;
import org.segloss4j.cli.prediction.FileProgress;
import org.segloss4j.cli.spark.SparkEvaluation;
import org.segloss4j.cli.spark.SparkEvaluation.Comparer;
import org.segloss4j.cli.spark.SparkEvaluation.Pair;
import org.segloss4j.data.FilePair;
import org.segloss4j.data.LabelMap;
import org.segloss4j.dl4j.SegmentationPredictor;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** Scores of images that are compared on Spark. */
@Command(name = "spark-evaluate", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Scores as evaluate prints them, of files that a Spark 4 cluster compares, in folders that may be"
                + " URIs of a Hadoop file system. Submit it by spark-submit. It writes no report: --out is evaluate's.")
final class SparkEvaluateCommand implements Callable<Integer> {

    private static final Set<String> OF_PREDICTOR = Set.of("--tiles", "--overlap", "--threshold");

    @Spec
    private CommandSpec spec;

    @Mixin
    private EvaluateCommand evaluate;

    @Override
    public Integer call() {
        SparkTrainCommand.requireSpark();
        if (evaluate.writes()) {
            throw new UsageException("--out is given, but spark-evaluate writes no report; evaluate does");
        }
        return SparkEvaluation.run(this::evaluated);
    }

    private int evaluated(SparkEvaluation spark) {
        boolean recursive = given("--recursive");
        Path model = given("--model") ? spark.file("--model", SparkTrainCommand.original(spec, "--model")) : null;
        evaluate.places(model, option -> spark.folder(option, SparkTrainCommand.original(spec, option), recursive));
        List<String> predictor = predictorOptions();
        boolean calibrated = given("--calibration");
        Comparer comparer = model != null ? (index, name, image, mask, content, labels) ->
                Predictors.compared(index, new FilePair(name, image, mask), content, predictor, calibrated, labels)
                : (index, name, truth, prediction, content, labels) -> EvaluationTally.of(index,
                new MaskPair(name, truth, prediction, null), labels, silent());
        return evaluate.evaluated(spec, (run, compared) -> run.take(spark.compare(compared.stream()
                .map(SparkEvaluateCommand::pair).toList(), model, run.labels(), comparer)));
    }

    private static Pair pair(Comparison compared) {
        return compared instanceof MaskPair masks ? new Pair(masks.name(), masks.truth(), masks.prediction())
                : new Pair(((ModelComparison) compared).pair().name(), ((ModelComparison) compared).pair().image(),
                ((ModelComparison) compared).pair().mask());
    }

    private boolean given(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    private List<String> predictorOptions() {
        List<String> given = new ArrayList<>();
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (OF_PREDICTOR.contains(option.longestName())) {
                given.add(option.typeInfo().isBoolean() ? option.longestName()
                        : option.longestName() + "=" + option.originalStringValues().get(0));
            }
        }
        return given;
    }

    private static FileProgress silent() {
        return FileProgress.start("evaluated", 1, new PrintWriter(Writer.nullWriter()));
    }

    /** The predictor of an executor, which is read once. */
    private static final class Predictors {

        private static byte[] model;
        private static List<String> options;
        private static SegmentationPredictor predictor;

        @Mixin
        private PredictorOptions given;

        private Predictors() {
        }

        /** The network does one image at a time, with all processors. */
        static synchronized EvaluationTally compared(int index, FilePair pair, byte[] content, List<String> arguments,
                                                     boolean calibrated, LabelMap labels) {
            return EvaluationTally.of(index, new ModelComparison(pair, of(content, arguments), calibrated), labels,
                    silent());
        }

        private static SegmentationPredictor of(byte[] content, List<String> arguments) {
            if (content != model || !arguments.equals(options)) {
                Predictors parsed = new Predictors();
                new CommandLine(CommandSpec.forAnnotatedObject(parsed)).parseArgs(arguments.toArray(String[]::new));
                try {
                    Path file = Files.createTempFile("segloss4j-", ".zip");
                    try {
                        Files.write(file, content);
                        predictor = parsed.given.predictor(file);
                    } finally {
                        Files.delete(file);
                    }
                } catch (IOException e) {
                    throw new UserException("--model: " + e.getMessage(), e);
                }
                model = content;
                options = arguments;
            }
            return predictor;
        }
    }
}
