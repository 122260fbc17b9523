package org.segloss4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.segloss4j.cli.input.MaskFolder;
import org.segloss4j.cli.input.Problems;
import org.segloss4j.cli.options.ClassOptions;
import org.segloss4j.cli.options.WeightOptions;
import org.segloss4j.cli.report.WeightsReport;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.ClassWeights;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Counts the classes in a folder of masks and prints the weights that each estimator gives. */
@Command(name = "weights", mixinStandardHelpOptions = true,
        description = "Class weights from a folder of label masks (grey or indexed PNG).")
final class WeightsCommand implements Callable<Integer> {

    private static final String ALL = "all";

    @Spec
    private CommandSpec spec;

    @Option(names = "--masks", required = true, paramLabel = "DIR", description = "Folder of the masks.")
    private Path masks;

    @Mixin
    private ClassOptions classes;

    @Option(names = "--method", defaultValue = ALL, paramLabel = "NAME",
            description = "inverse, balanced, sqrt_inverse, median, median_void, enet, effective, log or all"
                    + " (default: ${DEFAULT-VALUE}).")
    private String method;

    @Mixin
    private WeightOptions options;

    @Option(names = "--json", description = "Print JSON instead of a table.")
    private boolean json;

    @Override
    public Integer call() {
        List<String> names = classes.names();
        Map<String, ClassWeights> estimators = new LinkedHashMap<>();
        for (String name : method.equals(ALL) ? ClassWeights.names() : List.of(method)) {
            estimators.put(name, options.estimator(name));
        }
        if (!method.equals(ALL)) {
            options.checkUsedBy(method);
        }
        List<Path> files = MaskFolder.files("--masks", masks);
        Outcome outcome = files.parallelStream().map(this::count).reduce(none(), Outcome::merge);
        if (!outcome.problems.isEmpty()) {
            return Problems.report(spec, outcome.problems, outcome.problems.size() + " of " + files.size()
                    + " masks are bad, so there are no weights");
        }
        ClassCounts counts = outcome.counts;
        Map<String, double[]> weights = new LinkedHashMap<>();
        estimators.forEach((name, estimator) -> weights.put(name, estimator.of(counts)));
        WeightsReport report = new WeightsReport(counts, names, weights);
        spec.commandLine().getOut().print(json ? report.json() : report.table());
        spec.commandLine().getOut().flush();
        return 0;
    }

    private Outcome none() {
        return new Outcome(classes.counting().none(), List.of());
    }

    private Outcome count(Path file) {
        try {
            return new Outcome(classes.counting().ofFile(file), List.of());
        } catch (IOException | IllegalArgumentException e) {
            return new Outcome(none().counts, List.of(e.getMessage()));
        }
    }

    /** The counts of files, and what is wrong with the others. */
    private record Outcome(ClassCounts counts, List<String> problems) {
        public Outcome merge(Outcome later) {
            return new Outcome(counts.merge(later.counts), Problems.both(problems, later.problems));
        }
    }
}
