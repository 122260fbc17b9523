package org.segloss4j.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
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
import org.segloss4j.cli.report.Versions;
import org.segloss4j.cli.training.Agreement;
import org.segloss4j.cli.training.Checkpoints;
import org.segloss4j.cli.training.Checkpoints.Checkpoint;
import org.segloss4j.cli.training.CommonStart;
import org.segloss4j.cli.training.MemoryEstimate;
import org.segloss4j.cli.training.Trainer;
import org.segloss4j.cli.training.TrainingPlan;
import org.segloss4j.cli.training.TrainingProgress;
import org.segloss4j.cli.training.TrainingState;
import org.segloss4j.dl4j.SegmentationModel;
import org.segloss4j.internal.build.Build;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import org.segloss4j.replicas.LocalReplicas;
import org.segloss4j.replicas.Parts;
import org.segloss4j.replicas.Replicas;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A training from its options to its results, as one process does it alone or as one of several replicas does it: a
 * process on its own machine, a task of a cluster, or a thread. Each replica makes a job of its own with the same
 * options and runs it; all read the data, train the same network and end together.
 *
 * <p>Replica 0 writes checkpoints, results and reports to {@code --out}, reads from there what {@code --resume} goes on
 * from and gives it to the others, whose {@code --out} is not touched, and prints how training goes. The others print
 * what they compute on and how it ended.
 */
public final class TrainingJob {

    private final TrainOptions options;
    private final CommandSpec spec;
    private final Replicas replicas;
    private final Agreement agreement;
    /** Where every replica prints. */
    private final PrintWriter own;
    /** Where the first replica prints, and the others do not. */
    private final PrintWriter print;
    private final OutputFolder folder;
    private final Checkpoints checkpoints;

    /**
     * Creates the job of a process that trains alone.
     *
     * @param options checked
     * @param spec    of the command that runs, after its arguments were parsed; this prints to its output
     */
    public TrainingJob(TrainOptions options, CommandSpec spec) {
        this(options, spec, LocalReplicas.of(1, Duration.ofDays(1)).get(0));
    }

    /**
     * Creates the job of one of several replicas.
     *
     * @param options  checked; the same on all replicas
     * @param spec     of the command that runs, after its arguments were parsed; this prints to its output
     * @param replicas connected; the caller's to close, also and above all if {@link #run} fails
     */
    public TrainingJob(TrainOptions options, CommandSpec spec, Replicas replicas) {
        this(options, spec, replicas, file -> { });
    }

    /**
     * The same for a folder whose files go elsewhere.
     *
     * @param written is told of each checkpoint when it is complete; only on replica 0
     */
    TrainingJob(TrainOptions options, CommandSpec spec, Replicas replicas, Consumer<Path> written) {
        this.options = options;
        this.spec = spec;
        this.replicas = replicas;
        agreement = new Agreement(replicas);
        own = spec.commandLine().getOut();
        print = agreement.isFirst() ? own : new PrintWriter(Writer.nullWriter());
        folder = new OutputFolder(options.out());
        checkpoints = new Checkpoints(options.out(), written);
    }

