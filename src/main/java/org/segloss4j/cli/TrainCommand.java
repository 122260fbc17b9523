package org.segloss4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Backends;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.demo.UNet;
import org.segloss4j.cli.input.Problems;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.options.DataOptions;
import org.segloss4j.cli.options.LossExpression;
import org.segloss4j.cli.options.LossOptions;
import org.segloss4j.cli.options.NetworkOptions;
import org.segloss4j.cli.options.StepOptions;
import org.segloss4j.cli.report.ClassesWithoutPixels;
import org.segloss4j.cli.report.RunSettings;
import org.segloss4j.cli.report.TrainingReport;
import org.segloss4j.cli.training.Checkpoints;
import org.segloss4j.cli.training.Checkpoints.Checkpoint;
import org.segloss4j.cli.training.MemoryEstimate;
import org.segloss4j.cli.training.Trainer;
import org.segloss4j.cli.training.TrainingPlan;
import org.segloss4j.cli.training.TrainingProgress;
import org.segloss4j.cli.training.TrainingState;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a small U-Net on built-in shapes or on folders of images and masks. */
@Command(name = "train", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Trains a small U-Net: on built-in shapes, or on your images and masks. ND4J computes the"
                + " network; the loss goes to a GPU where break-even has found it to be faster there.")
final class TrainCommand implements Callable<Integer> {

    private CommandSpec spec;

    @Mixin
    private DataOptions dataOptions;

    @Mixin
    private LossOptions lossOptions;

    @Mixin
    private StepOptions stepOptions;

