package org.segloss4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Backends;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.demo.UNet;
import org.segloss4j.cli.input.Problems;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.options.DataOptions;
import org.segloss4j.cli.options.LossExpression;
import org.segloss4j.cli.options.WeightChoice;
import org.segloss4j.cli.report.ClassesWithoutPixels;
import org.segloss4j.cli.report.EpochScores;
import org.segloss4j.cli.report.TrainingReport;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import org.segloss4j.weights.ClassCounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a small U-Net on built-in shapes or on folders of images and masks. */
@Command(name = "train", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Trains a small U-Net on the CPU: on built-in shapes, or on your images and masks.")
final class TrainCommand implements Callable<Integer> {

    private CommandSpec spec;

    @Mixin
    private DataOptions dataOptions;

    @Option(names = "--loss", defaultValue = "jaccard + cce", paramLabel = "EXPR",
            description = "What to minimise, such as \"jaccard + 2*categorical_focal\" (default: ${DEFAULT-VALUE}).")
    private String loss;

    @Option(names = "--weights", defaultValue = "median", paramLabel = "NAME|NUMBERS",
            description = "Class weights of all terms that have them and set no class_weights of their own: inverse,"
                    + " balanced, sqrt_inverse, median, median_void, enet, effective or log, from the training masks"
                    + " and with mean 1; none; or one number per class such as 0.5,1,1.5"
                    + " (default: ${DEFAULT-VALUE}).")
    private String weights;

    @Option(names = "--epochs", defaultValue = "6", paramLabel = "N",
            description = "How often all training images are seen (default: ${DEFAULT-VALUE}).")
    private int epochs;

    @Option(names = "--batch", defaultValue = "8", paramLabel = "N",
            description = "Images per step (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--learning-rate", defaultValue = "0.05", paramLabel = "R",
            description = "Adam's first step size, from where it falls to a twentieth (default: ${DEFAULT-VALUE}).")
    private double learningRate;

    @Option(names = "--levels", defaultValue = "3", paramLabel = "N",
            description = "Levels of the U-Net (default: ${DEFAULT-VALUE}).")
    private int levels;

    @Option(names = "--filters", defaultValue = "8", paramLabel = "N",
            description = "Filters of its first level; each further one has twice as many (default: ${DEFAULT-VALUE}).")
    private int filters;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Of weights, order and shapes; the same seed gives the same result"
                    + " (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--out", defaultValue = "segloss4j-out", paramLabel = "DIR",
            description = "Folder for the results (default: ${DEFAULT-VALUE}).")
    private Path out;

    /** Called by picocli; the losses that there are end the help. */
    @Spec
    private void describe(CommandSpec commandSpec) {
        spec = commandSpec;
        spec.usageMessage().footer("", LossExpression.help(),
                "Writes model.zip (for DL4J's ModelSerializer), metrics.csv, chart.png and samples.png.");
    }

    @Override
    public Integer call() {
        UNet unet = new UNet(levels, filters);
        atLeastOne("--epochs", epochs);
        atLeastOne("--batch", batch);
        if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw new UsageException("--learning-rate is " + learningRate + ", but must be above 0");
        }
        dataOptions.check(unet);
        LossExpression expression = LossExpression.of(loss);
        WeightChoice choice = WeightChoice.of(weights, dataOptions.classes());
        OutputFolder folder = new OutputFolder(out);
        folder.check();
        // One that is forced and missing is told before any work.
        Backends.selection();

        List<String> problems = new ArrayList<>();
        TrainingData data = dataOptions.load(seed, problems);
        if (data == null) {
            return Problems.report(spec, problems, "the images and masks do not fit together, so nothing is trained");
        }
        ClassCounts counts = data.counts(data.training());
        double[] classWeights = choice.weights(counts);
        SegmentationLoss function = expression.loss(classWeights, data.ignore());
        int steps = epochs * Trainer.steps(data, batch);
        ComputationGraph network = new ComputationGraph(unet.configuration(data.size(), data.classes(), function,
                learningRate, steps, seed));
        network.init();
        NetworkThreads.suit(data.size(), batch);

        PrintWriter print = spec.commandLine().getOut();
        Backends.Selection backend = Backends.selection(Nd4jMemory.here().onDevices(),
                (long) batch * data.classes() * data.size().width() * data.size().height());
        print.printf("backend  %s (%s); ND4J on %s%n", backend.name(), backend.reason(),
                Nd4j.getBackend().getClass().getSimpleName());
        print.printf("data     %s: %d to learn from, %d for validation, %s, %d classes%s%n", data.description(),
                data.training().size(), data.validation().size(), data.size(), data.classes(),
                data.ignore() == null ? "" : ", label " + data.ignore() + " ignored");
        print.printf("weights  %s%n", choice.describe(data.names(), classWeights));
        ClassesWithoutPixels.lines(counts, data.names(), "training masks",
                classWeights == null ? List.of() : List.of(classWeights))
                .forEach(line -> print.printf("         %s%n", line));
        print.printf("loss     %s%n", expression);
        print.printf("network  U-Net of %d levels from %d filters, %d parameters; %d %s of %d %s, seed %d%n%n",
                levels, filters, network.numParams(), epochs, epochs == 1 ? "epoch" : "epochs", steps / epochs,
                steps == epochs ? "step" : "steps", seed);
        print.flush();

        Trainer trainer = new Trainer(network, data, function, batch);
        List<EpochScores> scores;
        try (TrainingProgress progress = TrainingProgress.start(epochs, steps, print)) {
            scores = trainer.train(epochs, seed, progress);
        }
        TrainingReport report = new TrainingReport(data, scores);
        folder.write(report.files(network, trainer::predict, expression + ", weights " + weights));
        print.printf("%n%s%nwritten to %s: model.zip, metrics.csv, chart.png, samples.png%n", report.text(), out);
        print.flush();
        return 0;
    }

    private static void atLeastOne(String option, int value) {
        if (value < 1) {
            throw new UsageException(option + " is " + value + ", but must be at least 1");
        }
    }
}
