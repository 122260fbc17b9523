package org.segloss4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.segloss4j.cli.input.MaskFiles;
import org.segloss4j.cli.input.MaskPair;
import org.segloss4j.cli.input.Problems;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.options.LabelOptions;
import org.segloss4j.cli.report.EvaluationReport;
import org.segloss4j.data.FilePairing;
import org.segloss4j.data.LabelMap;
import org.segloss4j.evaluation.SegmentationEvaluation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares a folder of predicted masks with one of true masks, file by file. */
@Command(name = "evaluate", mixinStandardHelpOptions = true,
        description = "Scores predicted masks against true ones of the same file names. Both store the same values or"
                + " colours, as predict writes them.")
final class EvaluateCommand implements Callable<Integer> {

    /** Each image makes a confusion matrix, here of 8 MiB. */
    private static final int MOST = 1024;

    @Spec
    private CommandSpec spec;

    @Option(names = "--truth", required = true, paramLabel = "DIR", description = "Folder of the true masks.")
    private Path truth;

    @Option(names = "--pred", required = true, paramLabel = "DIR", description = "Folder of the predicted masks.")
    private Path predictions;

    @Mixin
    private LabelOptions labelOptions;

    @Option(names = "--out", paramLabel = "DIR",
            description = "Write evaluation.json, classes.csv, confusion.csv and confusion.png there.")
    private Path out;

    @Option(names = "--json", description = "Print JSON instead of a table.")
    private boolean json;

    @Override
    public Integer call() {
        LabelMap labels = labelOptions.labels(2, MOST);
        int k = labels.classes();
        if (out != null) {
            new OutputFolder(out).check();
        }
        List<String> problems = new ArrayList<>();
        List<MaskPair> pairs = MaskPair.of(masks("--truth", truth), masks("--pred", predictions), problems);
        MaskPair.Outcome none = new MaskPair.Outcome(new long[k * k], List.of());
        MaskPair.Outcome outcome = new MaskPair.Outcome(new long[k * k], problems)
                .merge(pairs.parallelStream().map(pair -> pair.count(labels))
                        .reduce(none, MaskPair.Outcome::merge));
        if (!outcome.problems().isEmpty()) {
            return Problems.report(spec, outcome.problems(), "the masks in " + truth + " and " + predictions
                    + " do not fit together, so nothing is evaluated");
        }
        SegmentationEvaluation evaluation = new SegmentationEvaluation(k).classNames(labels.names());
        if (labels.ignoreIndex() != null) {
            evaluation.ignoreIndex(labels.ignoreIndex());
        }
        evaluation.add(outcome.confusion());
        if (evaluation.total() == 0) {
            throw new UserException("every pixel of the masks in " + truth + " is void");
        }
        EvaluationReport report = new EvaluationReport(evaluation, labels.names(), pairs.size(),
                labels.ignoreIndex());
        if (out != null) {
            new OutputFolder(out).write(report.files());
        }
        PrintWriter print = spec.commandLine().getOut();
        print.print(json ? report.json() : evaluation.stats());
        print.flush();
        return 0;
    }

    private List<Path> masks(String option, Path folder) {
        return MaskFiles.of(option, folder, FilePairing.byName(), false, spec.commandLine().getErr());
    }
}
