package org.segloss4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.nd4j.linalg.factory.Nd4j;
import org.segloss4j.Backends;
import org.segloss4j.cli.demo.Candidate;
import org.segloss4j.cli.demo.Comparison;
import org.segloss4j.cli.demo.ComparisonPlan;
import org.segloss4j.cli.demo.ComparisonResult;
import org.segloss4j.cli.options.WeightChoice;
import org.segloss4j.evaluation.SegmentationEvaluation;
import org.segloss4j.internal.nd4j.Nd4jMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains the same network with losses of DL4J and of this library, and shows who finds the rare classes. */
@Command(name = "demo", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Trains a small U-Net on drawn shapes three times: by DL4J's cross-entropy LossMCXENT, by the"
                + " same with class weights, and by SegLoss4J. Shows what each learns of the classes with few pixels.",
        footer = {"", "Writes model.zip (of SegLoss4J, for DL4J's ModelSerializer), comparison.csv, curves.png and"
                + " samples.png."})
final class DemoCommand implements Callable<Integer> {

    private static final int VALIDATION = 80;

    @Spec
    private CommandSpec spec;

    @Option(names = "--images", defaultValue = "160", paramLabel = "N",
            description = "How many images to draw and learn from (default: ${DEFAULT-VALUE}).")
    private int images;

    @Option(names = "--epochs", defaultValue = "6", paramLabel = "N",
            description = "How often all of them are seen (default: ${DEFAULT-VALUE}).")
    private int epochs;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Of images, weights and order; the same seed gives the same result"
                    + " (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--out", defaultValue = "segloss4j-out", paramLabel = "DIR",
            description = "Folder for the results (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Override
    public Integer call() {
        ComparisonPlan plan = new ComparisonPlan(images, VALIDATION, epochs, seed);
        OutputFolder folder = new OutputFolder(out);
        folder.check();
        PrintWriter print = spec.commandLine().getOut();
        // Before ND4J starts, which takes seconds.
        print.printf("One U-Net, trained with three losses on the same images: who finds the rare classes?%n");
        print.flush();
        Backends.selection();
        Comparison comparison = new Comparison(plan);
        describe(comparison, print);
        ComparisonResult result = comparison.run(new Lines(comparison, print), work -> new Thread(() -> {
            // OpenMP keeps this number for each thread.
            NetworkThreads.suit(plan.size(), plan.batch());
            work.run();
        }));
        folder.write(result.files());
        print.printf("%n%s%nwritten to %s: model.zip (of SegLoss4J), comparison.csv, curves.png, samples.png%n",
                result.text(), out);
        print.flush();
        return 0;
    }

    private static void describe(Comparison comparison, PrintWriter print) {
        ComparisonPlan plan = comparison.plan();
        Backends.Selection backend = Backends.selection(Nd4jMemory.here().onDevices(),
                (long) plan.batch() * comparison.data().classes() * plan.size().pixels());
        print.printf("backend  %s (%s); ND4J on %s%n", backend.name(), backend.reason(),
                Nd4j.getBackend().getClass().getSimpleName());
        print.printf("data     %s: %d images of %s to learn from, %d to judge by%n", comparison.data().description(),
                plan.training(), plan.size(), plan.validation());
        print.printf("weights  %s%n", WeightChoice.of("median", comparison.data().classes())
                .describe(comparison.data().names(), comparison.classWeights()));
        print.printf("network  U-Net of %d levels from %d filters, %d parameters; the same first weights and batches"
                + " for all; %d epochs of %d steps, Adam from %s, seed %d%n", plan.unet().levels(),
                plan.unet().filters(), comparison.candidates().get(0).network().numParams(), plan.epochs(),
                plan.steps() / plan.epochs(), plan.learningRate(), plan.seed());
        for (Candidate candidate : comparison.candidates()) {
            print.printf("loss     %s: %s%n", candidate.name(), candidate.description());
        }
        print.println();
        print.flush();
    }

    /** A line after each epoch, and one between when nothing was said for long. */
    private static final class Lines implements Comparison.Progress {

        private static final double SILENCE = 10;

        private final Comparison comparison;
        private final PrintWriter print;
        private final long start = System.nanoTime();
        private double said;
        private int done;

        Lines(Comparison comparison, PrintWriter print) {
            this.comparison = comparison;
            this.print = print;
        }

        @Override
        public synchronized void step() {
            done++;
            if (seconds() - said > SILENCE) {
                print.printf("step %d of %d%s%n", done, comparison.steps(), left());
                print.flush();
                said = seconds();
            }
        }

        @Override
        public synchronized void epoch(int epoch, List<SegmentationEvaluation> scores) {
            StringBuilder line = new StringBuilder(String.format("epoch %d/%d  mean IoU", epoch,
                    comparison.plan().epochs()));
            for (int k = 0; k < scores.size(); k++) {
                line.append(String.format(Locale.ROOT, "%s %s %.3f", k == 0 ? "" : ",",
                        comparison.candidates().get(k).name(), scores.get(k).meanIou()));
            }
            print.println(line + left());
            print.flush();
            said = seconds();
        }

        private double seconds() {
            return (System.nanoTime() - start) / 1e9;
        }

        private String left() {
            int left = comparison.steps() - done;
            return left == 0 ? "" : String.format(Locale.ROOT, "; about %.0f s left", seconds() / done * left);
        }
    }
}
