package org.segloss4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Backends;
import org.segloss4j.SegmentationLoss;
import org.segloss4j.cli.demo.UNet;
import org.segloss4j.cli.input.Problems;
import org.segloss4j.cli.input.TrainingData;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.cli.options.TrainOptions;
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
import picocli.CommandLine.Model.CommandSpec;

/** A training from its options to its results. */
final class TrainingJob {

    private final TrainOptions options;
    private final CommandSpec spec;
    private final PrintWriter print;
    private final OutputFolder folder;
    private final Checkpoints checkpoints;

    /**
     * Creates the job.
     *
     * @param options checked
     * @param spec    of the command that runs, whose output this prints to
     */
    TrainingJob(TrainOptions options, CommandSpec spec) {
        this.options = options;
        this.spec = spec;
        print = spec.commandLine().getOut();
        folder = new OutputFolder(options.out());
        checkpoints = new Checkpoints(options.out());
    }

    /**
     * Trains.
     *
     * @return the exit code
     */
    int run() {
        folder.check();
        Checkpoint start = begun();
        // A backend that is forced and missing is told before any work.
        try (HostThreshold threshold = HostThreshold.measured(options.channels())) {
            return trained(start, threshold);
        }
    }

    /** What to go on from, or null to begin. */
    private Checkpoint begun() {
        if (options.resume()) {
            return checkpoints.last();
        }
        if (!options.overwrite() && checkpoints.exist() && !checkpoints.last().state().finished()) {
            throw new UserException("--out: " + options.out() + " holds a training that was stopped; --resume goes on"
                    + " with it, --overwrite begins anew, and another --out keeps both");
        }
        return null;
    }

    private int trained(Checkpoint begun, HostThreshold threshold) {
        MemoryEstimate memory = new MemoryEstimate(options.configuration(options.loss().unweighted(), 1),
                options.data().size(), options.steps().batch());
        memory.check();
        List<String> problems = new ArrayList<>();
        TrainingData data = options.data().load(options.seed(), note -> {
            print.println(note);
            print.flush();
        }, problems);
        if (data == null) {
            return Problems.report(spec, problems, "the images and masks do not fit together, so nothing is trained");
        }
        double[] classWeights = options.loss().weights(data.trainingCounts());
        SegmentationLoss function = options.loss().loss(classWeights);
        TrainingPlan plan = new TrainingPlan(options.steps().epochs(), options.steps().batch(),
                options.steps().patience(), options.data().augmentation(), options.seed());
        Checkpoint start = start(begun, data, function, plan.steps(data.training().size()));
        NetworkThreads.suit(data.size(), plan.batch());

        Backends.Selection backend = Backends.selection(Nd4jMemory.here().onDevices(),
                plan.batch() * options.channels() * data.size().pixels());
        String reason = backend.reason() + threshold.note();
        print.printf("backend  %s (%s); ND4J on %s%n", backend.name(), reason,
                Nd4j.getBackend().getClass().getSimpleName());
        describe(data, classWeights, plan, start);
        print.printf("memory   %s%n", memory.describe());
        if (options.resume()) {
            print.printf("resumed  after %d epochs and %d steps%n", start.state().epochs(), start.state().steps());
        }
        print.println();
        print.flush();
        return train(start, data, function, plan, RunSettings.of(spec)
                .with("class weights", options.loss().describe(data.names(), classWeights))
                .with("losses on", backend.name() + " (" + reason + ")")
                .with("ND4J on", Nd4j.getBackend().getClass().getSimpleName()));
    }

    private Checkpoint start(Checkpoint begun, TrainingData data, SegmentationLoss function, int steps) {
        Map<String, String> settings = options.settings(data);
        if (begun == null) {
            return new Checkpoint(options.model(options.configuration(function, steps)),
                    TrainingState.start(settings));
        }
        options.requireSame(begun.state().settings(), settings);
        return begun;
    }

    private void describe(TrainingData data, double[] classWeights, TrainingPlan plan, Checkpoint start) {
        UNet unet = options.unet();
        int steps = plan.steps(data.training().size());
        print.printf("data     %s: %d to learn from, %d for validation, %s, %d classes%s%n", data.description(),
                data.training().size(), data.validation().size(), data.size(), data.classes(),
                data.ignore() == null ? "" : ", label " + data.ignore() + " ignored");
        print.printf("weights  %s%n", options.loss().describe(data.names(), classWeights));
        ClassesWithoutPixels.lines(data.trainingCounts(), data.names(), "training masks",
                classWeights == null ? List.of() : List.of(classWeights))
                .forEach(line -> print.printf("         %s%n", line));
        print.printf("loss     %s%n", options.loss().expression());
        print.printf("network  U-Net of %d levels from %d filters, %d parameters; %d %s of %d %s, seed %d%n",
                unet.levels(), unet.filters(), ((ComputationGraph) start.model().network()).numParams(), plan.epochs(),
                plan.epochs() == 1 ? "epoch" : "epochs", steps, steps == 1 ? "step" : "steps", plan.seed());
    }

    private int train(Checkpoint start, TrainingData data, SegmentationLoss function, TrainingPlan plan,
                      RunSettings shown) {
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
                + " report.html%n", report.text(), options.out(), end.best().epoch(), end.epochs());
        print.flush();
        return 0;
    }
}