    @Mixin
    private NetworkOptions networkOptions;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Of weights, order and changes of the images; the same seed gives the same result"
                    + " (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--out", defaultValue = "segloss4j-out", paramLabel = "DIR",
            description = "Folder for the results (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(names = "--resume", description = "Go on with the training that was stopped in the folder of the results;"
            + " give the same options as then.")
    private boolean resume;

    @Option(names = "--overwrite", description = "Begin anew though a stopped training in that folder is lost by it.")
    private boolean overwrite;

    /** Called by picocli; the losses that there are end the help. */
    @Spec
    private void describe(CommandSpec commandSpec) {
        spec = commandSpec;
        spec.usageMessage().footer("", LossExpression.help(),
                "Writes model.zip, the network of the best epoch (for predict, evaluate and DL4J's ModelSerializer),"
                        + " last.zip, to go on from, metrics.csv, samples.png and report.html.");
    }

    @Override
    public Integer call() {
        dataOptions.check();
        stepOptions.check();
        UNet unet = networkOptions.network(dataOptions.cropped() ? "--crop" : "--size", dataOptions.size());
        int channels = networkOptions.channels(dataOptions.labels().classes());
        lossOptions.check(networkOptions.sigmoid(), dataOptions.labels());
        OutputFolder folder = new OutputFolder(out);
        folder.check();
        Checkpoints checkpoints = new Checkpoints(out);
        Checkpoint start = begun(checkpoints);
        // A backend that is forced and missing is told before any work.
        try (HostThreshold threshold = HostThreshold.measured(channels)) {
            return trained(unet, channels, folder, checkpoints, start, threshold);
        }
    }

    private int trained(UNet unet, int channels, OutputFolder folder, Checkpoints checkpoints, Checkpoint begun,
                        HostThreshold threshold) {
        Checkpoint start = begun;
        MemoryEstimate memory = new MemoryEstimate(configuration(unet, channels, lossOptions.unweighted(), 1),
                dataOptions.size(), stepOptions.batch());
        memory.check();

        PrintWriter print = spec.commandLine().getOut();
        List<String> problems = new ArrayList<>();
        TrainingData data = dataOptions.load(seed, note -> {
            print.println(note);
            print.flush();
        }, problems);
        if (data == null) {
            return Problems.report(spec, problems, "the images and masks do not fit together, so nothing is trained");
        }
        double[] classWeights = lossOptions.weights(data.trainingCounts());
        SegmentationLoss function = lossOptions.loss(classWeights);
        TrainingPlan plan = new TrainingPlan(stepOptions.epochs(), stepOptions.batch(), stepOptions.patience(),
                dataOptions.augmentation(), seed);
        int steps = plan.steps(data.training().size());
        Map<String, String> settings = settings(data);
        if (start == null) {
            start = new Checkpoint(model(configuration(unet, channels, function, steps), data),
                    TrainingState.start(settings));
        } else {
            requireSame(start.state().settings(), settings);
        }
        NetworkThreads.suit(data.size(), plan.batch());

        Backends.Selection backend = Backends.selection(Nd4jMemory.here().onDevices(),
                plan.batch() * channels * data.size().pixels());
        String reason = backend.reason() + threshold.note();
        print.printf("backend  %s (%s); ND4J on %s%n", backend.name(), reason,
                Nd4j.getBackend().getClass().getSimpleName());
        print.printf("data     %s: %d to learn from, %d for validation, %s, %d classes%s%n", data.description(),
                data.training().size(), data.validation().size(), data.size(), data.classes(),
                data.ignore() == null ? "" : ", label " + data.ignore() + " ignored");
        print.printf("weights  %s%n", lossOptions.describe(data.names(), classWeights));
        ClassesWithoutPixels.lines(data.trainingCounts(), data.names(), "training masks",
                classWeights == null ? List.of() : List.of(classWeights))
                .forEach(line -> print.printf("         %s%n", line));
        print.printf("loss     %s%n", lossOptions.expression());
        print.printf("network  U-Net of %d levels from %d filters, %d parameters; %d %s of %d %s, seed %d%n",
                unet.levels(), unet.filters(), ((ComputationGraph) start.model().network()).numParams(), plan.epochs(),
                plan.epochs() == 1 ? "epoch" : "epochs", steps, steps == 1 ? "step" : "steps", seed);
        print.printf("memory   %s%n", memory.describe());
        if (resume) {
            print.printf("resumed  after %d epochs and %d steps%n", start.state().epochs(), start.state().steps());
        }
        print.println();
        print.flush();
        return train(folder, checkpoints, start, data, function, plan, RunSettings.of(spec)
                .with("class weights", lossOptions.describe(data.names(), classWeights))
                .with("losses on", backend.name() + " (" + reason + ")")
                .with("ND4J on", Nd4j.getBackend().getClass().getSimpleName()));
    }

    private int train(OutputFolder folder, Checkpoints checkpoints, Checkpoint start, TrainingData data,
                      SegmentationLoss function, TrainingPlan plan, RunSettings shown) {
        PrintWriter print = spec.commandLine().getOut();
        TrainingState end;
        try (TrainingProgress progress = TrainingProgress.start(plan.epochs(), plan.steps(data.training().size()),
                start.state(), print)) {
            end = new Trainer(start, data, function, plan, checkpoints, progress).train();
        }
        if (!end.finished()) {
            // The process is ending; the state is saved.
            return 1;
        }
        SegmentationModel best = checkpoints.best().model();
        TrainingReport report = new TrainingReport(data, end.scores(), end.best());
        folder.write(report.files(sample -> best.predict(sample.image()).labels(), shown));
        print.printf("%n%s%nwritten to %s: model.zip (epoch %d), last.zip (epoch %d), metrics.csv, samples.png,"
                + " report.html%n", report.text(), out, end.best().epoch(), end.epochs());
        print.flush();
        return 0;
    }

    /** What to go on from, or null to begin. */
    private Checkpoint begun(Checkpoints checkpoints) {
        if (resume) {
            if (overwrite) {
                throw new UsageException("--resume and --overwrite are given, but a stopped training either goes on or"
                        + " is lost");
            }
            return checkpoints.last();
        }
        if (!overwrite && checkpoints.exist() && !checkpoints.last().state().finished()) {
            throw new UserException("--out: " + out + " holds a training that was stopped; --resume goes on with it,"
                    + " --overwrite begins anew, and another --out keeps both");
        }
        return null;
    }

    private ComputationGraphConfiguration configuration(UNet unet, int channels, SegmentationLoss loss, int steps) {
        return unet.configuration(dataOptions.size(), channels, networkOptions.activation(), loss,
                stepOptions.rate(steps), seed);
    }

    private SegmentationModel model(ComputationGraphConfiguration configuration, TrainingData data) {
        ComputationGraph network = new ComputationGraph(configuration);
        network.init();
        SegmentationModel model = SegmentationModel.of(network, data.labels(), data.size()).channelsLast(true)
                .scale(dataOptions.cropped() ? SegmentationModel.Scale.NATIVE : SegmentationModel.Scale.RESIZED)
                .normalization(new ImagePreProcessingScaler(-1, 1));
        return networkOptions.sigmoid() ? model.sigmoid(0.5) : model;
    }

    /** What the result depends on: every option but those that name folders or say how to go on. */
    private Map<String, String> settings(TrainingData data) {
        Map<String, String> settings = new LinkedHashMap<>();
        spec.options().forEach(option -> {
            Object value = option.getValue();
            if (value != null && !(value instanceof Path) && !(value instanceof Boolean)) {
                settings.put(option.longestName(), value.toString());
            }
        });
        settings.put("--images", data.training().size() + " images to learn from and " + data.validation().size()
                + " for validation, classes " + data.trainingCounts().toJson());
        return settings;
    }

    private void requireSame(Map<String, String> before, Map<String, String> now) {
        for (String name : now.keySet()) {
            String old = before.get(name);
            if (now.get(name).equals(old)) {
                continue;
            }
            if (name.equals("--epochs") && stepOptions.constantRate()) {
                continue;
            }
            if (name.equals("--images")) {
                throw new UserException("--resume: the images and masks are not those of the training that was"
                        + " stopped, in number or in the pixels of their classes");
            }
            throw new UserException("--resume: " + name + " is " + now.get(name) + ", but was "
                    + (old == null ? "not given" : old) + " when the training was stopped; give the same"
                    + (name.equals("--epochs") ? ", since the learning rate depends on it unless --schedule is constant"
                    : ""));
        }
        for (String name : before.keySet()) {
            if (!now.containsKey(name)) {
                throw new UserException("--resume: " + name + " is not given, but was " + before.get(name)
                        + " when the training was stopped; give the same");
            }
        }
    }
}
