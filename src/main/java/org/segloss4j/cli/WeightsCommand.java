package org.segloss4j.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.segloss4j.cli.input.CountedMasks;
import org.segloss4j.cli.input.MaskFiles;
import org.segloss4j.cli.input.Problems;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.options.LabelOptions;
import org.segloss4j.cli.options.PairingOptions;
import org.segloss4j.cli.options.WeightOptions;
import org.segloss4j.cli.report.ClassesWithoutPixels;
import org.segloss4j.cli.report.WeightsReport;
import org.segloss4j.data.LabelMap;
import org.segloss4j.weights.ClassCounts;
import org.segloss4j.weights.ClassWeights;
import org.segloss4j.weights.LabelCounting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Counts the classes in a folder of masks and prints the weights that each estimator gives. */
@Command(name = "weights", mixinStandardHelpOptions = true,
        description = "Class weights from a folder of label masks.")
final class WeightsCommand implements Callable<Integer> {

    private static final String ALL = "all";
    /** As many as values of 16 bits. */
    private static final int MOST = 65536;

    @Spec
    private CommandSpec spec;

    @Option(names = "--masks", required = true, paramLabel = "DIR", description = "Folder of the masks.")
    private Path masks;

    @Mixin
    private PairingOptions pairing;

    @Mixin
    private LabelOptions labelOptions;

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
        return weights(spec, masks, (labels, files) -> {
            LabelCounting counting = LabelCounting.of(labels);
            return files.parallelStream().map(file -> CountedMasks.of(counting, file))
                    .reduce(CountedMasks.none(counting), CountedMasks::merge);
        });
    }

    /**
     * Counts and prints.
     *
     * @param spec   of the command that runs
     * @param folder of the masks, in which a file may be empty that the counter finds elsewhere
     * @param count  counts the classes of files
     * @return the exit code
     */
    int weights(CommandSpec spec, Path folder, BiFunction<LabelMap, List<Path>, CountedMasks> count) {
        if (!pairing.imageSuffix().isEmpty()) {
            throw new UsageException("--image-suffix is given, but weights are counted of the masks alone; their names"
                    + " have a --mask-suffix");
        }
        LabelMap labels = labelOptions.labels(1, MOST);
        Map<String, ClassWeights> estimators = new LinkedHashMap<>();
        for (String name : method.equals(ALL) ? ClassWeights.names() : List.of(method)) {
            estimators.put(name, options.estimator(name));
        }
        if (!method.equals(ALL)) {
            options.checkUsedBy(method);
        }
        List<Path> files = MaskFiles.of("--masks", folder, pairing.pairing(), pairing.recursive(),
                spec.commandLine().getErr());
        CountedMasks counted = count.apply(labels, files);
        if (!counted.problems().isEmpty()) {
            return Problems.report(spec, counted.problems(), counted.problems().size() + " of " + files.size()
                    + (files.size() == 1 ? " mask is" : " masks are") + " bad, so there are no weights");
        }
        ClassCounts counts = counted.counts();
        Map<String, double[]> weights = new LinkedHashMap<>();
        estimators.forEach((name, estimator) -> weights.put(name, estimator.of(counts)));
        WeightsReport report = new WeightsReport(counts, labels.names(), weights);
        ClassesWithoutPixels.lines(counts, labels.names(), "masks", List.copyOf(weights.values()))
                .forEach(line -> spec.commandLine().getErr().println("segloss4j: " + line));
        spec.commandLine().getErr().flush();
        spec.commandLine().getOut().print(json ? report.json() : report.table());
        spec.commandLine().getOut().flush();
        return 0;
    }
}