    /**
     * Trains. Replicas that are to train something else are refused before anything is written.
     *
     * @return the exit code: 0, or 1 if the training was stopped or the data have problems, which are printed
     * @throws UserException                            if something is wrong with options, data, folder or another
     *                                                  replica; one line
     * @throws org.segloss4j.replicas.ReplicaException if a replica is lost or too slow; one line that names it
     */
    public int run() {
        Checkpoint start = agreement.own(() -> {
            if (!agreement.isFirst()) {
                return null;
            }
            folder.check();
            return begun();
        });
        // A backend that is forced and missing is told before any work.
        try (HostThreshold threshold = agreement.own(() -> HostThreshold.measured(options.channels()))) {
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
        int parts = options.parts(replicas.size());
        MemoryEstimate memory = new MemoryEstimate(options.configuration(options.loss().unweighted(), 1),
                options.data().size(), largestPart(parts), options.loss().maps());
        List<String> problems = new ArrayList<>();
        TrainingData data = agreement.own(() -> {
            memory.check();
            return options.data().load(options.seed(), note -> {
                print.println(note);
                print.flush();
            }, problems);
        });
        if (data == null) {
            String summary = "the images and masks do not fit together, so nothing is trained";
            agreement.fail(summary);
            return Problems.report(spec, problems, summary);
        }
        double[] classWeights = options.loss().weights(data.trainingCounts());
        SegmentationLoss function = options.loss().loss(classWeights);
        TrainingPlan plan = new TrainingPlan(options.steps().epochs(), options.steps().batch(), parts,
                options.steps().patience(), options.data().augmentation(), options.loss().maps(), options.seed());
        Checkpoint start = start(begun, data, function, plan);
        NetworkThreads.suit(data.size(), largestPart(parts));

        Backends.Selection backend = Backends.selection(Nd4jMemory.here().onDevices(),
                plan.batch() * options.channels() * data.size().pixels());
        String reason = backend.reason() + threshold.note();
        own.printf("backend  %s (%s); ND4J on %s%n", backend.name(), reason,
                Nd4j.getBackend().getClass().getSimpleName());
        if (parts > 1) {
            own.printf("replica  %s%s%n", place(parts), !backend.name().equals("cuda") ? ""
                    : ", losses on CUDA " + CudaAvailability.device());
        }
        describe(data, classWeights, plan, start);
        print.printf("memory   %s%n", memory.describe());
        if (options.resume()) {
            print.printf("resumed  after %d epochs and %d steps%n", start.state().epochs(), start.state().steps());
        }
        print.println();
        print.flush();
        return train(start, data, function, plan, RunSettings.of(spec)
                .with("class weights", Stream.concat(Stream.of(options.loss().describe(data.names(), classWeights)),
                        options.loss().exceptions(classWeights).stream()).collect(Collectors.joining("; ")))
                .with("losses on", backend.name() + " (" + reason + ")")
                .with("ND4J on", Nd4j.getBackend().getClass().getSimpleName()));
    }

    /** Images of the largest part of a batch, which is what a step holds in memory at once. */
    private int largestPart(int parts) {
        return (options.steps().batch() + parts - 1) / parts;
    }

    /** Which of the replicas this is, and what it works on. */
    private String place(int parts) {
        Parts own = Parts.of(parts, replicas.rank(), replicas.size());
        return "rank " + replicas.rank() + " of " + replicas.size() + (replicas.size() == 1 ? " replica" : " replicas")
                + ", " + (own.count() == 1 ? "part " + own.first()
                : "parts " + own.first() + " to " + (own.end() - 1)) + " of " + parts + " of each batch";
    }

    /** The network to train and how far it has come, the same on all replicas. */
    private Checkpoint start(Checkpoint begun, TrainingData data, SegmentationLoss function, TrainingPlan plan) {
        Map<String, String> settings = options.settings(data, plan.parts());
        ComputationGraphConfiguration configuration = options.configuration(function,
                plan.steps(data.training().size()));
        agreement.stops(false);
        CommonStart common = new CommonStart(replicas);
        common.requireSame(meant(settings, data, configuration));
        Checkpoint start = agreement.own(() -> {
            if (begun == null) {
                return new Checkpoint(options.model(configuration), TrainingState.start(settings));
            }
            options.requireSame(begun.state().settings(), settings);
            return begun;
        });
        agreement.stops(false);
        return common.ofTheFirst(start);
    }

    /** Everything in which replicas must not differ. */
    private static Map<String, String> meant(Map<String, String> settings, TrainingData data,
                                             ComputationGraphConfiguration configuration) {
        Map<String, String> meant = new LinkedHashMap<>();
        meant.put("the version of SegLoss4J", Build.version());
        meant.put("the version of ND4J", Versions.nd4j());
        meant.put("the version of DL4J", Versions.dl4j());
        meant.putAll(settings);
        meant.put("the classes", String.join(", ", data.names()));
        meant.put("the network", configuration.toJson());
        return meant;
    }

    private void describe(TrainingData data, double[] classWeights, TrainingPlan plan, Checkpoint start) {
        UNet unet = options.unet();
        int steps = plan.steps(data.training().size());
        print.printf("data     %s: %d to learn from, %d for validation, %s, %d classes%s%n", data.description(),
                data.training().size(), data.validation().size(), data.size(), data.classes(),
                data.ignore() == null ? "" : ", label " + data.ignore() + " ignored");
        print.printf("weights  %s%n", options.loss().describe(data.names(), classWeights));
        options.loss().exceptions(classWeights).forEach(line -> print.printf("         %s%n", line));
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
        try (TrainingProgress progress = agreement.isFirst() ? TrainingProgress.start(plan.epochs(),
                plan.steps(data.training().size()), start.state(), print) : TrainingProgress.silent()) {
            end = new Trainer(replicas, start, data, function, plan, checkpoints, progress).train();
        }
        if (!agreement.isFirst()) {
            own.printf(end.finished() ? "finished after epoch %d; replica 0 writes the results%n"
                    : "stopped after %d epochs and %d steps; replica 0 has saved what there is%n", end.epochs(),
                    end.steps());
            own.flush();
        }
        if (!end.finished()) {
            // The process is ending; the state is saved.
            return 1;
        }
        return agreement.isFirst() ? written(data, end, shown) : 0;
    }

    private int written(TrainingData data, TrainingState end, RunSettings shown) {
        SegmentationModel best = checkpoints.best().model();
        TrainingReport report = new TrainingReport(data, end.scores(), end.best());
        folder.write(report.files(sample -> best.predict(sample.image()).labels(), shown));
        print.printf("%n%s%nwritten to %s: model.zip (epoch %d), last.zip (epoch %d), metrics.csv, samples.png,"
                + " report.html%n", report.text(), options.out(), end.best().epoch(), end.epochs());
        print.flush();
        return 0;
    }
}
